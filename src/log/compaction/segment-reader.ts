/**
 * Reads a segment from its beginning to its end as compaction does: piece by piece, in one buffer that grows for a batch
 * that is larger. Each batch is checked, and the first that is not whole ends the reading with an error.
 */
import { BATCH_HEADER_BYTES, checkBatch, nextOffsetOf, sizeOf } from '#protocol/records'
import type { OpenFiles } from '../open-files.ts'
import type { Segment } from '../segment.ts'
import type { CleaningPace } from './cleaning-pace.ts'
import { UncleanableError } from './uncleanable-error.ts'

export class SegmentReader {
  readonly #files: OpenFiles
  readonly #sizeBytes: number
  readonly #pace: CleaningPace
  #buffer: Uint8Array

  /** `sizeBytes`: how much is read at once. */
  constructor(files: OpenFiles, sizeBytes: number, pace: CleaningPace) {
    this.#files = files
    this.#sizeBytes = sizeBytes
    this.#pace = pace
    this.#buffer = new Uint8Array(sizeBytes)
  }

  /**
   * Gives `visit` each batch of a segment that has offsets from `from` on, and calls `pieceDone` where the bytes of those
   * visited are about to be overwritten. `visit` returns true to end it. Rejects with `UncleanableError` or `HostError`.
   */
  async read(
    segment: Segment,
    from: number,
    visit: (bytes: Uint8Array, at: number) => boolean,
    pieceDone: () => Promise<void> = async () => {},
  ): Promise<void> {
    const { logPath, sizeBytes: end } = segment
    let position = 0
    while (position < end) {
      const view = this.#buffer.subarray(0, Math.min(this.#buffer.length, end - position))
      const filled = await this.#files.with(logPath, 'read', (file) => file.read(view, position))
      await this.#pace.took(filled)
      let at = 0
      let missing = BATCH_HEADER_BYTES
      while (filled - at >= BATCH_HEADER_BYTES) {
        missing = sizeOf(view, at)
        if (missing < BATCH_HEADER_BYTES || missing > filled - at) break
        if (nextOffsetOf(view, at) > from) {
          const problem = checkBatch(view, at)
          if (problem !== undefined) throw damaged(logPath, position + at, problem)
          if (visit(view, at)) return
          if (this.#pace.isSliceOver) await this.#pace.nextSlice()
        }
        at += missing
        missing = BATCH_HEADER_BYTES
      }
      if (at === 0) {
        const isLong = missing > view.length && missing <= end - position
        if (!isLong) throw damaged(logPath, position, `${end - position} bytes are left that are no batch`)
        this.#buffer = new Uint8Array(missing)
        continue
      }
      await pieceDone()
      position += at
    }
    if (this.#buffer.length > this.#sizeBytes) this.#buffer = new Uint8Array(this.#sizeBytes)
  }
}

function damaged(path: string, position: number, what: string): UncleanableError {
  return new UncleanableError(`${path} is damaged at byte ${position}: ${what}`)
}
