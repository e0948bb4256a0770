/**
 * Whoever knocks with another protocol gets a closed connection; the operator gets a line that says what it was. The
 * first four bytes of these protocols are sizes of hundreds of megabytes, so that they are never mistaken for a frame.
 */
const HTTP = ['GET ', 'HEAD', 'POST', 'PUT ', 'DELE', 'OPTI', 'PATC', 'CONN', 'TRAC', 'PRI ', 'HTTP']

/** A sentence on what the four bytes of `size` look like, undefined where they look like nothing that we know. */
export function recogniseForeign(size: number): string | undefined {
  const bytes = [(size >>> 24) & 0xff, (size >>> 16) & 0xff, (size >>> 8) & 0xff, size & 0xff]
  const text = String.fromCharCode(...bytes)
  if (HTTP.includes(text)) return 'This looks like HTTP; a Kafka client is expected on this port'
  if (bytes[0] === 0x16 && bytes[1] === 0x03) {
    return 'This looks like TLS; this listener speaks plaintext (security.protocol of the client)'
  }
  if (text === 'SSH-') return 'This looks like SSH; a Kafka client is expected on this port'
  if (text === 'PROX' || text === '\r\n\r\n') return 'This looks like a PROXY header; the proxy must not send one'
  return undefined
}
