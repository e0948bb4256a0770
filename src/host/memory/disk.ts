/**
 * A disk in memory that forgets as a real one does.
 *
 * What a process sees is the page cache: every write and name at once. What would survive a crash is kept apart, and
 * changes only by a sync: of a file for its content, of a folder for its names. Between the two lies a journal of the
 * changes that no sync has covered; a crash keeps any of them, by choice of the caller.
 *
 * Invariants:
 *   what is seen = what would survive + every finished change of the journal, in order
 *   a change leaves the journal only by a sync: stored, or lost where the sync failed
 *   after `crash` no call of this disk ever ends: the process that made it is gone
 */
import { assert } from '#core'
import type { Clock } from '../clock.ts'
import type { DirectoryEntry, Disk, File, Lock } from '../disk.ts'
import { HostError } from '../host-error.ts'
import { START_MS } from './clock.ts'
import { FileTree, type FolderNode, type TreeChange } from './file-tree.ts'

/** The kinds of calls that can be made to fail or to wait. */
export type DiskOperation =
  | 'open'
  | 'list'
  | 'read'
  | 'write'
  | 'truncate'
  | 'sync'
  | 'syncDirectory'
  | 'makeDirectory'
  | 'rename'
  | 'remove'

/** A change that a crash may lose, with the path by which it was made. */
export interface UnsyncedChange {
  readonly path: string
  readonly change: TreeChange
}

/**
 * What happens to changes, in its order: enough to make, later, every disk that a crash at any moment could have left. A
 * change is one object from its beginning to its end.
 *
 *   begun    a crash may keep any of them from now on; changes of names have then ended too
 *   ended    a write has: its bytes are those that were taken
 *   stored   a sync has them survive
 *   lost     a failed sync, or a write that took nothing, has dropped them
 */
export interface DiskEvent {
  readonly kind: 'begun' | 'ended' | 'stored' | 'lost'
  readonly changes: readonly UnsyncedChange[]
}

export interface MemoryDiskOptions {
  /** Gives files their times. Default: always `START_MS`. */
  readonly clock?: Pick<Clock, 'nowMs'>
  /** What the volume holds: a write beyond it takes what fits and fails with ENOSPC. Default 1 TiB, which is not looked at. */
  readonly totalBytes?: number
  /** False where the disk ends with its process anyway: no journal, half the memory, no `crash`. Default true. */
  readonly survives?: boolean
  /** Whether files are also read without taking a turn, as from a page cache. Default false. */
  readonly readsAtOnce?: boolean
  /** Is told of every change, as it happens. */
  readonly observe?: (event: DiskEvent) => void
}

interface JournalEntry extends UnsyncedChange {
  change: TreeChange
  /** False while the call that makes it has not ended. */
  finished: boolean
}

interface Fault {
  readonly operation: DiskOperation
  readonly code: string
  readonly path: string | undefined
  readonly takesBytes: number
}

/** A fault that stays until it is lifted. */
interface LastingFault {
  readonly operation: DiskOperation
  readonly code: string
  readonly where: (path: string) => boolean
}

const TOTAL_BYTES = 2 ** 40

export class MemoryDisk implements Disk {
  readonly #options: MemoryDiskOptions
  readonly #seen: FileTree
  readonly #durable: FileTree | undefined
  #journal: JournalEntry[] = []
  #faults: Fault[] = []
  readonly #lastingFaults = new Set<LastingFault>()
  #othersBytes = 0
  readonly #gates = new Map<
    DiskOperation,
    { readonly where: (path: string) => boolean; readonly opened: Promise<void> }
  >()
  readonly #locks = new Set<string>()
  #nextNode: number
  #openFiles = 0
  #crashed = false

  /** A disk that holds what `durable` has, which is its own from now on. Default: nothing. */
  constructor(options: MemoryDiskOptions = {}, durable: FileTree = new FileTree()) {
    this.#options = options
    this.#seen = durable.copy()
    this.#durable = options.survives === false ? undefined : durable
    this.#nextNode = durable.nextNumber
  }

  /** What a crash may lose, oldest first; also what calls in flight have not ended with. */
  get unsynced(): readonly UnsyncedChange[] {
    return this.#journal
  }

  /** What a process sees, as it is now: a copy. */
  tree(): FileTree {
    return this.#seen.copy()
  }

  /** How many files are open. */
  get openFiles(): number {
    return this.#openFiles
  }

  /**
   * The machine stops and comes back with the disk that is returned: what was synced, and of `unsynced` what `keep` wants
   * (default nothing; a number keeps so many bytes of a write). `() => true` is a process killed while the machine goes
   * on. May be called again with another choice: the state at the crash stays.
   */
  crash(keep: (unsynced: UnsyncedChange) => boolean | number = () => false): MemoryDisk {
    assert(this.#durable !== undefined, 'a disk that does not survive its process cannot come back')
    this.#crashed = true
    const tree = this.#durable.copy()
    for (const entry of this.#journal) {
      const kept = keep(entry)
      const { change } = entry
      if (kept === false) continue
      tree.apply(
        kept === true || change.kind !== 'write' ? change : { ...change, bytes: change.bytes.subarray(0, kept) },
      )
    }
    return new MemoryDisk(this.#options, tree)
  }

  /**
   * The next such call (on exactly `path`, where given) fails with `code`. A failed sync loses what it should have stored,
   * as Linux does; a failed write has taken `takesBytes` (default 0) all the same.
   */
  failNext(
    operation: DiskOperation,
    code: string,
    { path, takesBytes = 0 }: { path?: string; takesBytes?: number } = {},
  ) {
    this.#faults.push({ operation, code, path, takesBytes })
  }

  /** Every such call on paths that `where` chooses fails with `code`, until the returned function is called. */
  failAll(operation: DiskOperation, code: string, where: (path: string) => boolean = () => true): () => void {
    const fault = { operation, code, where }
    this.#lastingFaults.add(fault)
    return () => void this.#lastingFaults.delete(fault)
  }

  /** Others put so many bytes onto the volume in all; what they leave is ours. */
  set othersBytes(bytes: number) {
    this.#othersBytes = bytes
  }

  /** Makes every such call (on paths that `where` chooses, where given) wait until the returned function is called. */
  hold(operation: DiskOperation, where: (path: string) => boolean = () => true): () => void {
    let release = () => {}
    const opened = new Promise<void>((resolve) => {
      release = resolve
    })
    const gate = { where, opened }
    this.#gates.set(operation, gate)
    return () => {
      if (this.#gates.get(operation) === gate) this.#gates.delete(operation)
      release()
    }
  }

  /** Changes bytes at rest, as a failing medium does. */
  corrupt(path: string, position: number, bytes: Uint8Array): void {
    const number = this.#seen.find(path)
    assert(number !== undefined, `${path} is there to be damaged`)
    for (const tree of [this.#seen, this.#durable]) tree?.file(number).content.write(bytes, position)
  }

  async open(path: string, mode: 'read' | 'write' | 'create'): Promise<File> {
    await this.#begin('open', path)
    let number = this.#seen.find(path)
    if (number !== undefined && mode === 'create') throw failed('EEXIST', `create ${path}`)
    if (number !== undefined && this.#seen.get(number) instanceof Map) throw failed('EISDIR', `open ${path}`)
    if (number === undefined) {
      if (mode === 'read') throw failed('ENOENT', `open ${path}`)
      number = this.#nextNode++
      this.#change(path, { kind: 'create', ...this.#place(path), node: number })
      this.#seen.file(number).modifiedMs = this.#nowMs()
    }
    return this.#file(path, number)
  }

  #file(path: string, number: number): File {
    const node = this.#seen.file(number)
    this.#openFiles++
    let isOpen = true
    const readAtOnce = (into: Uint8Array, position: number) => {
      assert(isOpen, `${path} is not read when it has been closed`)
      return node.content.read(into, position) === into.length ? into.length : undefined
    }
    return {
      read: async (into, position) => {
        await this.#begin('read', path)
        return node.content.read(into, position)
      },
      write: async (chunks, position) => {
        let at = position
        const writes = chunks.map((bytes) => {
          at += bytes.length
          return { kind: 'write', file: number, position: at - bytes.length, bytes } as const
        })
        const entries = this.#enter(path, writes)
        await this.#write(path, entries)
        node.modifiedMs = this.#nowMs()
      },
      readAtOnce: (into, position) => (this.#options.readsAtOnce === true ? readAtOnce(into, position) : undefined),
      range: (position, length, release) => {
        if (this.#options.readsAtOnce !== true) return undefined
        return { length, read: (into, at) => readAtOnce(into, position + at) !== undefined, release }
      },
      // A write to this disk always takes a turn.
      writeAtOnce: () => false,
      truncate: async (sizeBytes) => {
        await this.#begin('truncate', path)
        this.#change(path, { kind: 'truncate', file: number, sizeBytes })
      },
      sync: () => this.#sync('sync', path, (change) => 'file' in change && change.file === number),
      size: async () => {
        await this.#begin(undefined, path)
        return node.content.sizeBytes
      },
      close: async () => {
        isOpen = false
        this.#openFiles--
        await this.#begin(undefined, path)
      },
    }
  }

  async list(path: string): Promise<readonly DirectoryEntry[]> {
    await this.#begin('list', path)
    const entries = [...this.#folder(path, `list ${path}`)].map(([name, number]): DirectoryEntry => {
      const node = this.#seen.get(number)
      if (node === undefined || node instanceof Map) return { name, kind: 'directory', sizeBytes: 0, modifiedMs: 0 }
      return { name, kind: 'file', sizeBytes: node.content.sizeBytes, modifiedMs: node.modifiedMs }
    })
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async readFile(path: string, bytesMax = 64 * 1024 * 1024): Promise<Uint8Array> {
    const file = await this.open(path, 'read')
    try {
      const size = await file.size()
      if (size > bytesMax) throw failed('EFBIG', `read ${path}: it has ${size} bytes, not ${bytesMax}`)
      const content = new Uint8Array(size)
      return content.subarray(0, await file.read(content, 0))
    } finally {
      await file.close()
    }
  }

  async replaceFile(path: string, content: Uint8Array): Promise<void> {
    const file = await this.open(`${path}.tmp`, 'write')
    await file.truncate(0)
    await file.write([content], 0)
    await file.sync()
    await file.close()
    await this.rename(`${path}.tmp`, path)
    await this.syncDirectory(parentOf(path))
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#begin('makeDirectory', path)
    let at = ''
    for (const name of path.split('/').slice(1)) {
      at += `/${name}`
      const number = this.#seen.find(at)
      if (number === undefined) {
        this.#change(at, { kind: 'createFolder', ...this.#place(at), node: this.#nextNode++ })
      } else if (!(this.#seen.get(number) instanceof Map)) {
        throw failed('EEXIST', `create folder ${path}: ${at} is a file`)
      }
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#begin('rename', from)
    const node = this.#seen.find(from)
    if (node === undefined) throw failed('ENOENT', `rename ${from}`)
    const target = this.#seen.find(to)
    const existing = target === undefined ? undefined : this.#seen.get(target)
    if (existing instanceof Map && existing.size > 0) throw failed('ENOTEMPTY', `rename ${from} to ${to}`)
    const { folder: toFolder, name: toName } = this.#place(to)
    this.#change(from, { kind: 'rename', ...this.#place(from), toFolder, toName, node })
  }

  async remove(path: string): Promise<void> {
    await this.#begin('remove', path)
    const number = this.#seen.find(path)
    if (number === undefined) return
    if (this.#seen.get(number) instanceof Map) throw failed('EISDIR', `remove ${path}`)
    this.#change(path, { kind: 'remove', ...this.#place(path) })
  }

  async removeDirectory(path: string): Promise<void> {
    await this.#begin('remove', path)
    if (this.#seen.find(path) !== undefined) this.#clear(path)
  }

  #clear(path: string): void {
    for (const name of [...this.#folder(path, `remove folder ${path}`).keys()]) {
      const child = `${path}/${name}`
      if (this.#seen.get(this.#seen.find(child)!) instanceof Map) this.#clear(child)
      else this.#change(child, { kind: 'remove', ...this.#place(child) })
    }
    this.#change(path, { kind: 'remove', ...this.#place(path) })
  }

  async syncDirectory(path: string): Promise<void> {
    const number = this.#seen.find(path)
    if (number === undefined || !(this.#seen.get(number) instanceof Map)) throw failed('ENOENT', `sync folder ${path}`)
    await this.#sync('syncDirectory', path, (change) => {
      if ('file' in change) return false
      return change.folder === number || (change.kind === 'rename' && change.toFolder === number)
    })
  }

  async exists(path: string): Promise<boolean> {
    await this.#begin(undefined, path)
    return this.#seen.find(path) !== undefined
  }

  async lock(path: string): Promise<Lock> {
    const folder = parentOf(path)
    await (await this.open(path, 'write')).close()
    if (this.#locks.has(folder)) throw new HostError('ELOCKED', `The folder ${folder} is in use by this process`)
    this.#locks.add(folder)
    return {
      release: async () => {
        this.#locks.delete(folder)
      },
    }
  }

  async space(path: string): Promise<{ freeBytes: number; totalBytes: number }> {
    await this.#begin(undefined, path)
    return { freeBytes: this.#freeBytes, totalBytes: this.#options.totalBytes ?? TOTAL_BYTES }
  }

  get #freeBytes(): number {
    const { totalBytes = TOTAL_BYTES } = this.#options
    return Math.max(0, totalBytes - this.#othersBytes - this.#seen.sizeBytes)
  }

  #nowMs(): number {
    return this.#options.clock?.nowMs() ?? START_MS
  }

  /** A call takes at least a turn, waits where it is held, fails where it should, and never ends after a crash. */
  async #begin(operation: DiskOperation | undefined, path: string): Promise<void> {
    const fault = await this.#arrive(operation, path)
    if (fault !== undefined) throw failed(fault.code, `${fault.operation} ${path}`)
  }

  async #arrive(operation: DiskOperation | undefined, path: string): Promise<Fault | undefined> {
    const gate = operation === undefined ? undefined : this.#gates.get(operation)
    await (gate?.where(path) === true ? gate.opened : undefined)
    if (this.#crashed) await new Promise<never>(() => {})
    const index = this.#faults.findIndex((fault) => fault.operation === operation && (fault.path ?? path) === path)
    if (index >= 0) return this.#faults.splice(index, 1)[0]
    for (const fault of this.#lastingFaults) {
      if (fault.operation === operation && fault.where(path)) return { ...fault, path, takesBytes: 0 }
    }
    return undefined
  }

  /** A change of names, which happens at once. */
  #change(path: string, change: TreeChange): void {
    for (const entry of this.#enter(path, [change])) entry.finished = true
    this.#seen.apply(change)
  }

  #enter(path: string, changes: readonly TreeChange[]): readonly JournalEntry[] {
    const entries = changes.map((change) => ({ path, change, finished: false }))
    if (this.#durable !== undefined) this.#journal.push(...entries)
    this.#tell('begun', entries)
    return entries
  }

  #tell(kind: DiskEvent['kind'], changes: readonly UnsyncedChange[]): void {
    if (changes.length > 0) this.#options.observe?.({ kind, changes })
  }

  /** Bytes are taken when the call ends: those that are changed while it is under way are written changed. */
  async #write(path: string, entries: readonly JournalEntry[]): Promise<void> {
    const fault = await this.#arrive('write', path)
    let left = fault === undefined ? Number.POSITIVE_INFINITY : fault.takesBytes
    let room = this.#options.totalBytes === undefined ? Number.POSITIVE_INFINITY : this.#freeBytes
    let isFull = false
    const dropped = new Set<JournalEntry>()
    for (const entry of entries) {
      assert(entry.change.kind === 'write', 'only writes are written')
      const { file, position } = entry.change
      // What is written over is there already.
      const written = Math.max(0, this.#seen.file(file).content.sizeBytes - position)
      const bytes = entry.change.bytes.slice(0, Math.min(left, written + room))
      isFull ||= bytes.length < entry.change.bytes.length
      left -= bytes.length
      room -= Math.max(0, bytes.length - written)
      entry.change = { ...entry.change, bytes }
      entry.finished = true
      if (bytes.length > 0) this.#seen.apply(entry.change)
      else dropped.add(entry)
    }
    if (dropped.size > 0) this.#journal = this.#journal.filter((entry) => !dropped.has(entry))
    this.#tell(
      'ended',
      entries.filter((entry) => !dropped.has(entry)),
    )
    this.#tell('lost', [...dropped])
    if (fault !== undefined) throw failed(fault.code, `write ${path}`)
    if (isFull) throw failed('ENOSPC', `write ${path}`)
  }

  async #sync(operation: DiskOperation, path: string, covers: (change: TreeChange) => boolean): Promise<void> {
    const covered = new Set(this.#journal.filter((entry) => entry.finished && covers(entry.change)))
    const fault = await this.#arrive(operation, path)
    this.#journal = this.#journal.filter((entry) => {
      if (!covered.has(entry)) return true
      if (fault === undefined) this.#durable?.apply(entry.change)
      return false
    })
    this.#tell(fault === undefined ? 'stored' : 'lost', [...covered])
    if (fault !== undefined) throw failed(fault.code, `${operation} ${path}`)
  }

  #folder(path: string, what: string): FolderNode {
    const number = this.#seen.find(path)
    const node = number === undefined ? undefined : this.#seen.get(number)
    if (!(node instanceof Map)) throw failed('ENOENT', what)
    return node
  }

  #place(path: string): { folder: number; name: string } {
    const folder = this.#seen.find(parentOf(path))
    if (folder === undefined || !(this.#seen.get(folder) instanceof Map)) throw failed('ENOENT', `open ${path}`)
    return { folder, name: path.slice(path.lastIndexOf('/') + 1) }
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')))
}

function failed(code: string, what: string): HostError {
  return new HostError(code, `Cannot ${what}: ${code}`)
}
