/**
 * Holds the aborted transactions of a segment against its batches, once, before a read_committed consumer is told of them.
 *
 * The file has no checksum, and what is missing or wrong in it would let a consumer take aborted records for committed ones,
 * or leave out committed ones. The producers at the segment's beginning and its batches tell what it must say. What this
 * process has made itself, or found by walking through the segment, is trusted.
 */
import type { Offset } from '#core'
import { HostError, type Logger } from '#host'
import { baseOffsetOf, checkBatch, hasProducerId, nextOffsetOf } from '#protocol/records'
import { scanBatches } from './batch-scan.ts'
import { TRANSACTION_INDEX } from './file-names.ts'
import type { LogStore } from './log-store.ts'
import type { OpenFiles } from './open-files.ts'
import { ProducerStates } from './producer-states.ts'
import type { Segment } from './segment.ts'
import type { SegmentIndexes } from './segment-indexes.ts'
import type { AbortedTransaction } from './transaction-index.ts'

export interface VerifyingContext {
  readonly store: LogStore
  readonly files: OpenFiles
  readonly indexes: SegmentIndexes
  readonly logger: Logger
}

/** Makes the index say what the batches say. Rejects with a `HostError` where those are damaged. */
export async function verifyTransactions(context: VerifyingContext, segment: Segment): Promise<void> {
  const { transactionIndex, sizeBytes } = segment
  const isEmpty = transactionIndex.entries.length === 0 && !transactionIndex.isDamaged
  if (isEmpty && !(await hasMarkers(context, segment))) return transactionIndex.trust()
  const { aborted, endOffset } = await abortedIn(context, segment)
  // It was cut meanwhile: the next reader begins anew.
  if (segment.sizeBytes < sizeBytes || transactionIndex.isTrusted) return
  const isActive = context.store.segments.active === segment
  if (!transactionIndex.replaceBefore(isActive ? endOffset : Number.POSITIVE_INFINITY, aborted)) return
  context.logger.warn(`The file ${segment.path}${TRANSACTION_INDEX} is damaged and made anew from the log`)
  if (!isActive) await context.indexes.store(segment, { isActive })
}

/** Whether any producer has ended a transaction by the end of the segment; true where that is not known. */
async function hasMarkers({ store }: VerifyingContext, segment: Segment): Promise<boolean> {
  const next = store.segments.after(segment)
  const producers = next === undefined ? undefined : await store.readSnapshot(next.baseOffset)
  return producers?.some(({ coordinatorEpoch }) => coordinatorEpoch >= 0) ?? true
}

async function abortedIn(
  { store, files }: VerifyingContext,
  segment: Segment,
): Promise<{ readonly aborted: readonly AbortedTransaction[]; readonly endOffset: Offset }> {
  const producers = new ProducerStates()
  const { baseOffset } = segment
  let from = store.segments.first.baseOffset
  for (const offset of store.snapshots()) {
    const snapshot = offset <= baseOffset ? await store.readSnapshot(offset) : undefined
    if (snapshot === undefined) continue
    for (const producer of snapshot) producers.restore(producer)
    from = offset
    break
  }
  const aborted: AbortedTransaction[] = []
  let endOffset = from
  for (const other of store.segments.from(from)) {
    if (other.baseOffset > baseOffset) break
    const { problem } = await scanBatches(
      files,
      other.logPath,
      { from: 0, to: other.sizeBytes },
      (buffer, at, length) => {
        const bytes = buffer.subarray(at, at + length)
        const damage = checkBatch(bytes)
        if (damage !== undefined) return damage
        if (baseOffsetOf(bytes) < endOffset && nextOffsetOf(bytes) > from) return 'its batches are out of order'
        if (nextOffsetOf(bytes) <= from) return undefined
        endOffset = nextOffsetOf(bytes)
        const ended = hasProducerId(bytes) ? producers.update(bytes, 0) : undefined
        if (ended !== undefined && other === segment) aborted.push(ended)
        return undefined
      },
    )
    // What has just been appended may not have been written yet.
    if (
      problem !== undefined &&
      other !== store.segments.active &&
      endOffset !== store.segments.after(other)?.baseOffset
    ) {
      throw new HostError('EIO', `Cannot read ${other.logPath}: ${problem}`)
    }
  }
  return { aborted, endOffset }
}
