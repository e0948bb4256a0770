/**
 * Reading partitions and printing what is in them: from where, up to where, how many.
 *
 * Invariant: `positions` is where to go on after all that has been printed, so it may be committed at any time.
 */
import { type Cluster, Consumer, findOffsets, OffsetPoint, type PartitionOffset } from '#client'
import { joinBytes, nameOf, type Offset, type TopicPartition } from '#core'
import { write } from './output.ts'
import type { RecordFormat } from './record-format.ts'

/** Where to begin: at an offset, so many records before the end, or at a timestamp or `OffsetPoint`. */
export type Start = { readonly offset: number } | { readonly last: number } | { readonly timestamp: bigint }

export interface ReadingOptions {
  readonly format: RecordFormat
  /** Ends when all has been read that is there at the beginning. */
  readonly exit: boolean
  /** Ends after so many records. */
  readonly countMax: number
}

const PIECE_BYTES = 64 * 1024

export class Reading {
  readonly #consumer: Consumer
  readonly #options: ReadingOptions
  readonly #positions = new Map<string, PartitionOffset>()
  /** Where to stop, for partitions that are not there yet; undefined: nowhere. */
  readonly #ends: Map<string, Offset> | undefined
  #count = 0

  private constructor(consumer: Consumer, options: ReadingOptions, ends: Map<string, Offset> | undefined) {
    this.#consumer = consumer
    this.#options = options
    this.#ends = ends
  }

  static async begin(cluster: Cluster, starts: readonly PartitionOffset[], options: ReadingOptions): Promise<Reading> {
    const reading = new Reading(
      new Consumer(cluster),
      options,
      options.exit ? await endsOf(cluster, starts) : undefined,
    )
    reading.add(starts)
    return reading
  }

  get positions(): readonly PartitionOffset[] {
    return [...this.#positions.values()]
  }

  /** How many records have been printed. */
  get count(): number {
    return this.#count
  }

  get isDone(): boolean {
    return this.#count >= this.#options.countMax || this.#ends?.size === 0
  }

  /** How many records are left to be read, as far as that is known. */
  get leftCount(): number {
    if (this.#ends === undefined) return this.#options.countMax - this.#count
    let left = 0
    for (const [name, end] of this.#ends) left += end - this.#positions.get(name)!.offset
    return Math.min(left, this.#options.countMax - this.#count)
  }

  /** Reads more partitions. */
  add(starts: readonly PartitionOffset[]): void {
    this.#consumer.add(starts)
    for (const start of starts) this.#moveTo(start)
  }

  /** Waits for records, though not for long, and prints them. */
  async step(): Promise<void> {
    for (const { topic, partition, records, nextOffset } of await this.#consumer.poll()) {
      const where = { topic, partition }
      const end = this.#ends?.get(nameOf(where)) ?? Number.POSITIVE_INFINITY
      const wanted = nextOffset <= end ? records : records.filter(({ offset }) => offset < end)
      const printed = wanted.slice(0, this.#options.countMax - this.#count)
      await this.#print(where, printed)
      this.#count += printed.length
      const isCut = printed.length < wanted.length
      this.#moveTo({ ...where, offset: isCut ? printed.at(-1)!.offset + 1 : Math.min(nextOffset, end) })
      if (this.isDone) return
    }
  }

  #moveTo(position: PartitionOffset): void {
    const name = nameOf(position)
    this.#positions.set(name, position)
    if (position.offset < (this.#ends?.get(name) ?? Number.POSITIVE_INFINITY)) return
    this.#ends?.delete(name)
    this.#consumer.remove([position])
  }

  async #print(where: TopicPartition, records: Parameters<RecordFormat>[1][]): Promise<void> {
    let pieces: Uint8Array[] = []
    let bytes = 0
    for (const [i, record] of records.entries()) {
      for (const piece of this.#options.format(where, record)) {
        pieces.push(piece)
        bytes += piece.length
      }
      if (bytes < PIECE_BYTES && i < records.length - 1) continue
      await write(joinBytes(pieces))
      pieces = []
      bytes = 0
    }
  }
}

/** Where reading begins in each partition. Throws a `RangeError` for an offset that none of them has. */
export async function startsOf(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  start: Start,
): Promise<PartitionOffset[]> {
  if ('timestamp' in start) return await offsetsAt(cluster, partitions, start.timestamp)
  const [firsts, ends] = await Promise.all([
    offsetsAt(cluster, partitions, OffsetPoint.EARLIEST),
    offsetsAt(cluster, partitions, OffsetPoint.LATEST),
  ])
  const ranges = firsts.map(({ offset: first, ...where }, i) => ({ ...where, first, end: ends[i]!.offset }))
  if ('last' in start) {
    return ranges.map(({ first, end, ...where }) => ({ ...where, offset: Math.max(first, end - start.last) }))
  }
  const { offset } = start
  if (ranges.length > 0 && ranges.every(({ first, end }) => offset < first || offset > end)) {
    const there = ranges.map(({ first, end, ...where }) => `${nameOf(where)} has ${first} to ${end}`)
    throw new RangeError(`There is no offset ${offset}: ${there.join(', ')}`)
  }
  return ranges.map(({ first, end, ...where }) => ({ ...where, offset: Math.min(Math.max(offset, first), end) }))
}

async function endsOf(cluster: Cluster, partitions: readonly TopicPartition[]): Promise<Map<string, Offset>> {
  const ends = await offsetsAt(cluster, partitions, OffsetPoint.LATEST)
  return new Map(ends.map((end) => [nameOf(end), end.offset]))
}

/** In the order of the partitions. */
async function offsetsAt(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  timestamp: bigint,
): Promise<PartitionOffset[]> {
  const found = new Map<string, ReadonlyMap<number, Offset>>()
  for (const topic of new Set(partitions.map((partition) => partition.topic))) {
    const numbers = partitions.filter((one) => one.topic === topic).map(({ partition }) => partition)
    found.set(topic, await findOffsets(cluster, { topic, partitions: numbers }, timestamp))
  }
  return partitions.map(({ topic, partition }) => ({
    topic,
    partition,
    offset: found.get(topic)!.get(partition)!,
  }))
}
