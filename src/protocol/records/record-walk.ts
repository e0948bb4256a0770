/**
 * Walks over the records of a batch that a client sent, and refuses what would stop its readers later: a consumer that
 * meets a record it cannot take apart is stuck at that offset, and so is compaction.
 *
 *     length: varint | attributes: int8 | timestampDelta: varlong | offsetDelta: varint | keyLength: varint | key
 *     | valueLength: varint | value | headerCount: varint | (keyLength: varint | key | valueLength: varint | value) ...
 *
 * This runs for every record that is produced, so it allocates nothing for one, copies nothing and looks at lengths
 * only, in their zigzagged form: an even number is twice a length, 1 is "none", every other odd one is negative.
 */
import { varintEnd, varlongAt, zigzagAt } from './varint.ts'

export interface WalkRules {
  /** How many records there must be, with offset deltas 0, 1, 2, ... */
  readonly recordCount: number
  /** `max.decompressed.message.bytes`: the most that the body of one record may have. */
  readonly bodyBytesMax: number
  readonly needsKeys: boolean
  /** Timestamps, as deltas to the batch's base: the least, the greatest, and the one that stands for "none". */
  readonly timestampDeltaMin: number
  readonly timestampDeltaMax: number
  readonly noTimestampDelta: number
  /** Told of each record that is well-formed but not allowed here. */
  onRefused(index: number, why: 'no key' | 'timestamp', timestampDelta: number): void
}

/** The greatest timestamp delta of the records that were walked last. */
export let walkedTimestampDeltaMax = 0

/** Walks the records from `start` to `end`, which must be exactly these. Returns what is malformed, if anything is. */
export function walkRecords(bytes: Uint8Array, start: number, end: number, rules: WalkRules): string | undefined {
  const { recordCount, bodyBytesMax, needsKeys, timestampDeltaMin, timestampDeltaMax, noTimestampDelta } = rules
  let greatest = Number.NEGATIVE_INFINITY
  let at = start
  for (let index = 0; index < recordCount; index++) {
    if (at >= end) return `${recordCount} records are declared, there are ${index}`
    let bits = bytes[at]!
    if (bits < 0x80) {
      at++
    } else {
      bits = zigzagAt(bytes, at, end)
      at = varintEnd
    }
    const bodyBytes = bits >>> 1
    if ((bits & 1) !== 0 || bodyBytes > end - at) return malformed(index, 'its length does not fit')
    if (bodyBytes > bodyBytesMax) return malformed(index, `it has ${bodyBytes} bytes, ${bodyBytesMax} are allowed`)
    const bodyEnd = at + bodyBytes

    at++ // Attributes: no bit is in use.
    if (at >= bodyEnd) return malformed(index, 'it is cut off')
    bits = bytes[at]!
    let timestampDelta: number
    if (bits < 0x80) {
      at++
      timestampDelta = (bits >>> 1) ^ -(bits & 1)
    } else {
      timestampDelta = varlongAt(bytes, at, bodyEnd)
      if (Number.isNaN(timestampDelta)) return malformed(index, 'its timestamp is cut off')
      at = varintEnd
    }
    if (timestampDelta > greatest) greatest = timestampDelta

    if (at >= bodyEnd) return malformed(index, 'it is cut off')
    bits = bytes[at]!
    if (bits < 0x80) {
      at++
    } else {
      bits = zigzagAt(bytes, at, bodyEnd)
      at = varintEnd
    }
    if (bits !== index * 2) return malformed(index, `its offset delta is not ${index}`)

    if (at >= bodyEnd) return malformed(index, 'it is cut off')
    bits = bytes[at]!
    if (bits < 0x80) {
      at++
    } else {
      bits = zigzagAt(bytes, at, bodyEnd)
      at = varintEnd
    }
    const keyless = bits === 1
    if ((bits & 1) === 0) at += bits >>> 1
    else if (!keyless) return malformed(index, 'the length of its key is wrong')

    if (at >= bodyEnd) return malformed(index, 'its key does not fit')
    bits = bytes[at]!
    if (bits < 0x80) {
      at++
    } else {
      bits = zigzagAt(bytes, at, bodyEnd)
      at = varintEnd
    }
    if ((bits & 1) === 0) at += bits >>> 1
    else if (bits !== 1) return malformed(index, 'the length of its value is wrong')

    if (at >= bodyEnd) return malformed(index, 'its value does not fit')
    bits = bytes[at]!
    if (bits === 0) {
      at++
    } else {
      at = walkHeaders(bytes, at, bodyEnd)
      if (at === -1) return malformed(index, 'its headers are wrong')
    }
    if (at !== bodyEnd) return malformed(index, 'its length is not that of its parts')

    if (needsKeys && keyless) {
      rules.onRefused(index, 'no key', timestampDelta)
    } else if (timestampDelta < timestampDeltaMin || timestampDelta > timestampDeltaMax) {
      if (timestampDelta !== noTimestampDelta) rules.onRefused(index, 'timestamp', timestampDelta)
    }
  }
  if (at !== end) return `${end - at} bytes follow the ${recordCount} records that are declared`
  walkedTimestampDeltaMax = greatest
  return undefined
}

/** Walks the headers, from their count on; returns their end, or -1 where they are malformed. */
function walkHeaders(bytes: Uint8Array, start: number, end: number): number {
  const count = zigzagAt(bytes, start, end)
  let at = varintEnd
  // Each header has two lengths at least.
  if ((count & 1) !== 0 || (count >>> 1) * 2 > end - at) return -1
  for (let left = count >>> 1; left > 0; left--) {
    let bits = zigzagAt(bytes, at, end)
    if ((bits & 1) !== 0) return -1
    at = varintEnd + (bits >>> 1)
    bits = zigzagAt(bytes, at, end)
    if ((bits & 1) !== 0 && bits !== 1) return -1
    at = varintEnd
    if (bits !== 1) at += bits >>> 1
  }
  return at
}

function malformed(index: number, why: string): string {
  return `record ${index} is malformed: ${why}`
}
