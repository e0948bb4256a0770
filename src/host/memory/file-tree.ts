/**
 * Files and folders by number, as inodes are: a file keeps its number when it is renamed, and its content may be stored
 * while its name is not. A memory disk has two such trees, of what is seen and of what would survive, and makes the
 * same changes to both, at different times.
 */
import { START_MS } from './clock.ts'
import { MemoryContent } from './memory-content.ts'

export interface FileNode {
  readonly content: MemoryContent
  modifiedMs: number
}

/** The names in a folder, with the numbers of what they name. */
export type FolderNode = Map<string, number>

export type TreeNode = FileNode | FolderNode

export type TreeChange =
  | { readonly kind: 'write'; readonly file: number; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly file: number; readonly sizeBytes: number }
  | { readonly kind: 'create'; readonly folder: number; readonly name: string; readonly node: number }
  | { readonly kind: 'createFolder'; readonly folder: number; readonly name: string; readonly node: number }
  | { readonly kind: 'remove'; readonly folder: number; readonly name: string }
  | {
      readonly kind: 'rename'
      readonly folder: number
      readonly name: string
      readonly toFolder: number
      readonly toName: string
      readonly node: number
    }

/** The number of the folder `/`. */
export const ROOT = 0

export class FileTree {
  readonly #nodes = new Map<number, TreeNode>([[ROOT, new Map()]])

  /** The number of what is at `path`. */
  find(path: string): number | undefined {
    let at: number | undefined = ROOT
    for (const name of path.split('/')) {
      if (name === '' || at === undefined) continue
      const node = this.#nodes.get(at)
      at = node instanceof Map ? node.get(name) : undefined
    }
    return at
  }

  get(number: number): TreeNode | undefined {
    return this.#nodes.get(number)
  }

  file(number: number): FileNode {
    let node = this.#nodes.get(number)
    if (node === undefined || node instanceof Map) {
      node = { content: new MemoryContent(), modifiedMs: START_MS }
      this.#nodes.set(number, node)
    }
    return node
  }

  folder(number: number): FolderNode {
    let node = this.#nodes.get(number)
    if (!(node instanceof Map)) {
      node = new Map()
      this.#nodes.set(number, node)
    }
    return node
  }

  /** Makes a change; one to what is not there (its name was lost) makes it there, out of reach. */
  apply(change: TreeChange): void {
    switch (change.kind) {
      case 'write':
        this.file(change.file).content.write(change.bytes, change.position)
        break
      case 'truncate':
        this.file(change.file).content.truncate(change.sizeBytes)
        break
      case 'create':
      case 'createFolder':
        if (change.kind === 'create') this.file(change.node)
        else this.folder(change.node)
        this.folder(change.folder).set(change.name, change.node)
        break
      case 'remove':
        this.#remove(change.folder, change.name)
        break
      case 'rename': {
        const source = this.folder(change.folder)
        if (source.get(change.name) === change.node) source.delete(change.name)
        const target = this.folder(change.toFolder)
        if (target.get(change.toName) !== change.node) this.#remove(change.toFolder, change.toName)
        target.set(change.toName, change.node)
      }
    }
  }

  #remove(folder: number, name: string): void {
    const names = this.folder(folder)
    const node = names.get(name)
    names.delete(name)
    if (node !== undefined) this.#nodes.delete(node)
  }

  /** One that no file or folder has. */
  get nextNumber(): number {
    let number = ROOT
    for (const known of this.#nodes.keys()) number = Math.max(number, known)
    return number + 1
  }

  /** Of all files. */
  get sizeBytes(): number {
    let sizeBytes = 0
    for (const node of this.#nodes.values()) if (!(node instanceof Map)) sizeBytes += node.content.sizeBytes
    return sizeBytes
  }

  copy(): FileTree {
    const copy = new FileTree()
    for (const [number, node] of this.#nodes) {
      copy.#nodes.set(
        number,
        node instanceof Map ? new Map(node) : { content: node.content.copy(), modifiedMs: node.modifiedMs },
      )
    }
    return copy
  }
}
