/**
 * Holds the files of a log that was closed against its `.log` files: indexes, aborted transactions, producers and epochs
 * have to be what the batches say. Reads the files by itself, as their formats are written down, not by the code of the log.
 */
import { crc32c, nameOf, type TopicPartition } from '#core'
import type { MemoryDisk } from '#host/memory'
import {
  baseOffsetOf,
  checkBatch,
  lastOffsetOf,
  leaderEpochOf,
  maxTimestampOf,
  nextOffsetOf,
  sizeOf,
} from '#protocol/records'
import { abortedOf, type Lineage, producersOf } from './log-history.ts'

interface Placed {
  readonly position: number
  readonly batch: Uint8Array
}

/**
 * What is wrong with the folder of a log that was closed, or undefined. `lineage` is all that it ever held: producers and
 * transactions may have begun in what retention has removed.
 */
export async function problemOfFolder(
  disk: MemoryDisk,
  folder: string,
  {
    lineage,
    startOffset,
    isCompacted,
  }: { readonly lineage: Lineage; readonly startOffset: number; readonly isCompacted: boolean },
): Promise<string | undefined> {
  const entries = await disk.list(folder)
  const files = new Map<string, Uint8Array>()
  for (const { name, kind } of entries) if (kind === 'file') files.set(name, await disk.readFile(`${folder}/${name}`))
  const bases = [...files.keys()].filter((name) => name.endsWith('.log')).sort()
  let nextOffset = -1
  const all: Uint8Array[] = []
  for (const [index, name] of bases.entries()) {
    const base = name.slice(0, -4)
    const placed = batchesOf(files.get(name)!)
    if (typeof placed === 'string') return `${name}: ${placed}`
    if (nextOffset >= 0 && (isCompacted ? Number(base) < nextOffset : Number(base) !== nextOffset))
      return `${name} does not begin at ${nextOffset}`
    nextOffset = Number(base)
    for (const { batch } of placed) {
      const isNext = isCompacted ? baseOffsetOf(batch) >= nextOffset : baseOffsetOf(batch) === nextOffset
      if (!isNext) return `${name}: a batch at ${baseOffsetOf(batch)}, not ${nextOffset}`
      nextOffset = nextOffsetOf(batch)
      all.push(batch)
    }
    const isLast = index === bases.length - 1
    const problem =
      offsetIndexProblem(files.get(`${base}.index`), Number(base), placed) ??
      timeIndexProblem(files.get(`${base}.timeindex`), { base: Number(base), placed, isLast }) ??
      (isCompacted ? undefined : transactionIndexProblem(files.get(`${base}.txnindex`), placed, lineage))
    if (problem !== undefined) return `${base}: ${problem}`
  }
  const stray = [...files.keys()].find((name) => /\.(tmp|cleaned|swap)$/.test(name))
  if (stray !== undefined) return `${stray} was left behind`
  return (
    snapshotProblems(files, { lineage, startOffset, endOffset: nextOffset }) ??
    epochProblem(files.get('leader-epoch-checkpoint'), all, startOffset)
  )
}

export function folderOf(path: string, topicPartition: TopicPartition): string {
  return `${path}/${nameOf(topicPartition)}`
}

function batchesOf(content: Uint8Array): readonly Placed[] | string {
  const placed: Placed[] = []
  for (let position = 0; position < content.length; ) {
    if (position + 61 > content.length) return `${content.length - position} bytes at its end are no batch`
    const sizeBytes = sizeOf(content, position)
    if (sizeBytes < 61 || position + sizeBytes > content.length) return `the batch at ${position} is not whole`
    const batch = content.subarray(position, position + sizeBytes)
    const problem = checkBatch(batch)
    if (problem !== undefined) return `at ${position} ${problem}`
    placed.push({ position, batch })
    position += sizeBytes
  }
  return placed
}

/** Entries of the last offset of a batch, relative to the base, and its position (int32 both), rising. */
function offsetIndexProblem(
  content: Uint8Array | undefined,
  base: number,
  placed: readonly Placed[],
): string | undefined {
  if (content === undefined) return placed.length === 0 ? undefined : 'its offset index is missing'
  if (content.length % 8 !== 0) return 'its offset index has part of an entry'
  const view = viewOf(content)
  let previous = -1
  for (let at = 0; at < content.length; at += 8) {
    const [offset, position] = [base + view.getInt32(at), view.getInt32(at + 4)]
    const named = placed.find((other) => other.position === position)
    if (named === undefined || lastOffsetOf(named.batch) !== offset || position <= previous) {
      return `its offset index says ${offset} is at ${position}`
    }
    previous = position
  }
  return undefined
}

/** Entries of a timestamp (int64), the greatest up to the offset beside it (int32, relative); the last tells the greatest. */
function timeIndexProblem(
  content: Uint8Array | undefined,
  { base, placed, isLast }: { readonly base: number; readonly placed: readonly Placed[]; readonly isLast: boolean },
): string | undefined {
  if (content === undefined) return placed.length === 0 ? undefined : 'its time index is missing'
  if (content.length % 12 !== 0) return 'its time index has part of an entry'
  const view = viewOf(content)
  let previous = -1n
  for (let at = 0; at < content.length; at += 12) {
    const [timestamp, offset] = [view.getBigInt64(at), base + view.getInt32(at + 8)]
    const named = placed.find(({ batch }) => lastOffsetOf(batch) === offset)
    const upTo = placed.filter(({ batch }) => lastOffsetOf(batch) <= offset).map(({ batch }) => maxTimestampOf(batch))
    const isGreatest = upTo.every((other) => other <= timestamp)
    if (named === undefined || maxTimestampOf(named.batch) !== timestamp || !isGreatest || timestamp <= previous) {
      return `its time index says ${timestamp} at ${offset}`
    }
    previous = timestamp
  }
  const [greatest = -1n] = placed.map(({ batch }) => maxTimestampOf(batch)).sort((a, b) => Number(b - a))
  if (previous === greatest) return undefined
  return `its time index ends with ${previous}, the greatest timestamp is ${greatest}${isLast ? ' (active)' : ''}`
}

/** Entries of 34 bytes: version, producer id, first offset, last offset, last stable offset. */
function transactionIndexProblem(
  content: Uint8Array | undefined,
  placed: readonly Placed[],
  lineage: Lineage,
): string | undefined {
  const [first, last] = [placed[0]?.batch, placed.at(-1)?.batch]
  const expected =
    first === undefined || last === undefined
      ? []
      : abortedOf(lineage.batches).filter(
          ({ lastOffset }) => lastOffset >= baseOffsetOf(first) && lastOffset <= lastOffsetOf(last),
        )
  const view = viewOf(content ?? new Uint8Array(0))
  const given: string[] = []
  for (let at = 0; at + 34 <= view.byteLength; at += 34) {
    given.push(`${view.getBigInt64(at + 2)}:${view.getBigInt64(at + 10)}-${view.getBigInt64(at + 18)}`)
  }
  const wanted = expected.map(({ producerId, firstOffset, lastOffset }) => `${producerId}:${firstOffset}-${lastOffset}`)
  return `${given}` === `${wanted}`
    ? undefined
    : `its aborted transactions are ${given || 'none'}, not ${wanted || 'none'}`
}

/** Producers as of the offset in the name, 46 bytes each behind 10 of version, checksum and count. */
function snapshotProblems(
  files: ReadonlyMap<string, Uint8Array>,
  { lineage, startOffset, endOffset }: { lineage: Lineage; startOffset: number; endOffset: number },
): string | undefined {
  for (const [name, content] of files) {
    if (!name.endsWith('.snapshot')) continue
    const offset = Number(name.slice(0, -9))
    if (offset > endOffset) return `${name} is of an offset beyond the end ${endOffset}`
    const expected = producersOf(lineage.batches.filter((batch) => nextOffsetOf(batch) <= offset))
    const view = viewOf(content)
    // One that was torn, and that nobody needed since, is known by its checksum.
    if (content.length < 10 || view.getUint32(2) !== crc32c(content.subarray(6))) continue
    const known = new Set<bigint>()
    for (let at = 10; at + 46 <= content.length; at += 46) {
      const producerId = view.getBigInt64(at)
      const producer = expected.get(producerId)
      if (producer === undefined) return `${name} has a producer ${producerId} that has not written`
      const given = [view.getInt16(at + 8), view.getInt32(at + 10), Number(view.getBigInt64(at + 38))]
      const wanted = [producer.producerEpoch, producer.lastSequence, producer.currentTxnStartOffset]
      if (`${given}` !== `${wanted}`) return `${name} has producer ${producerId} with ${given}, not with ${wanted}`
      known.add(producerId)
    }
    for (const { producerId, lastOffset } of expected.values()) {
      if (!known.has(producerId) && lastOffset >= startOffset) return `${name} does not have producer ${producerId}`
    }
  }
  return undefined
}

/** Lines of epoch and first offset behind a version and a count. An epoch may have begun that has no record. */
function epochProblem(
  content: Uint8Array | undefined,
  batches: readonly Uint8Array[],
  startOffset: number,
): string | undefined {
  const lines = content === undefined ? [] : new TextDecoder().decode(content).trim().split('\n').slice(2)
  const starts = lines.map((line) => line.split(' ').map(Number))
  for (const batch of batches) {
    const offset = Math.max(startOffset, baseOffsetOf(batch))
    if (lastOffsetOf(batch) < startOffset) continue
    const epoch = starts.findLast(([, start]) => start! <= offset)?.[0]
    if (epoch !== leaderEpochOf(batch)) return `its epochs say ${epoch} at ${offset}, the batch ${leaderEpochOf(batch)}`
  }
  return undefined
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
