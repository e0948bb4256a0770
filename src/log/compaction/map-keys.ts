/**
 * The first half of a pass of compaction: the keys of the dirty part, with their newest offsets. Aborted records do not
 * count, nor do records without a key. Ends where the map is full; what is newer is left to the next pass.
 */
import type { Offset } from '#core'
import type { Compute } from '#host'
import { baseOffsetOf, isControl, lastOffsetOf, RecordCursor } from '#protocol/records'
import type { PassContext } from './clean-log.ts'
import type { CleanableRange } from './cleanable-range.ts'
import { CleanedTransactions } from './cleaned-transactions.ts'
import type { OffsetMap } from './offset-map.ts'
import type { SegmentReader } from './segment-reader.ts'

export interface MappedKeys {
  /** Of keys up to here the map has the newest offset. */
  readonly latestOffset: Offset
  readonly isFull: boolean
}

/** Puts the keys of `range` into `map`, at most `keysMax`. Rejects with `UncleanableError` or `HostError`. */
export async function mapKeys(
  { host, store, log }: PassContext,
  { firstDirtyOffset, firstUncleanableOffset }: CleanableRange,
  { map, keysMax, reader }: { readonly map: OffsetMap; readonly keysMax: number; readonly reader: SegmentReader },
): Promise<MappedKeys> {
  const keys = new KeyReader(map, keysMax, host.compute)
  const transactions = new CleanedTransactions()
  transactions.add(await log.abortedTransactions(firstDirtyOffset, firstUncleanableOffset))
  let latestOffset = firstDirtyOffset - 1
  for (const segment of store.segments.from(firstDirtyOffset)) {
    if (segment.baseOffset >= firstUncleanableOffset) break
    let isFull = false
    await reader.read(segment, firstDirtyOffset, (bytes, at) => {
      if (isControl(bytes, at)) transactions.meetMarker(bytes, at)
      else if (!transactions.meetBatch(bytes, at)) {
        const fullAt = keys.read(bytes, at, firstDirtyOffset)
        isFull = fullAt !== undefined
        // Of the batch in which the map became full, the records before that are in it.
        if (fullAt !== undefined) latestOffset = Math.max(latestOffset, fullAt - 1)
      }
      if (!isFull) latestOffset = lastOffsetOf(bytes, at)
      return isFull
    })
    if (isFull) return { latestOffset, isFull }
    // Where the last batches of a segment were compacted away, it ends where the next one begins all the same.
    latestOffset = (store.segments.after(segment)?.baseOffset ?? firstUncleanableOffset) - 1
  }
  return { latestOffset, isFull: false }
}

class KeyReader {
  readonly #map: OffsetMap
  readonly #keysMax: number
  readonly #compute: Compute
  readonly #cursor = new RecordCursor()

  constructor(map: OffsetMap, keysMax: number, compute: Compute) {
    this.#map = map
    this.#keysMax = keysMax
    this.#compute = compute
  }

  /** Takes in the keys of a batch from `from` on. Gives the offset for which there was no room any more. */
  read(bytes: Uint8Array, at: number, from: Offset): Offset | undefined {
    const cursor = this.#cursor
    const baseOffset = baseOffsetOf(bytes, at)
    cursor.open(bytes, at, this.#compute)
    while (cursor.next()) {
      const offset = baseOffset + cursor.offsetDelta
      if (cursor.keyBytes < 0 || offset < from) continue
      if (this.#map.size >= this.#keysMax) return offset
      this.#map.put(cursor.bytes, cursor.keyAt, cursor.keyBytes, offset)
    }
    return undefined
  }
}
