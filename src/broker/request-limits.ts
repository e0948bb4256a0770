/**
 * What a request may ask for at most before it is looked at: what is done for each element of its arrays costs one to ten
 * microseconds, and nobody else is served meanwhile. Kafka allows a million, on threads that nobody else waits for.
 */
import type { Api } from '#protocol'
import { deleteRecords, fetch, listOffsets, offsetCommit, offsetFetch, offsetForLeaderEpoch } from '#protocol/messages'

/** As many topics or groups as a broker should have, and some. */
const ELEMENTS_MAX = 10_500
/** Of APIs by which clients name partitions, many where they have many, and which do little for each. */
const PARTITIONS_MAX = 40_000
const OF_PARTITIONS: readonly Api[] = [
  deleteRecords,
  fetch,
  listOffsets,
  offsetCommit,
  offsetFetch,
  offsetForLeaderEpoch,
]
const HEAP_FACTOR = 6
const HEAP_SLACK_BYTES = 1024 * 1024

/** How many elements all arrays of a request of `api` may have together. */
export function elementsMaxOf(api: Api): number {
  return OF_PARTITIONS.includes(api) ? PARTITIONS_MAX : ELEMENTS_MAX
}

/**
 * What may be made of a frame of so many bytes in memory. With the frame itself, which while it came in may have taken twice
 * its bytes, that is at most eight times as much, and a megabyte.
 */
export function heapBytesMaxOf(frameBytes: number): number {
  return HEAP_FACTOR * frameBytes + HEAP_SLACK_BYTES
}
