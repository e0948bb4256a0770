import { nameOf } from '#core'
import type { Log } from '#log'
import { sizeOf } from '#protocol/records'
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
    aborted: await log.abortedTransactions(logStartOffset, logEndOffset),
    epochAt: (offset) => log.epochAt(offset),
  }
}
