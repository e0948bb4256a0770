import { readUtf8, utf8 } from '#core'

/** The content of `.kafka_cleanshutdown`: the broker closed its logs, under this broker epoch (-1: none). */
export function cleanShutdown(brokerEpoch: number): Uint8Array {
  return utf8(`{"version":0,"brokerEpoch":${brokerEpoch}}`)
}

/** The broker epoch in a `.kafka_cleanshutdown`, or -1 where it does not tell: its being there is what counts. */
export function parseCleanShutdown(content: Uint8Array): number {
  try {
    const parsed: unknown = JSON.parse(readUtf8(content, 0, content.length) ?? '')
    const epoch = typeof parsed === 'object' && parsed !== null && 'brokerEpoch' in parsed ? parsed.brokerEpoch : -1
    return Number.isSafeInteger(epoch) ? Number(epoch) : -1
  } catch {
    return -1
  }
}
