/** Frames of Kafka's protocol on a plain socket: for scripts that want to see each request and each answer for themselves. */
import { ByteWriter } from '../../dist/core/index.js'
import { encode, requestHeaderVersion } from '../../dist/protocol/index.js'
import { requestHeader } from '../../dist/protocol/messages/index.js'

/** A whole request, its size first. */
export function frameOf(api, version, correlationId, request, clientId = 'client') {
  const writer = new ByteWriter()
  const size = writer.int32Later()
  const header = { requestApiKey: api.key, requestApiVersion: version, correlationId, clientId }
  encode(requestHeader, requestHeaderVersion(api, version), writer, header)
  encode(api.request, version, writer, request)
  size(writer.length - 4)
  return writer.finishJoined().slice()
}

/** Calls `take` with each whole frame that comes, without its size, in bytes of its own. */
export function onFrames(socket, take) {
  let chunks = []
  let length = 0
  let wanted = 4
  socket.on('data', (chunk) => {
    chunks.push(chunk)
    length += chunk.length
    if (length < wanted) return
    const bytes = Buffer.concat(chunks, length)
    let at = 0
    while (at + 4 <= length && at + 4 + bytes.readInt32BE(at) <= length) {
      const begin = at + 4
      at = begin + bytes.readInt32BE(at)
      take(Uint8Array.from(bytes.subarray(begin, at)))
    }
    chunks = [bytes.subarray(at)]
    length -= at
    wanted = length < 4 ? 4 : 4 + bytes.readInt32BE(at)
  })
}
