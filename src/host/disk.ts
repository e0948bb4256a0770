import type { FileRange } from '#core'

/**
 * The one door to the disk.
 *
 * Paths are absolute, with `/`. What has been written may be lost or torn by a crash until `File.sync` (the content) and
 * `Disk.syncDirectory` (names: create, rename, remove) have returned. Every failure rejects with a `HostError`; after a
 * failed `sync` nothing that was written since the last good one may be taken for stored, and it is not tried again.
 */
export interface Disk {
  /** How many calls are carried out at once, where that is few; those beyond wait. */
  readonly concurrency?: number
  /**
   * Opens a file. `read`: must exist. `write`: read and write, created where missing. `create`: read and write, must
   * not exist.
   */
  open(path: string, mode: 'read' | 'write' | 'create'): Promise<File>
  /**
   * Names in a folder, sorted, with their kind and, for files, size in bytes. Code `ENOENT` where there is none. Of files
   * for which `isMeasured` says no, size and time may be left out.
   */
  list(path: string, isMeasured?: (name: string) => boolean): Promise<readonly DirectoryEntry[]>
  /** The whole content of a file of at most `bytesMax` bytes (default 64 MiB); `EFBIG` beyond. */
  readFile(path: string, bytesMax?: number): Promise<Uint8Array>
  /**
   * Does the same before it returns, where that takes less than to wait for it and the disk is quick. Undefined where it
   * has not, for whatever reason.
   */
  readFileAtOnce?(path: string): Uint8Array | undefined
  /**
   * Replaces a file as a whole: writes `path` + `.tmp`, syncs it, renames it, syncs the folder. A crash leaves the old
   * content or the new, never a part.
   */
  replaceFile(path: string, content: Uint8Array): Promise<void>
  /** Creates a folder and those above it; one that exists is fine. */
  makeDirectory(path: string): Promise<void>
  /** Renames a file or folder; an existing file at `to` is replaced. */
  rename(from: string, to: string): Promise<void>
  /** Removes a file; one that is missing is fine. */
  remove(path: string): Promise<void>
  /** Removes a folder and all in it; one that is missing is fine. */
  removeDirectory(path: string): Promise<void>
  /** Makes creations, renames and removals in this folder survive a crash. */
  syncDirectory(path: string): Promise<void>
  exists(path: string): Promise<boolean>
  /**
   * Takes the folder that `path` is in for this process; the lock ends with the process, however it ends. `path` names
   * the file in which the holder is noted. Rejects with code `ELOCKED` and says who holds it where somebody does.
   */
  lock(path: string): Promise<Lock>
  /** Bytes free for us and in all on the volume of `path`. */
  space(path: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number }>
}

export interface DirectoryEntry {
  readonly name: string
  readonly kind: 'file' | 'directory'
  /** 0 for folders, and where nobody asked. */
  readonly sizeBytes: number
  /** When a file was last written, in ms since 1970; 0 for folders, and where nobody asked. */
  readonly modifiedMs: number
}

export interface File {
  /** Reads into `into` from `position`; returns how many bytes there were, fewer than asked only at the end. */
  read(into: Uint8Array, position: number): Promise<number>
  /**
   * Does the same before it returns, where that takes less than to wait for it and the disk is quick. Undefined where it
   * has not, for whatever reason.
   */
  readAtOnce(into: Uint8Array, position: number): number | undefined
  /**
   * A stretch of the file that is only to be sent; undefined where that would not be done at once. `release` is called each
   * time it is let go.
   */
  range(position: number, length: number, release: () => void): FileRange | undefined
  /** Writes all of the chunks, one after another, at `position`. They must not change until it returns. */
  write(chunks: readonly Uint8Array[], position: number): Promise<void>
  /**
   * Does the same before it returns, where that takes less than to wait for it and the disk is quick. Returns whether it
   * has: where not, for whatever reason, a part may have been written, and `write` has all of it still to do.
   */
  writeAtOnce(chunks: readonly Uint8Array[], position: number): boolean
  /** Cuts or extends (with zeros) to `sizeBytes`. */
  truncate(sizeBytes: number): Promise<void>
  /** Makes what was written survive a crash (`fdatasync`). */
  sync(): Promise<void>
  size(): Promise<number>
  close(): Promise<void>
}

export interface Lock {
  release(): Promise<void>
}
