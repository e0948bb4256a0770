import { nameOf, type Offset } from '#core'
import type { Log } from '#log'
import {
  baseOffsetOf,
  hasProducerId,
  isControl,
  producerEpochOf,
  producerIdOf,
  setBaseOffset,
  sizeOf,
} from '#protocol/records'
import type { FoundLog } from './log-history.ts'

/** Reads all that a log serves. Where compaction may have taken the last records there is nothing before its end. */
export async function foundIn(log: Log): Promise<FoundLog> {
  const { topicId, logStartOffset, logEndOffset, highWatermark } = log
  const batches: Uint8Array[] = []
  for (let next = logStartOffset; next < logEndOffset; ) {
    const slice = await log.read(next, { maxBytes: 100_000, atLeastOne: true, endOffset: logEndOffset })
    if (slice.error !== 0)
      throw new Error(`a read of ${nameOf(log.topicPartition)} at ${next} gives error ${slice.error}`)
    if (slice.sizeBytes === 0 && log.config.compacted) break
    if (slice.nextOffset <= next) throw new Error(`a read of ${nameOf(log.topicPartition)} at ${next} does not go on`)
    for (const chunk of slice.chunks) {
      for (let at = 0; at < chunk.length; at += sizeOf(chunk, at)) batches.push(chunk.slice(at, at + sizeOf(chunk, at)))
    }
    next = slice.nextOffset
  }
  return {
    topicId,
    startOffset: logStartOffset,
    endOffset: logEndOffset,
    highWatermark,
    batches,
    producers: log.activeProducers(),
    unrecognised: unrecognisedBy(log, batches),
    aborted: await log.abortedTransactions(logStartOffset, logEndOffset),
    epochAt: (offset) => log.epochAt(offset),
  }
}

/** Sends the last five batches of each producer again. */
function unrecognisedBy(log: Log, batches: readonly Uint8Array[]): readonly Offset[] {
  const offsets: Offset[] = []
  for (const { producerId, producerEpoch } of log.activeProducers()) {
    const isOf = (batch: Uint8Array) => producerIdOf(batch) === producerId && producerEpochOf(batch) === producerEpoch
    const written = batches.filter((batch) => hasProducerId(batch) && !isControl(batch) && isOf(batch))
    for (const batch of written.slice(-5)) {
      const again = batch.slice()
      setBaseOffset(again, 0, 0)
      const outcome = log.append(again, { origin: 'client', leaderEpoch: log.latestEpoch })
      if (outcome.error !== undefined || !outcome.duplicate) offsets.push(baseOffsetOf(batch))
    }
  }
  return offsets
}
