import type { CoordinatorAppend, CoordinatorAppendRefusal, CoordinatorLog } from '#coordinator'
import type { LeaderEpoch, Offset } from '#core'
import { nameOf } from '#core'
import { HostError } from '#host'
import { type ErrorCode, errorName } from '#protocol'
import type { Partition } from '#replication'

const READ_BYTES = 4 * 1024 * 1024
const ALL_REPLICAS = -1

/** A partition that this broker leads, as a coordinator's shard uses it, for one leader epoch. */
export class PartitionCoordinatorLog implements CoordinatorLog {
  readonly leaderEpoch: LeaderEpoch
  readonly #partition: Partition

  constructor(partition: Partition) {
    this.#partition = partition
    this.leaderEpoch = partition.leaderEpoch
  }

  get batchBytesMax(): number {
    return this.#partition.log.config.maxMessageBytes
  }

  get logStartOffset(): Offset {
    return this.#partition.log.logStartOffset
  }

  get logEndOffset(): Offset {
    return this.#partition.log.logEndOffset
  }

  get highWatermark(): Offset {
    return this.#partition.highWatermark
  }

  append(batch: Uint8Array): CoordinatorAppend | CoordinatorAppendRefusal {
    const outcome = this.#partition.append(batch, 'coordinator', ALL_REPLICAS)
    if (outcome.error === undefined) return { lastOffset: outcome.lastOffset }
    return { error: outcome.error as ErrorCode, message: outcome.message }
  }

  onHighWatermark(listener: (highWatermark: Offset) => void): () => void {
    let told = this.highWatermark
    const onMove = () => {
      if (this.highWatermark <= told) return
      told = this.highWatermark
      listener(told)
    }
    this.#partition.listen(onMove)
    return () => this.#partition.unlisten(onMove)
  }

  async read(offset: Offset): Promise<readonly Uint8Array[]> {
    const slice = await this.#partition.log.read(offset, {
      maxBytes: READ_BYTES,
      atLeastOne: true,
      endOffset: this.logEndOffset,
    })
    if (slice.error !== 0) {
      const where = `${nameOf(this.#partition.topicPartition)} at offset ${offset}`
      throw new HostError('EIO', `Cannot read ${where}: ${errorName(slice.error)}`)
    }
    return slice.chunks
  }
}
