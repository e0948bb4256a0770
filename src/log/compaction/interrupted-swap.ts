/**
 * What an interrupted compaction has left in a log's folder, brought to an end before the log is opened: ours, or that of
 * a Kafka whose folder this was. Kafka's rules (`LogLoader`), so that it would do the same:
 *
 *   .cleaned   was being written, and goes; with it every .swap from its offset on, which was being made of the same run
 *   .swap      is whole, and takes the place of what it was made of: the segments that begin in its range of offsets, which
 *              stay as .deleted until a checkpoint counts on what is there now
 *
 * A `.swap` that is not whole ends the opening, with nothing changed: what it replaces may be gone.
 */
import type { Offset, TopicPartition } from '#core'
import type { DirectoryEntry, Logger } from '#host'
import { checkBatch, nextOffsetOf } from '#protocol/records'
import { scanBatches } from '../batch-scan.ts'
import { DamagedLogError } from '../damaged-log.ts'
import { CLEANED, DELETED, LOG, offsetInName, SEGMENT_SUFFIXES, SWAP } from '../file-names.ts'
import type { SharedDisk } from '../log-writer.ts'

export interface InterruptedSwapContext {
  readonly shared: SharedDisk
  readonly logger: Logger
  readonly topicPartition: TopicPartition
  readonly folder: string
}

/** Whether a compaction was under way in a folder with these files, or has just ended. */
export function hasCompactionFiles(entries: readonly DirectoryEntry[]): boolean {
  return entries.some(({ name }) => [CLEANED, SWAP, DELETED].some((mark) => name.endsWith(mark)))
}

/** Ends what was interrupted in a folder with these files; gives the files that there are then. Rejects with `DamagedLogError`. */
export async function endInterruptedSwap(
  context: InterruptedSwapContext,
  entries: readonly DirectoryEntry[],
): Promise<readonly DirectoryEntry[]> {
  const files = entries.filter(({ kind }) => kind === 'file')
  const names = files.map(({ name }) => name)
  const offsetOf = (name: string, mark: string) =>
    SEGMENT_SUFFIXES.map((suffix) => offsetInName(name, suffix + mark)).find((offset) => offset !== undefined)
  const cleaned = names.filter((name) => name.endsWith(CLEANED))
  const swaps = names.filter((name) => name.endsWith(SWAP))
  // The others alone are removed with whatever else is left over.
  if (swaps.length === 0) return entries
  const { shared, logger, folder } = context
  const { disk } = shared

  const leastCleaned = Math.min(...cleaned.map((name) => offsetOf(name, CLEANED) ?? 0))
  const valid = swaps.filter((name) => (offsetOf(name, SWAP) ?? Infinity) < leastCleaned)
  const range = await rangeOf(
    context,
    files.filter(({ name }) => valid.includes(name)),
  )
  const replaced = names.filter((name) => {
    const offset = offsetOf(name, '')
    return offset !== undefined && offset >= range.from && offset < range.to
  })
  // As long as there is a `.cleaned`, a crash finds that these do not count.
  for (const name of swaps.filter((name) => !valid.includes(name))) await disk.remove(`${folder}/${name}`)
  await disk.syncDirectory(folder)
  for (const name of cleaned) await disk.remove(`${folder}/${name}`)
  if (valid.length > 0) {
    logger.info(`Ends the compaction of ${folder} that was interrupted: ${valid.join(', ')}`)
    // They tell until then that the gaps in what follows are a compaction's.
    for (const name of replaced) await disk.rename(`${folder}/${name}`, `${folder}/${name}${DELETED}`)
    await disk.syncDirectory(folder)
    // The log first, and stored: while it is a `.swap`, an index that has its place already would go with the old ones.
    const isLog = (name: string) => name.endsWith(LOG + SWAP)
    for (const name of valid.filter(isLog)) await put(context, name)
    await disk.syncDirectory(folder)
    for (const name of valid.filter((name) => !isLog(name))) await put(context, name)
    await disk.syncDirectory(folder)
  }
  return await disk.list(folder)
}

async function put({ shared, folder }: InterruptedSwapContext, name: string): Promise<void> {
  await shared.disk.rename(`${folder}/${name}`, `${folder}/${name.slice(0, -SWAP.length)}`)
}

/** From the first offset of these files to after the last. */
async function rangeOf(
  { shared, topicPartition, folder }: InterruptedSwapContext,
  swaps: readonly DirectoryEntry[],
): Promise<{ readonly from: Offset; readonly to: Offset }> {
  let from = Number.POSITIVE_INFINITY
  let to = -1
  for (const { name, sizeBytes } of swaps) {
    const baseOffset = offsetInName(name, LOG + SWAP)
    if (baseOffset === undefined) continue
    const path = `${folder}/${name}`
    let nextOffset = baseOffset
    const end = await scanBatches(shared.files, path, { from: 0, to: sizeBytes }, (buffer, at, batchBytes) => {
      const problem = checkBatch(buffer.subarray(at, at + batchBytes))
      if (problem === undefined) nextOffset = nextOffsetOf(buffer, at)
      return problem
    })
    shared.files.forget(path)
    if (end.problem !== undefined) {
      throw new DamagedLogError(topicPartition, `${end.problem} (in ${path} at byte ${end.position})`)
    }
    from = Math.min(from, baseOffset)
    to = Math.max(to, nextOffset)
  }
  return { from, to }
}
