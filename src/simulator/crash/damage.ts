/**
 * Turns over every bit of the files of a folder, one at a time, and damages them otherwise, and tells what a start makes of
 * it: all is there and the same, or it is refused, by name. Nothing else is right.
 */
import type { Logger, Random } from '#host'
import { type FileTree, MemoryDisk, ROOT, seededRandom } from '#host/memory'

/** A folder to damage, and how to tell what a start makes of it. */
export interface Specimen {
  readonly name: string
  /** Left by a broker. */
  readonly tree: FileTree
  /** Files are named by their paths; undefined for those that are not to be damaged. */
  readonly files: readonly string[]
  /** Starts on a damaged disk. Rejects where it is not what it should be. */
  inspect(disk: MemoryDisk, logger: Logger): Promise<Verdict>
}

/** `refused` gives what was said of it. */
export type Verdict = { readonly outcome: 'same' } | { readonly outcome: 'refused'; readonly words: string }

export interface Damage {
  readonly path: string
  readonly kind: 'flip' | 'cut' | 'other'
  /** In words, and for `only`. */
  readonly text: string
  readonly content: Uint8Array | undefined
}

export interface DamageOptions {
  readonly seed: number
  /** How many bits are turned over, at the most; of more, some by chance. */
  readonly flipsMax: number
  /** Other damage as well. Default true. */
  readonly others?: boolean
  /** Only the damage that is called so. */
  readonly only?: string
}

export interface Examined {
  readonly flipCount: number
  readonly otherCount: number
  readonly refusedCount: number
  readonly violations: readonly { readonly what: string; readonly place: string }[]
}

const VIOLATIONS_MAX = 20
const LARGE_BYTES = 500

export async function examine(specimen: Specimen, options: DamageOptions): Promise<Examined> {
  const violations: { what: string; place: string }[] = []
  const counts = { flipCount: 0, otherCount: 0, refusedCount: 0 }
  for (const damage of damages(specimen, options)) {
    const place = `${damage.path} ${damage.text}`
    if (options.only !== undefined && options.only !== place) continue
    if (damage.kind === 'flip') counts.flipCount++
    else counts.otherCount++
    const words: string[] = []
    try {
      const verdict = await specimen.inspect(damaged(specimen.tree, damage), listening(words))
      if (verdict.outcome === 'same') continue
      counts.refusedCount++
      const said = `${verdict.words} ${words.join(' ')}`
      if (!names(said, damage.path)) violations.push({ place, what: `it is refused, and not named: ${said}` })
    } catch (error) {
      violations.push({ place, what: `${error instanceof Error ? error.stack : error}\n  it said: ${words.join(' ')}` })
    }
    if (violations.length >= VIOLATIONS_MAX) break
  }
  return { ...counts, violations }
}

/** A file is named by itself, by the log that it belongs to, or by the directory of which it is. */
function names(said: string, path: string): boolean {
  const [, directory, ...parts] = path.split('/')
  return parts.some((part) => said.includes(part)) || (parts.length === 1 && said.includes(`/${directory}`))
}

function* damages({ tree, files }: Specimen, options: DamageOptions): Generator<Damage> {
  const random = seededRandom(options.seed)
  const contents = new Map(files.map((path) => [path, contentOf(tree, path)] as const))
  let bits = 0
  for (const content of contents.values()) bits += content.length * 8
  let wanted = options.flipsMax
  for (const [path, content] of contents) {
    for (let bit = 0; bit < content.length * 8; bit++) {
      // Each with the same chance, and just as many as are wanted.
      if (random.below(bits--) >= wanted) continue
      wanted--
      const flipped = content.slice()
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      yield { path, kind: 'flip', text: `bit ${bit & 7} of byte ${bit >> 3}`, content: flipped }
    }
    if (options.others !== false) yield* otherDamages(path, contents, random)
  }
}

function* otherDamages(path: string, contents: ReadonlyMap<string, Uint8Array>, random: Random): Generator<Damage> {
  const content = contents.get(path)!
  const { length } = content
  yield { path, kind: 'other', text: 'is missing', content: undefined }
  // Of large files some places are enough: they are of the same few kinds.
  const step = length > LARGE_BYTES ? 1 + random.below(7) : 1
  for (let size = 0; size < length; size += step) {
    yield { path, kind: 'cut', text: `is cut to ${size} bytes`, content: content.subarray(0, size) }
  }
  const other = (text: string, changed: Uint8Array): Damage => ({ path, kind: 'other', text, content: changed })
  yield other('is zeros', new Uint8Array(length))
  for (let from = 0; from < length; from += 512) {
    yield other(`has zeros from ${from} on`, content.slice().fill(0, from, from + 512))
  }
  for (const count of [1, 61, 512]) {
    yield other(`has ${count} zeros more`, joined(content, new Uint8Array(count)))
    yield other(`has ${count} bytes more`, joined(content, random.bytes(count)))
  }
  yield other('is there twice over', joined(content, content))
  for (let at = 0; at + 4 <= length; at += step) {
    for (const number of [0x7fffffff, 0xffffffff]) {
      const changed = content.slice()
      new DataView(changed.buffer).setUint32(at, number)
      yield other(`says ${number} at ${at}`, changed)
    }
  }
  // One of its own kind in the same folder; but a snapshot of another offset is as whole as this one.
  const [folder, suffix] = [path.slice(0, path.lastIndexOf('/')), path.slice(path.lastIndexOf('.'))]
  for (const [sibling, instead] of contents) {
    const isSibling = sibling !== path && sibling.startsWith(folder) && sibling.endsWith(suffix)
    if (isSibling && suffix !== '.snapshot') yield other(`is ${sibling}`, instead)
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

/** The files of a tree, by their paths. */
export function filesIn(tree: FileTree): string[] {
  const paths: string[] = []
  const visit = (number: number, path: string) => {
    const node = tree.get(number)
    if (node instanceof Map) for (const [name, child] of node) visit(child, `${path}/${name}`)
    else if (node !== undefined) paths.push(path)
  }
  visit(ROOT, '')
  return paths.sort()
}

export function contentOf(tree: FileTree, path: string): Uint8Array {
  const { content } = tree.file(tree.find(path)!)
  const bytes = new Uint8Array(content.sizeBytes)
  content.read(bytes, 0)
  return bytes
}

function damaged(whole: FileTree, { path, content }: Damage): MemoryDisk {
  const tree = whole.copy()
  const folder = tree.find(path.slice(0, path.lastIndexOf('/')))!
  const file = tree.find(path)!
  if (content === undefined) {
    tree.apply({ kind: 'remove', folder, name: path.slice(path.lastIndexOf('/') + 1) })
  } else {
    tree.apply({ kind: 'truncate', file, sizeBytes: content.length })
    if (content.length > 0) tree.apply({ kind: 'write', file, position: 0, bytes: content })
  }
  return new MemoryDisk({}, tree)
}

function listening(words: string[]): Logger {
  const listen = (message: string) => {
    words.push(message)
  }
  return { debug: () => {}, info: listen, warn: listen, error: listen } as Logger
}
