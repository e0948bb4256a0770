/**
 * What a start finds in a folder of `log.dirs`: which logs there are and what the checkpoints say of them, how the last
 * broker ended, and what it left half done. Nothing of a log itself is read yet.
 */
import { nameOf, type TopicId, type TopicPartition } from '#core'
import type { Host } from '#host'
import type { CheckpointedLog, StoredCheckpoints } from './checkpoints.ts'
import { parseCleanShutdown } from './clean-shutdown.ts'
import {
  CLEAN_SHUTDOWN,
  CLEANER_CHECKPOINT,
  HIGH_WATERMARK_CHECKPOINT,
  isPassingFolder,
  isStrayFolder,
  LOG_START_CHECKPOINT,
  partitionOfFolder,
  partitionOfFuture,
  RECOVERY_POINT_CHECKPOINT,
  SYNC_FAILED,
} from './file-names.ts'
import { type CheckpointedOffsets, parseOffsetCheckpoint } from './offset-checkpoint.ts'
import { readIfThere } from './read-if-there.ts'

/** What the checkpoints say of a log that is not open. */
export interface ClosedLog extends CheckpointedLog {
  /** Whether the checkpoint of `logStartOffset` is there and whole. */
  readonly isStartKnown: boolean
  /** Undefined until its folder has been asked. */
  topicId?: TopicId
}

type FindingHost = Pick<Host, 'disk' | 'logger'>

/** What a start finds in the folder. */
export interface FoundDirectory extends StoredCheckpoints {
  readonly logs: Map<string, ClosedLog>
  /** Replicas that were catching up. */
  readonly futures: Map<string, { readonly topicPartition: TopicPartition; readonly path: string }>
  /** Whether a broker before could not sync, so that files may show what is not on the disk. */
  readonly mayMissPages: boolean
  /** Undefined where the last broker did not close its logs. */
  readonly cleanBrokerEpoch: number | undefined
}

/** Looks through a folder that is ours, and cleans up in it. Rejects with a `HostError`. */
export async function findLogs(path: string, host: FindingHost): Promise<FoundDirectory> {
  const { disk, logger } = host
  const entries = await disk.list(path)
  const [points, starts, marks, cleaned] = [
    await readCheckpoint(host, `${path}/${RECOVERY_POINT_CHECKPOINT}`),
    await readCheckpoint(host, `${path}/${LOG_START_CHECKPOINT}`),
    await readCheckpoint(host, `${path}/${HIGH_WATERMARK_CHECKPOINT}`),
    await readCheckpoint(host, `${path}/${CLEANER_CHECKPOINT}`),
  ]
  const logs = new Map<string, ClosedLog>()
  const futures: FoundDirectory['futures'] = new Map()
  for (const { name, kind } of entries) {
    if (kind !== 'directory') continue
    const topicPartition = partitionOfFolder(name)
    const future = partitionOfFuture(name)
    if (isPassingFolder(name)) await disk.removeDirectory(`${path}/${name}`)
    else if (isStrayFolder(name)) logger.info(`The log ${path}/${name} was set aside and is kept until it is removed`)
    else if (future !== undefined) {
      // Two, where a crash came between the second and the end of the first: either is begun anew.
      const other = futures.get(nameOf(future))
      if (other !== undefined) await disk.removeDirectory(other.path)
      futures.set(nameOf(future), { topicPartition: future, path: `${path}/${name}` })
    } else if (topicPartition === undefined) logger.warn(`The folder ${path}/${name} is no log and is left alone`)
    else {
      logs.set(name, {
        topicPartition,
        recoveryPoint: points?.get(name) ?? 0,
        logStartOffset: starts?.get(name) ?? 0,
        isStartKnown: starts !== undefined,
        highWatermark: marks?.get(name) ?? 0,
        cleanedOffset: cleaned?.get(name),
      })
    }
  }
  const marker = await readIfThere(disk, `${path}/${CLEAN_SHUTDOWN}`)
  // Gone before anything is written: it must never be there after a crash.
  await disk.remove(`${path}/${CLEAN_SHUTDOWN}`)
  await disk.syncDirectory(path)
  return {
    logs,
    futures,
    spokenOf: new Set([points, starts, marks, cleaned].flatMap((offsets) => [...(offsets?.keys() ?? [])])),
    points: points ?? new Map(),
    hasCleaned: entries.some(({ name }) => name === CLEANER_CHECKPOINT),
    mayMissPages: entries.some(({ name }) => name === SYNC_FAILED),
    cleanBrokerEpoch: marker === undefined ? undefined : parseCleanShutdown(marker),
  }
}

/** Undefined where it is missing, new or damaged. */
async function readCheckpoint({ disk, logger }: FindingHost, path: string): Promise<CheckpointedOffsets | undefined> {
  const content = await readIfThere(disk, path)
  const offsets = content === undefined ? undefined : parseOffsetCheckpoint(content)
  if (content !== undefined && offsets === undefined) {
    logger.warn(`The checkpoint ${path} is damaged and counts as empty`)
  }
  return content?.length === 0 ? undefined : offsets
}
