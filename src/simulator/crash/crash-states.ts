/**
 * The disks that a crash may leave at one moment: what is durable, and of what is pending some legal part.
 *
 * Any change may be kept or lost, whatever became of the others, and a write may be torn: POSIX promises no order between
 * what no sync has covered, and disks keep none. Few pending changes are taken in all their subsets; of many, those in
 * which bugs hide: none, all, each beginning of the list, all but one, only one, only names, only contents, and subsets by
 * chance. Torn writes are the last of a beginning, or the only one torn of all.
 */
import type { Random } from '#host'
import type { FileTree, TreeChange } from '#host/memory'
import type { Moment, PendingChange } from './recording.ts'

/** What becomes of a write: the ranges of it that reach the disk, in a file that has grown as far as `sizeBytes` of it. */
export interface Tear {
  readonly ranges: readonly (readonly [from: number, to: number])[]
  readonly sizeBytes: number
}

/** What survives of the pending changes, in their order. */
export type Survival = readonly (boolean | Tear)[]

export interface Bounds {
  /** Up to so many pending changes, every subset is taken. Default 5. */
  readonly exhaustive?: number
  /** Subsets by chance, at each moment with more. Default 4. */
  readonly random?: number
  /** Without torn writes. Default false. */
  readonly whole?: boolean
}

/** What may survive at this moment; each once. */
export function* survivals(
  { pending }: Moment<unknown>,
  random: Random,
  { exhaustive = 5, random: randomCount = 4, whole = false }: Bounds = {},
): Generator<Survival> {
  const count = pending.length
  const each = (keep: (index: number) => boolean | Tear): Survival => pending.map((_, index) => keep(index))
  if (count <= exhaustive) {
    for (let bits = 0; bits < 2 ** count; bits++) yield each((index) => (bits & (1 << index)) !== 0)
  } else {
    for (let end = 0; end <= count; end++) yield each((index) => index < end)
    for (let one = 0; one < count; one++) {
      yield each((index) => index !== one)
      yield each((index) => index === one)
    }
    yield each((index) => !isContent(pending[index]!))
    yield each((index) => isContent(pending[index]!))
    for (let i = 0; i < randomCount; i++) yield each(() => random.below(2) === 0)
  }
  if (whole) return
  for (const [torn, { change }] of pending.entries()) {
    if (change.kind !== 'write') continue
    for (const tear of tears(change.position, change.bytes.length, random)) {
      yield each((index) => (index === torn ? tear : index < torn))
      if (torn < count - 1) yield each((index) => (index === torn ? tear : true))
    }
  }
}

function isContent({ change }: PendingChange): boolean {
  return change.kind === 'write' || change.kind === 'truncate'
}

const SECTOR_BYTES = 512
const PAGE_BYTES = 4096
const HEADER_BYTES = 61

/**
 * How a write of `length` bytes at `position` may be torn: at an odd byte, within a batch's header, at the borders of
 * sectors and pages; with a hole of zeros where a sector is missing, or zeros alone where only the file's size arrived.
 */
export function* tears(position: number, length: number, random: Random): Generator<Tear> {
  const cuts = new Set([1, 12, HEADER_BYTES, length >> 1, length - 1, 1 + random.below(length)])
  for (const unit of [SECTOR_BYTES, PAGE_BYTES]) {
    const first = unit - (position % unit)
    cuts.add(first)
    cuts.add(first + Math.floor((length - first) / unit) * unit)
  }
  for (const cut of cuts) if (cut > 0 && cut < length) yield { ranges: [[0, cut]], sizeBytes: cut }
  yield { ranges: [], sizeBytes: length }
  const sectors = sectorsOf(position, length)
  if (sectors.length < 2) return
  yield { ranges: sectors.slice(1), sizeBytes: length }
  yield { ranges: sectors.slice(0, -1), sizeBytes: length }
  yield { ranges: sectors.filter((_, index) => index % 2 === 1), sizeBytes: length }
  const some = sectors.filter(() => random.below(2) === 0)
  yield { ranges: some, sizeBytes: some.at(-1)?.[1] ?? 0 }
}

function sectorsOf(position: number, length: number): (readonly [number, number])[] {
  const sectors: (readonly [number, number])[] = []
  for (let from = 0; from < length; ) {
    const to = Math.min(length, from + SECTOR_BYTES - ((position + from) % SECTOR_BYTES))
    sectors.push([from, to])
    from = to
  }
  return sectors
}

/** The files after a crash at this moment. */
export function treeAfter({ durable, pending }: Moment<unknown>, survival: Survival): FileTree {
  const tree = durable.copy()
  for (const [index, { change }] of pending.entries()) {
    const kept = survival[index]!
    if (kept === true) tree.apply(change)
    else if (kept !== false) tearInto(tree, change, kept)
  }
  return tree
}

function tearInto(tree: FileTree, change: TreeChange, { ranges, sizeBytes }: Tear): void {
  if (change.kind !== 'write') return
  const { kind, file, position, bytes } = change
  for (const [from, to] of ranges) {
    tree.apply({ kind, file, position: position + from, bytes: bytes.subarray(from, to) })
  }
  // What is missing in a file that has grown is zeros.
  if (tree.file(file).content.sizeBytes >= position + sizeBytes) return
  tree.apply({ kind: 'truncate', file, sizeBytes: position + sizeBytes })
}

/** Equal for equal choices at moments with the same durable state. */
export function keyOf({ version, pending }: Moment<unknown>, survival: Survival): string {
  let key = `${version}`
  for (const [index, { id, change }] of pending.entries()) {
    const kept = survival[index]!
    if (kept === false) continue
    const length = change.kind === 'write' ? change.bytes.length : 0
    key += kept === true ? ` ${id}:${length}` : ` ${id}:${length}${JSON.stringify(kept)}`
  }
  return key
}
