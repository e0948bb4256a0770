/**
 * The segment that compaction writes in place of a run of others: files with the suffix `.cleaned`, which mean nothing
 * until they are renamed. Batches come in order; the indexes are those that Kafka makes of such a segment, and all of it is
 * synced before it takes its place.
 */
import type { Offset } from '#core'
import type { Disk, File } from '#host'
import { CLEANED, LOG, OFFSET_INDEX, SEGMENT_SUFFIXES, TIME_INDEX, TRANSACTION_INDEX } from '../file-names.ts'
import { Segment } from '../segment.ts'
import { writeFile } from '../write-file.ts'

export class CleanedSegment {
  /** As it will be, with its indexes in memory. */
  readonly segment: Segment
  readonly #disk: Disk
  readonly #file: File
  #writtenBytes = 0

  private constructor(disk: Disk, segment: Segment, file: File) {
    this.#disk = disk
    this.segment = segment
    this.#file = file
  }

  /** Begins one at `baseOffset`, in place of what an earlier attempt may have left. */
  static async create(
    disk: Disk,
    folder: string,
    { baseOffset, createdMs }: { readonly baseOffset: Offset; readonly createdMs: number },
  ): Promise<CleanedSegment> {
    const segment = new Segment(folder, baseOffset, { createdMs })
    await removeCleaned(disk, segment)
    return new CleanedSegment(disk, segment, await disk.open(segment.logPath + CLEANED, 'create'))
  }

  /** Takes in the batch at `at`, whose bytes are given to `write` later. */
  index(bytes: Uint8Array, at: number, sizeBytes: number, indexIntervalBytes: number): void {
    this.segment.append(bytes, at, sizeBytes, indexIntervalBytes)
  }

  /** Writes batches behind those before. */
  async write(chunks: readonly Uint8Array[]): Promise<void> {
    await this.#file.write(chunks, this.#writtenBytes)
    for (const chunk of chunks) this.#writtenBytes += chunk.length
  }

  /** Stores it whole. Gives the suffixes of its files. */
  async finish(): Promise<readonly string[]> {
    const { segment } = this
    await this.#file.sync()
    await this.#file.close()
    segment.finishTimeIndex()
    const times = segment.timeIndex.entries.takeUnstored()
    const offsets = segment.offsetIndex.entries.takeUnstored()
    await this.#store(OFFSET_INDEX, offsets?.bytes ?? new Uint8Array(0))
    await this.#store(TIME_INDEX, times?.bytes ?? new Uint8Array(0))
    const { transactionIndex } = segment
    transactionIndex.isUnstored = false
    if (transactionIndex.entries.length === 0) return [LOG, OFFSET_INDEX, TIME_INDEX]
    await this.#store(TRANSACTION_INDEX, transactionIndex.toFile())
    return [LOG, OFFSET_INDEX, TIME_INDEX, TRANSACTION_INDEX]
  }

  async #store(suffix: string, bytes: Uint8Array): Promise<void> {
    await writeFile(this.#disk, this.segment.path + suffix + CLEANED, bytes, { isSynced: true })
  }

  /** It is not wanted any more. */
  async discard(): Promise<void> {
    await this.#file.close().catch(() => {})
    await removeCleaned(this.#disk, this.segment)
  }
}

async function removeCleaned(disk: Disk, { path }: Segment): Promise<void> {
  for (const suffix of SEGMENT_SUFFIXES) await disk.remove(path + suffix + CLEANED)
}
