import type { Offset } from '#core'
import { BATCH_HEADER_BYTES, baseOffsetOf, nextOffsetOf, sizeOf } from '#protocol/records'
import type { ReadOptions } from './log-slice.ts'

/** A stretch of whole batches within a run of them. */
export interface Cut {
  /** Where the first batch begins, and where the last one ends; equal where none is taken. */
  readonly start: number
  readonly end: number
  /** Of the first batch taken; the offset asked for where there is none. */
  readonly baseOffset: Offset
  /** The offset after the last batch taken; the offset asked for where there is none. */
  readonly nextOffset: Offset
  /**
   * Of the batch at `end`, where the run is cut off within it: it is still wanted (or has to be passed over), and would
   * need so many bytes. Else 0.
   */
  readonly missingBytes: number
}

/**
 * Which batches of `bytes` answer a read from `offset` on: from the one that holds it (or the next, where compaction has
 * removed it), as many whole ones as `options` allow. Trusts the headers.
 */
export function cutSlice(bytes: Uint8Array, offset: Offset, options: ReadOptions): Cut {
  let start = -1
  let baseOffset = offset
  let nextOffset = offset
  let missingBytes = 0
  let at = 0
  while (at < bytes.length) {
    if (at + BATCH_HEADER_BYTES > bytes.length) {
      missingBytes = BATCH_HEADER_BYTES
      break
    }
    const sizeBytes = Math.max(BATCH_HEADER_BYTES, sizeOf(bytes, at))
    const next = nextOffsetOf(bytes, at)
    const isWanted = next > offset
    if (isWanted) {
      const isFirst = start < 0
      const takenBytes = isFirst ? 0 : at - start
      const fits = takenBytes + sizeBytes <= options.maxBytes || (isFirst && options.atLeastOne)
      if (next > options.endOffset || !fits) break
    }
    if (at + sizeBytes > bytes.length) {
      missingBytes = sizeBytes
      break
    }
    if (isWanted) {
      if (start < 0) {
        start = at
        baseOffset = baseOffsetOf(bytes, at)
      }
      nextOffset = next
    }
    at += sizeBytes
  }
  return { start: start < 0 ? at : start, end: at, baseOffset, nextOffset, missingBytes }
}
