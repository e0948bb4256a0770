/**
 * A file that takes up a little of the disk, so that there is something to give when the disk is full.
 *
 * What is deleted to make room has to be noted first, where a crash must not leave it in part: a checkpoint says where a
 * log starts before its first segments go. On a disk without a free byte that could never begin.
 */
import { type Disk, HostError, type Random } from '#host'
import { isPassing } from './directory-disk.ts'

export class Reserve {
  readonly #disk: Disk
  readonly #path: string
  readonly #sizeBytes: number
  readonly #random: Pick<Random, 'bytes'>
  #isTaken = false

  /** With 0 bytes there is none. `disk` is one that does not wait. */
  constructor(
    { disk, random }: { readonly disk: Disk; readonly random: Pick<Random, 'bytes'> },
    path: string,
    sizeBytes: number,
  ) {
    this.#disk = disk
    this.#random = random
    this.#path = path
    this.#sizeBytes = sizeBytes
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** Takes the space, where it is not taken and there is some. */
  async take(): Promise<void> {
    if (this.#isTaken || this.#sizeBytes === 0) return
    const file = await this.#disk.open(this.#path, 'write')
    try {
      // Not zeros: some file systems make nothing of them.
      if ((await file.size()) < this.#sizeBytes) await file.write([this.#random.bytes(this.#sizeBytes)], 0)
      this.#isTaken = true
    } catch (error) {
      if (!(error instanceof HostError) || !isPassing(error)) throw error
      await file.truncate(0)
    } finally {
      await file.close()
    }
  }

  /** Gives it back. */
  async give(): Promise<void> {
    if (!this.#isTaken) return
    this.#isTaken = false
    const file = await this.#disk.open(this.#path, 'write')
    try {
      await file.truncate(0)
    } finally {
      await file.close()
    }
  }
}
