/** What a start finds in a log directory after a crash, and whether it goes on from there as it should. */
import { nameOf, utf8 } from '#core'
import type { MemoryDisk } from '#host/memory'
import type { Log, LogConfig, LogDirectory } from '#log'
import { encodeBatch, nextOffsetOf } from '#protocol/records'
import { folderOf, problemOfFolder } from './folder-check.ts'
import { foundIn } from './log-facts.ts'
import { addTo, disputeOf, disputeOfRetries, type FoundLog, type Lineage } from './log-history.ts'
import { type DirectoryPromise, openDirectory, PATH } from './log-story.ts'
import type { Recovered } from './scenario.ts'

const MARK = `${PATH}/.kafka_cleanshutdown`

export async function recoverDirectory(disk: MemoryDisk, config: LogConfig): Promise<Recovered<DirectoryPromise>> {
  const wasMarked = await disk.exists(MARK)
  const directory = await openDirectory(disk, 1000)
  const logs = new Map<string, Log>()
  const found = new Map<string, FoundLog>()
  for (const topicPartition of directory.found()) {
    const log = await directory.openLog(topicPartition, config)
    logs.set(nameOf(topicPartition), log)
    found.set(nameOf(topicPartition), await foundIn(log))
  }
  return {
    summary: Array.from(found, ([name, log]) => `${name} ${textOf(log)}`).join('\n'),
    disputeOf: (promised) => directoryDispute(found, promised, wasMarked),
    goOn: (promised) => goOn(disk, { directory, logs, found, config }, promised),
  }
}

function textOf({ topicId, startOffset, endOffset, highWatermark, batches, producers, aborted }: FoundLog): string {
  const known = producers
    .map(({ producerId, producerEpoch, lastSequence, currentTxnStartOffset }) =>
      [producerId, producerEpoch, lastSequence, currentTxnStartOffset].join('/'),
    )
    .sort()
  const ends = aborted.map(({ producerId, firstOffset, lastOffset }) => [producerId, firstOffset, lastOffset].join('/'))
  return `${topicId} ${startOffset}-${endOffset} committed ${highWatermark}, ${batches.length} batches, ${known}; ${ends}`
}

function directoryDispute(
  found: ReadonlyMap<string, FoundLog>,
  { logs, mayBeMarked }: DirectoryPromise,
  wasMarked: boolean,
): string | undefined {
  if (wasMarked && !mayBeMarked) return 'the mark of a clean shutdown is there'
  for (const [name, promise] of logs) {
    const log = found.get(name)
    if (log === undefined) {
      if (promise.presence === 'yes') return `${name} is not there`
      continue
    }
    if (promise.presence === 'no') return `${name} is there again`
    const dispute = disputeOf(log, promise) ?? (wasMarked ? undefined : disputeOfRetries(log, promise))
    if (dispute !== undefined) return `${name}: ${dispute}`
    const { endMax } = promise
    if (wasMarked && log.endOffset !== endMax) {
      return `${name} ends at ${log.endOffset}, not ${endMax}, marked as closed`
    }
  }
  for (const name of found.keys()) if (!logs.has(name)) return `${name} is there, which was never created`
  return undefined
}

interface Going {
  readonly directory: LogDirectory
  readonly logs: ReadonlyMap<string, Log>
  readonly found: ReadonlyMap<string, FoundLog>
  readonly config: LogConfig
}

/** Appends to each log, stops, looks at the files, and starts again. */
async function goOn(
  disk: MemoryDisk,
  { directory, logs, found, config }: Going,
  promised: DirectoryPromise,
): Promise<string | undefined> {
  const lineages = new Map<string, Lineage>()
  for (const [name, log] of logs) {
    const promise = promised.logs.get(name)!
    const { endOffset } = found.get(name)!
    // The one that it goes on from, for producers whose batches are gone; the others agree up to there.
    const told = promise.lineages.find(
      (lineage) => disputeOf(found.get(name)!, { ...promise, lineages: [lineage] }) === undefined,
    )!
    const lineage = {
      startOffset: told.startOffset,
      batches: told.batches.filter((batch) => nextOffsetOf(batch) <= endOffset),
    }
    lineages.set(name, lineage)
    const bytes = encodeBatch([{ timestamp: 1_704_067_200_500, key: utf8('key'), value: utf8('once more') }])
    const outcome = log.append(bytes, { origin: 'client', leaderEpoch: Math.max(0, log.latestEpoch) })
    if (outcome.error !== undefined) return `${name} does not take an append: ${outcome.message}`
    if (outcome.baseOffset !== endOffset) return `${name} appends at ${outcome.baseOffset}, not ${endOffset}`
    addTo(lineage, bytes)
  }
  await directory.close({ brokerEpoch: 8 })
  if (directory.failure !== undefined) return `it is fenced: ${directory.failure.message}`
  for (const [name, log] of logs) {
    const { logStartOffset: startOffset } = log
    const folder = folderOf(PATH, log.topicPartition)
    const isCompacted = promised.logs.get(name)?.compaction !== undefined
    const problem = await problemOfFolder(disk, folder, { lineage: lineages.get(name)!, startOffset, isCompacted })
    if (problem !== undefined) return `${name}, closed: ${problem}`
  }
  const again = await openDirectory(disk, 1001)
  if (!again.wasCleanShutdown && logs.size > 0) return 'it was closed, and is recovered all the same'
  for (const topicPartition of again.found()) {
    const name = nameOf(topicPartition)
    const log = await again.openLog(topicPartition, config)
    const { startOffset, endOffset, topicId } = found.get(name)!
    const facts = await foundIn(log)
    const lineage = lineages.get(name)!
    const ends = { endMin: endOffset + 1, endMax: endOffset + 1, startMin: startOffset, startMax: startOffset }
    const dispute = disputeOf(facts, { ...promised.logs.get(name)!, topicId, lineages: [lineage], ...ends })
    if (dispute !== undefined) return `${name}, closed and opened: ${dispute}`
  }
  return undefined
}
