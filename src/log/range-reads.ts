/**
 * Slices that are sent without being read: where a file was summed a moment ago, all there is to find out is where a slice
 * begins and ends. The index tells that to within a few kilobytes, a few headers tell the rest.
 *
 * Only the plain case is dealt with, in the caller's turn. Whatever is in doubt (what the index says is not there, a range was
 * not summed, the disk is slow) is left to a read, which checks everything.
 */
import type { FileRange, Offset } from '#core'
import { BATCH_HEADER_BYTES, baseOffsetOf, lastOffsetOf, MAGIC, magicOf, sizeOf } from '#protocol/records'
import type { ReadOptions } from './log-slice.ts'
import type { OpenFiles } from './open-files.ts'
import type { Segment } from './segment.ts'

/** Less is as quickly read as found out about. */
export const RANGE_BYTES_MIN = 64 * 1024
const READ_BYTES = 4096
const HEADERS_MAX = 100
/** What was read last, for as long as a call lasts. */
const scratch = new Uint8Array(READ_BYTES)

/**
 * Where the batches of `segment` lie that answer a read of `offset`, as `cutSlice` would cut them; undefined where that cannot be
 * told, or they are few.
 */
export function findRange(
  files: OpenFiles,
  segment: Segment,
  offset: Offset,
  { options: { maxBytes, endOffset }, nowMs }: { readonly options: ReadOptions; readonly nowMs: number },
): FileRange | undefined {
  if (maxBytes < RANGE_BYTES_MIN || !segment.isLoaded) return undefined
  const { offsetIndex, logPath, sizeBytes } = segment
  const headers = new Headers(files, segment)
  const firstEntry = offsetIndex.find(offset)
  let start = 0
  if (firstEntry >= 0) {
    start = offsetIndex.positionAt(firstEntry)
    if (!headers.moveTo(start) || headers.lastOffset !== offsetIndex.offsetAt(firstEntry)) return undefined
  }
  if (sizeBytes - start < RANGE_BYTES_MIN || !headers.moveTo(start)) return undefined
  while (headers.lastOffset < offset) {
    start += headers.sizeBytes
    if (!headers.moveTo(start)) return undefined
  }
  // Whether something may be missing there, a read finds out.
  if (headers.baseOffset > offset) return undefined
  // What has been written is all below the end offset: of what follows, nothing may be there yet.
  let end = start
  let lastOffset = headers.baseOffset - 1
  const lastEntry = Math.min(offsetIndex.findPosition(start + maxBytes), offsetIndex.find(endOffset - 1))
  if (lastEntry > firstEntry) {
    end = offsetIndex.positionAt(lastEntry)
    if (!headers.moveTo(end) || headers.lastOffset !== offsetIndex.offsetAt(lastEntry)) return undefined
    lastOffset = headers.baseOffset - 1
  }
  while (lastOffset < endOffset - 1 && end < sizeBytes) {
    if (!headers.moveTo(end)) return undefined
    if (headers.lastOffset >= endOffset || end + headers.sizeBytes > start + maxBytes) break
    lastOffset = headers.lastOffset
    end += headers.sizeBytes
  }
  if (end - start < RANGE_BYTES_MIN || !segment.summed.covers(start, end, nowMs)) return undefined
  return files.range(logPath, start, end - start)
}

/** The headers of batches in a file, read a few kilobytes at a time. */
class Headers {
  readonly #files: OpenFiles
  readonly #path: string
  readonly #fileBytes: number
  #position = Number.POSITIVE_INFINITY
  #filledBytes = 0
  #at = 0
  #leftMax = HEADERS_MAX

  constructor(files: OpenFiles, { logPath, sizeBytes }: Segment) {
    this.#files = files
    this.#path = logPath
    this.#fileBytes = sizeBytes
  }

  /** False where no batch begins at `position`, or that is too far to look. */
  moveTo(position: number): boolean {
    if (--this.#leftMax < 0) return false
    if (position < this.#position || position + BATCH_HEADER_BYTES > this.#position + this.#filledBytes) {
      const into = scratch.subarray(0, Math.max(0, this.#fileBytes - position))
      const read = this.#files.readAtOnce(this.#path, into, position)
      this.#position = position
      this.#filledBytes = read ?? 0
    }
    this.#at = position - this.#position
    return (
      this.#at + BATCH_HEADER_BYTES <= this.#filledBytes &&
      magicOf(scratch, this.#at) === MAGIC &&
      sizeOf(scratch, this.#at) >= BATCH_HEADER_BYTES
    )
  }

  get baseOffset(): Offset {
    return baseOffsetOf(scratch, this.#at)
  }

  get lastOffset(): Offset {
    return lastOffsetOf(scratch, this.#at)
  }

  get sizeBytes(): number {
    return sizeOf(scratch, this.#at)
  }
}
