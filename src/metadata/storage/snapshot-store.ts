/**
 * The snapshots in the folder of the metadata log.
 *
 * One is written under a name that counts for nothing, synced, and renamed; so a file with a snapshot's name is whole, and
 * one that is not is damaged and refused. What a crash left unfinished is removed at the next start.
 */
import { MalformedError } from '#core'
import { CompressionError, type Compute, type Disk } from '#host'
import { readRecords } from '#protocol/records'
import {
  BOOTSTRAP_SNAPSHOT,
  parseSnapshotFileName,
  readSnapshot,
  type SnapshotContent,
  type SnapshotId,
  snapshotFileName,
} from '#raft'
import { decodeMetadataRecord, type MetadataRecord } from '../metadata-record.ts'
import { StorageError } from './storage-error.ts'

const SNAPSHOT_BYTES_MAX = 2 ** 31 - 1

export interface StoredSnapshot extends SnapshotId {
  readonly sizeBytes: number
}

export class SnapshotStore {
  readonly #disk: Disk
  readonly #compute: Compute
  readonly #folder: string
  #snapshots: StoredSnapshot[]

  private constructor(host: { disk: Disk; compute: Compute }, folder: string, snapshots: StoredSnapshot[]) {
    this.#disk = host.disk
    this.#compute = host.compute
    this.#folder = folder
    this.#snapshots = snapshots
  }

  static async open(host: { disk: Disk; compute: Compute }, folder: string): Promise<SnapshotStore> {
    const snapshots: StoredSnapshot[] = []
    for (const { name, sizeBytes } of await host.disk.list(folder)) {
      const id = parseSnapshotFileName(name)
      if (id !== undefined) snapshots.push({ ...id, sizeBytes })
      else if (/\.checkpoint.*\.(part|deleted)$/.test(name)) await host.disk.remove(`${folder}/${name}`)
    }
    snapshots.sort((a, b) => a.endOffset - b.endOffset || a.epoch - b.epoch)
    return new SnapshotStore(host, folder, snapshots)
  }

  /** All snapshots, the oldest first; that of the format is one of them. */
  get snapshots(): readonly StoredSnapshot[] {
    return this.#snapshots
  }

  /** The newest snapshot of the log; undefined where there is none but the format's. */
  get latest(): StoredSnapshot | undefined {
    return this.#snapshots.findLast(({ endOffset }) => endOffset > 0)
  }

  /** The snapshot that the format left, with the records for a first leader to write. */
  get bootstrap(): StoredSnapshot | undefined {
    return this.#snapshots.find(
      ({ endOffset, epoch }) => endOffset === BOOTSTRAP_SNAPSHOT.endOffset && epoch === BOOTSTRAP_SNAPSHOT.epoch,
    )
  }

  /** Reads a snapshot, each record through `onRecord`. Rejects with `StorageError` where it is damaged. */
  async read(id: SnapshotId, onRecord: (record: MetadataRecord) => void): Promise<SnapshotContent> {
    const path = this.#path(id)
    const bytes = await this.#disk.readFile(path, SNAPSHOT_BYTES_MAX)
    try {
      return readSnapshot(
        bytes,
        (batch) => readRecords(batch, this.#compute),
        (value) => onRecord(decodeMetadataRecord(value)),
      )
    } catch (error) {
      if (!(error instanceof MalformedError || error instanceof CompressionError)) throw error
      throw new StorageError(`The metadata snapshot ${path} is damaged: ${error.message}.`, { cause: error })
    }
  }

  /** Writes a snapshot; it is there, and survives a crash, when this resolves. `batches` is taken piece by piece. */
  async write(id: SnapshotId, batches: Iterable<Uint8Array>): Promise<void> {
    const path = this.#path(id)
    const file = await this.#disk.open(`${path}.part`, 'write')
    let sizeBytes = 0
    try {
      await file.truncate(0)
      for (const batch of batches) {
        await file.write([batch], sizeBytes)
        sizeBytes += batch.length
      }
      await file.sync()
    } finally {
      await file.close()
    }
    await this.#disk.rename(`${path}.part`, path)
    await this.#disk.syncDirectory(this.#folder)
    this.#snapshots = this.#snapshots.filter((known) => known.endOffset !== id.endOffset || known.epoch !== id.epoch)
    this.#snapshots.push({ ...id, sizeBytes })
  }

  /** Removes the snapshots older than `id`. */
  async removeBefore(id: SnapshotId): Promise<void> {
    const older = this.#snapshots.filter((snapshot) => snapshot.endOffset < id.endOffset)
    this.#snapshots = this.#snapshots.filter((snapshot) => snapshot.endOffset >= id.endOffset)
    for (const snapshot of older) await this.#disk.remove(this.#path(snapshot))
  }

  #path(id: SnapshotId): string {
    return `${this.#folder}/${snapshotFileName(id)}`
  }
}
