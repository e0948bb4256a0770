/**
 * When a snapshot of the image is taken, and what it makes superfluous.
 *
 * A snapshot is due when as many bytes of records were committed since the last one as the configuration says, or when
 * anything was and the last is old. It is made of a copy, which shares all values with the image, and written piece by
 * piece while the broker goes on. Then the oldest snapshots go, as far as retention says, and the log before the oldest
 * that stays: its start is always the end of a snapshot (INV-36).
 */
import type { Clock, Logger } from '#host'
import type { Log } from '#log'
import type { VoterSet } from '#raft'
import { snapshotBatches } from '#raft'
import type { MetadataImage } from '../image/metadata-image.ts'
import { encodeMetadataRecord } from '../metadata-record.ts'
import type { SnapshotStore, StoredSnapshot } from './snapshot-store.ts'

export interface SnapshotRules {
  /** `metadata.log.max.record.bytes.between.snapshots` */
  readonly bytesBetween: number
  /** `metadata.log.max.snapshot.interval.ms`; 0: never for the time alone. */
  readonly intervalMs: number
  /** `metadata.max.retention.bytes`, of log and snapshots together; -1: any. */
  readonly retentionBytes: number
  /** `metadata.max.retention.ms`; -1: any. */
  readonly retentionMs: number
}

export interface SnapshotsOptions {
  readonly store: SnapshotStore
  readonly log: Log
  readonly clock: Clock
  readonly logger: Logger
  readonly rules: SnapshotRules
}

export class Snapshots {
  readonly #store: SnapshotStore
  readonly #log: Log
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #rules: SnapshotRules
  #bytesSince = 0
  #lastMs: number
  #writing: Promise<void> | undefined

  constructor({ store, log, clock, logger, rules }: SnapshotsOptions) {
    this.#store = store
    this.#log = log
    this.#clock = clock
    this.#logger = logger
    this.#rules = rules
    this.#lastMs = clock.nowMs()
  }

  /** Hears of every commit, and takes a snapshot of `image`, which has it, where one is due. */
  committed(sizeBytes: number, image: MetadataImage, voterSet: VoterSet): void {
    this.#bytesSince += sizeBytes
    if (this.#writing !== undefined || image.inTransaction || !this.#isDue()) return
    this.#writing = this.#take(image, voterSet)
      .catch((error: Error) => this.#logger.error(`Cannot write a metadata snapshot: ${error.message}`))
      .finally(() => {
        this.#writing = undefined
      })
  }

  /** Resolves when no snapshot is being written. */
  async settle(): Promise<void> {
    await this.#writing
  }

  #isDue(): boolean {
    const { bytesBetween, intervalMs } = this.#rules
    if (this.#bytesSince >= bytesBetween) return true
    return intervalMs > 0 && this.#clock.nowMs() - this.#lastMs >= intervalMs
  }

  async #take(image: MetadataImage, { kraftVersion, voters }: VoterSet): Promise<void> {
    const copy = image.copy()
    const nowMs = this.#clock.nowMs()
    this.#bytesSince = 0
    this.#lastMs = nowMs
    const id = { endOffset: copy.offset + 1, epoch: copy.epoch }
    const lastContainedLogTimestamp = BigInt(copy.timestampMs)
    await this.#store.write(
      id,
      snapshotBatches(id, { lastContainedLogTimestamp, kraftVersion, voters, values: valuesOf(copy), nowMs }),
    )
    this.#logger.info(`Took a snapshot of the metadata up to offset ${copy.offset}`)
    await this.clean()
  }

  /** Removes what retention no longer keeps; one snapshot always stays. */
  async clean(): Promise<void> {
    let [oldest, next] = this.#store.snapshots
    while (oldest !== undefined && next !== undefined && (await this.#isSuperfluous(oldest))) {
      await this.#store.removeBefore(next)
      this.#log.advanceLogStartOffset(next.endOffset)
      ;[oldest, next] = this.#store.snapshots
    }
  }

  async #isSuperfluous(oldest: StoredSnapshot): Promise<boolean> {
    const { retentionBytes, retentionMs } = this.#rules
    let sizeBytes = this.#log.sizeBytes
    for (const snapshot of this.#store.snapshots) sizeBytes += snapshot.sizeBytes
    if (retentionBytes >= 0 && sizeBytes > retentionBytes) return true
    if (retentionMs < 0) return false
    const { lastContainedLogTimestamp } = await this.#store.read(oldest, () => {})
    return this.#clock.nowMs() - Number(lastContainedLogTimestamp) > retentionMs
  }
}

function* valuesOf(image: MetadataImage): Iterable<Uint8Array> {
  for (const record of image.records()) yield encodeMetadataRecord(record)
}
