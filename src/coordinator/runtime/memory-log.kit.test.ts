/**
 * A partition in memory, for tests: it commits at once, or when told; it refuses when told; another leader can be
 * elected on what it holds.
 */
import type { LeaderEpoch, Offset } from '#core'
import { ErrorCode } from '#protocol'
import { lastOffsetDeltaOf, nextOffsetOf, setBaseOffset, setLeaderEpoch } from '#protocol/records'
import type { CoordinatorAppend, CoordinatorAppendRefusal, CoordinatorLog } from './coordinator-log.ts'

export class MemoryCoordinatorLog implements CoordinatorLog {
  readonly leaderEpoch: LeaderEpoch
  batchBytesMax = 1048588
  readonly logStartOffset = 0
  logEndOffset: Offset = 0
  highWatermark: Offset = 0
  /** True: what is appended is committed at once. */
  commitsAtOnce = true
  /** Answers appends with this error, until it is undefined again. */
  refusal: ErrorCode | undefined
  /** Called with each batch that was appended. */
  onAppend: (batch: Uint8Array) => void = () => {}
  readonly batches: Uint8Array[]
  readonly #listeners = new Set<(highWatermark: Offset) => void>()

  constructor(leaderEpoch: LeaderEpoch = 0, batches: readonly Uint8Array[] = []) {
    this.leaderEpoch = leaderEpoch
    this.batches = [...batches]
    const last = batches.at(-1)
    if (last !== undefined) this.logEndOffset = this.highWatermark = nextOffsetOf(last)
  }

  append(batch: Uint8Array): CoordinatorAppend | CoordinatorAppendRefusal {
    if (this.refusal !== undefined) return { error: this.refusal, message: 'as the test says' }
    if (batch.length > this.batchBytesMax) {
      return { error: ErrorCode.MESSAGE_TOO_LARGE, message: `${batch.length} bytes` }
    }
    const stored = batch.slice()
    setBaseOffset(stored, 0, this.logEndOffset)
    setLeaderEpoch(stored, 0, this.leaderEpoch)
    this.batches.push(stored)
    this.logEndOffset += lastOffsetDeltaOf(stored) + 1
    this.onAppend(stored)
    if (this.commitsAtOnce) this.commit()
    return { lastOffset: this.logEndOffset - 1 }
  }

  /** Moves the high watermark. */
  commit(endOffset: Offset = this.logEndOffset): void {
    this.highWatermark = endOffset
    for (const listener of this.#listeners) listener(endOffset)
  }

  /** The same partition as the next leader finds it: with what was committed. */
  failOver(leaderEpoch: LeaderEpoch = this.leaderEpoch + 1): MemoryCoordinatorLog {
    return new MemoryCoordinatorLog(
      leaderEpoch,
      this.batches.filter((batch) => nextOffsetOf(batch) <= this.highWatermark),
    )
  }

  onHighWatermark(listener: (highWatermark: Offset) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async read(offset: Offset): Promise<readonly Uint8Array[]> {
    return this.batches.filter((batch) => nextOffsetOf(batch) > offset)
  }
}
