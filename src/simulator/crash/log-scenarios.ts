/** What a log directory does, each kind of it by itself, in synced and in page-cache mode. */

import type { LogConfig } from '#log'
import { ControlType } from '#protocol/records'
import { recoverDirectory } from './log-recovery.ts'
import { type DirectoryPromise, LogStory, NEVER, storyConfig, type ToldLog } from './log-story.ts'
import type { Scenario } from './scenario.ts'

const COMPACTED: Partial<LogConfig> = { compacted: true, deletes: false, minCleanableDirtyRatio: 0 }
const pageCache: Partial<LogConfig> = { flushMessages: NEVER }

function logScenario(
  name: string,
  config: Partial<LogConfig>,
  script: (story: LogStory) => Promise<void>,
): Scenario<DirectoryPromise> {
  return {
    name,
    async record(seed) {
      const story = new LogStory({ seed, config })
      await story.open()
      await script(story)
      await story.pause(40)
      return story.recording
    },
    recover: (disk) => recoverDirectory(disk, storyConfig(config)),
  }
}

/** Batches of all sizes, some several in a turn, some larger than a page. */
async function append(story: LogStory): Promise<void> {
  const { random } = story
  const told = await story.create('orders')
  for (let i = 0; i < 14; i++) {
    const bytes = [20, 20, 200, 700, 5000][random.below(5)]!
    story.append(told, 1 + random.below(3), { bytes, codec: (['none', 'gzip', 'snappy', 'lz4'] as const)[i % 4]! })
    await story.pause()
  }
  await story.settled()
  story.append(told, 2)
}

/** Segments, with producers, transactions and epochs that reach over their borders. */
async function roll(story: LogStory): Promise<void> {
  const { random } = story
  const told = await story.create('orders')
  const sequences = new Map<bigint, number>()
  const open = new Set<bigint>()
  for (let i = 0; i < 22; i++) {
    const producerId = BigInt(random.below(3))
    const choice = random.below(5)
    if (choice === 0 && open.delete(producerId)) {
      story.end(told, producerId, random.below(2) === 0 ? ControlType.ABORT : ControlType.COMMIT)
    } else if (choice === 1) {
      story.append(told, 1 + random.below(3), { bytes: 60 })
    } else {
      const baseSequence = sequences.get(producerId) ?? 0
      const transactional = open.has(producerId) || random.below(2) === 0
      if (transactional) open.add(producerId)
      story.append(told, 2, { bytes: 40, producerId, producerEpoch: 0, baseSequence, transactional })
      sequences.set(producerId, baseSequence + 2)
    }
    if (random.below(6) === 0) told.log!.assignEpoch(++told.epoch)
    if (random.below(8) === 0) told.log!.roll()
    await story.pause()
    if (random.below(4) === 0) await story.settled()
  }
}

/** Two logs, checkpoints of both, and beginnings that DeleteRecords moves. */
async function checkpoint(story: LogStory): Promise<void> {
  const { random } = story
  const logs = [await story.create('orders'), await story.create('payments')]
  for (let i = 0; i < 10; i++) {
    const told = logs[random.below(2)]!
    story.append(told, 1 + random.below(3), { bytes: 50 })
    if (random.below(4) === 0) told.log!.assignEpoch(++told.epoch)
    if (random.below(3) === 0) await story.settled()
    const { logStartOffset, highWatermark } = told.log!
    if (random.below(3) === 0 && highWatermark > logStartOffset) {
      story.deleteRecords(told, logStartOffset + 1 + random.below(highWatermark - logStartOffset))
    }
    if (random.below(2) === 0) await story.checkpoint()
    else await story.pause()
  }
}

/** A follower that is cut by its leader, now a little, now wholly. */
async function cut(story: LogStory): Promise<void> {
  const { random } = story
  const told = await story.create('orders')
  for (let i = 0; i < 6; i++) {
    for (let count = 1 + random.below(5); count > 0; count--) story.replicate(told, 1 + random.below(3))
    await story.pause(30)
    if (random.below(3) === 0) await story.checkpoint()
    const { logEndOffset, logStartOffset } = told.log!
    if (random.below(4) === 0) await story.startAnew(told, logEndOffset + random.below(20))
    else if (logEndOffset > 0) await story.truncate(told, Math.max(logStartOffset, logEndOffset - 1 - random.below(8)))
    told.epoch++
  }
  story.replicate(told, 2)
  await story.settled()
}

/** Segments that go: too many bytes, or before the start. */
async function retention(story: LogStory): Promise<void> {
  const { random } = story
  const told = await story.create('orders', { retentionBytes: 900 })
  const sequences: number[] = [0, 0]
  for (let i = 0; i < 8; i++) {
    for (let count = 1 + random.below(4); count > 0; count--) {
      const producerId = random.below(2)
      const baseSequence = sequences[producerId]!
      story.append(told, 2, { bytes: 50, producerId: BigInt(producerId), producerEpoch: 0, baseSequence })
      sequences[producerId]! += 2
    }
    if (random.below(2) === 0) await story.settled()
    await story.retain(told)
    if (random.below(3) === 0) await story.directory.maintain(story.clock.nowMs())
    const { logStartOffset, highWatermark } = told.log!
    if (random.below(3) === 0)
      story.deleteRecords(told, logStartOffset + random.below(highWatermark - logStartOffset + 1))
  }
}

/** Logs that come and go, under the same name too. */
async function createAndDelete(story: LogStory): Promise<void> {
  const first = await story.create('orders')
  story.append(first, 3, { bytes: 300 })
  await story.settled()
  await story.checkpoint()
  const second = await story.create('payments')
  story.append(second, 2)
  await story.pause()
  await story.delete(first)
  await story.pause()
  await story.directory.maintain(story.clock.nowMs())
  const again = await story.create('orders')
  story.append(again, 1)
  await story.settled()
  await story.delete(second)
  await story.checkpoint()
  await story.directory.maintain(story.clock.nowMs())
}

/** Clean stops and starts, with work in between. */
async function restart(story: LogStory): Promise<void> {
  const logs: ToldLog[] = [await story.create('orders'), await story.create('payments')]
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 3; i++) {
      const told = logs[round % 2]!
      const baseSequence = i * 2
      story.append(told, 2, {
        bytes: 100,
        producerId: BigInt(told.topicId.length + round),
        producerEpoch: 0,
        baseSequence,
      })
      told.log!.assignEpoch(++told.epoch)
      story.append(told, 1)
      await story.pause()
    }
    if (round > 0) {
      // What was stored at the last stop is not all there is any more.
      await story.settled()
      await story.checkpoint()
      story.append(logs[round % 2]!, 1)
      await story.pause()
    }
    await story.close()
    await story.open()
  }
}

/** Keys that are written again and again, deleted, and compacted between; some in transactions that are aborted. */
async function compaction(story: LogStory): Promise<void> {
  const { random } = story
  const told = await story.create('tables')
  let sequence = 0
  for (let pass = 0; pass < 4; pass++) {
    for (let i = 0; i < 8; i++) {
      const puts: Record<string, string | null> = {}
      for (let count = 1 + random.below(3); count > 0; count--) {
        puts[`key ${random.below(6)}`] =
          random.below(5) === 0 ? null : `value ${pass}.${i}.${'x'.repeat(random.below(60))}`
      }
      const kind = random.below(4)
      const count = Object.keys(puts).length
      if (kind === 0) {
        story.put(told, puts, { producerId: 7n, producerEpoch: 0, baseSequence: sequence, transactional: true })
        sequence += count
        story.end(told, 7n, random.below(2) === 0 ? ControlType.ABORT : ControlType.COMMIT)
      } else story.put(told, puts, kind === 1 ? { codec: 'gzip' } : {})
      await story.pause()
      if (random.below(5) === 0) told.log!.roll()
    }
    await story.settled()
    told.log!.roll()
    if (pass === 2) story.clock.advance(2 * 24 * 60 * 60 * 1000)
    await story.compact(told)
    await story.directory.maintain(story.clock.nowMs())
    story.put(told, { 'key 1': `after ${pass}` })
    if (pass === 1) {
      await story.close()
      await story.open()
    }
  }
}

/**
 * Syncs and writes that fail, and starts on the same machine after each. Not syncs of folders: where one fails, file systems
 * take no more until they are mounted anew, and do not show names that they have lost.
 */
async function failures(story: LogStory): Promise<void> {
  const told = await story.create('orders')
  for (const operation of ['sync', 'write', 'sync', 'write'] as const) {
    for (let i = 0; i < 3; i++) {
      story.append(told, 1 + story.random.below(3), { bytes: 50 })
      await story.pause()
    }
    await story.fail(operation, told)
    story.append(told, 2)
    await story.settled()
    if (story.random.below(2) === 0) await story.checkpoint()
  }
}

export const logScenarios: readonly Scenario<DirectoryPromise>[] = [
  logScenario('append', { segmentBytes: 10_000 }, append),
  logScenario('append, page cache', { ...pageCache, segmentBytes: 10_000 }, append),
  logScenario('roll', {}, roll),
  logScenario('roll, page cache', pageCache, roll),
  logScenario('checkpoint', {}, checkpoint),
  logScenario('checkpoint, page cache', pageCache, checkpoint),
  logScenario('cut', {}, cut),
  logScenario('cut, page cache', pageCache, cut),
  logScenario('retention', { retentionBytes: 900 }, retention),
  logScenario('retention, page cache', { ...pageCache, retentionBytes: 900 }, retention),
  logScenario('create and delete', {}, createAndDelete),
  logScenario('compaction', COMPACTED, compaction),
  logScenario('compaction, page cache', { ...pageCache, ...COMPACTED }, compaction),
  logScenario('failures', {}, failures),
  logScenario('failures, page cache', pageCache, failures),
  logScenario('restart', {}, restart),
  logScenario('restart, page cache', pageCache, restart),
]
