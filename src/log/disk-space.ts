/**
 * How much of a directory's volume may still be filled by clients.
 *
 * Some bytes are kept free: for the metadata, for the groups' offsets, and for the checkpoints without which nothing could
 * be deleted. While fewer are free, records of clients are refused by name, and everything else goes on. The volume is
 * looked at every second, and sooner where half of what was found has been appended since: however fast producers are,
 * they do not overrun the bound by more than others on the same volume write during one look.
 *
 * Invariants:
 *   from the look that finds too little until one that finds a quarter more than is kept, everything is refused
 *   what is appended between two looks is counted as gone
 *   what waits to be written is bounded, though the requests that brought it may have been answered
 */
import { HostError, type Logger } from '#host'
import type { DirectoryDisk } from './directory-disk.ts'

export interface DiskSpaceOptions {
  readonly disk: Pick<DirectoryDisk, 'space' | 'isFull'>
  readonly path: string
  readonly logger: Logger
  /** `ottla.disk.free.bytes.min`, which may change; of a small volume at most a twentieth is kept. */
  readonly freeBytesMin: () => number
  /** How many bytes may wait to be written before no more are taken. */
  readonly backlogBytesMax: number
}

const SHARE_MAX = 1 / 20
/** Room that is just enough would be used up at once, and clients refused and let in by turns. */
const ENOUGH = 1.25
/** Of the bytes that may wait, from when on those who ask for no answer are made to wait too. */
const BEHIND = 1 / 16

export class DiskSpace {
  readonly #options: DiskSpaceOptions
  #freeBytes = Number.POSITIVE_INFINITY
  #keptBytes = 0
  #isShort = false
  /** Since the last look. */
  #appendedBytes = 0
  #looking: Promise<void> | undefined
  #backlogBytes = 0

  constructor(options: DiskSpaceOptions) {
    this.#options = options
  }

  /** Why nothing more is taken from clients; undefined while there is room. */
  get refusal(): string | undefined {
    const { disk, path } = this.#options
    if (disk.isFull) return `the disk of ${path} is full`
    if (!this.#isShort && this.#appendedBytes <= this.#freeBytes - this.#keptBytes) return undefined
    const free = Math.max(0, Math.round(this.#freeBytes - this.#appendedBytes))
    const kept = Math.round(this.#keptBytes)
    return `the disk of ${path} is almost full: ${free} bytes are free, ${kept} are kept (ottla.disk.free.bytes.min)`
  }

  /**
   * Why nothing more is taken although there is room: the disk does not keep up. Requests in work are bounded elsewhere,
   * so it takes producers that wait for nothing, or no longer, to come here.
   */
  get backlog(): string | undefined {
    if (this.#backlogBytes <= this.#options.backlogBytesMax) return undefined
    return `the disk of ${this.#options.path} does not keep up: ${this.#backlogBytes} bytes wait to be written`
  }

  get isBehind(): boolean {
    return this.#backlogBytes > this.#options.backlogBytesMax * BEHIND
  }

  /** How much was free at the last look. */
  get freeBytes(): number {
    return this.#freeBytes
  }

  /** So many bytes more, or less, wait to be written. */
  waiting(bytes: number): void {
    this.#backlogBytes += bytes
  }

  /** So many bytes are on their way to the volume. */
  appended(bytes: number): void {
    this.#appendedBytes += bytes
    if (!this.#isShort && 2 * this.#appendedBytes > this.#freeBytes - this.#keptBytes) void this.look()
  }

  /** Looks how much is free. Never rejects: a volume that does not tell is not full for that. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  async #look(): Promise<void> {
    const { disk, path, logger, freeBytesMin } = this.#options
    const appendedBefore = this.#appendedBytes
    let found: { readonly freeBytes: number; readonly totalBytes: number }
    try {
      found = await disk.space(path)
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      return
    }
    // What came while we looked may not be in what was found, and what waits to be written is not.
    this.#appendedBytes -= appendedBefore
    this.#freeBytes = found.freeBytes - Math.max(0, this.#backlogBytes - this.#appendedBytes)
    this.#keptBytes = Math.min(freeBytesMin(), found.totalBytes * SHARE_MAX)
    const wasShort = this.#isShort
    this.#isShort = this.#freeBytes < this.#keptBytes * (wasShort ? ENOUGH : 1)
    if (this.#isShort && !wasShort) logger.error(`Records of clients are refused: ${this.refusal}`)
    if (!this.#isShort && wasShort) {
      logger.info(`Records of clients are taken again: ${this.#freeBytes} bytes are free on the disk of ${path}`)
    }
  }
}
