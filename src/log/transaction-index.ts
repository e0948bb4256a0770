/**
 * The aborted transactions of a segment: those whose marker lies in it, by the marker's offset. A read_committed consumer
 * is told of them, to leave their records out. Most segments have none, and then no file.
 *
 * Unlike the other indexes it cannot be found again from its own segment alone: what a transaction's first offset was
 * stands in an older one. So it is synced before a producer snapshot or a recovery point passes it.
 */
import { crc32c, type Offset, type ProducerId } from '#core'

export interface AbortedTransaction {
  readonly producerId: ProducerId
  readonly firstOffset: Offset
  /** Of the marker. */
  readonly lastOffset: Offset
  /** Where the partition's last stable offset stood when it ended: no entry after this one is needed below it. */
  readonly lastStableOffset: Offset
}

const VERSION = 0
const ENTRY_BYTES = 34

export class TransactionIndex {
  #entries: AbortedTransaction[] = []
  /** Whether the file is older than this. */
  isUnstored = false
  /** False where it comes from a file that nobody has held against the log yet: see `verified-transactions.ts`. */
  isTrusted = true
  /** Whether the file that was loaded was none. */
  isDamaged = false
  /** Of the file, when it was last trusted. */
  #trustedCrc: number | undefined

  get entries(): readonly AbortedTransaction[] {
    return this.#entries
  }

  append(entry: AbortedTransaction): void {
    this.#entries.push(entry)
    this.isUnstored = true
  }

  /** Keeps the entries whose marker lies before `offset`. */
  truncateTo(offset: Offset): void {
    const kept = this.#entries.filter((entry) => entry.lastOffset < offset)
    if (kept.length === this.#entries.length) return
    this.#entries = kept
    this.isUnstored = true
  }

  /**
   * Adds to `into` the transactions with records from `from` to before `to`. True where no later segment can have more.
   */
  collect(from: Offset, to: Offset, into: AbortedTransaction[]): boolean {
    for (const entry of this.#entries) {
      if (entry.lastOffset >= from && entry.firstOffset < to) into.push(entry)
      if (entry.lastStableOffset >= to) return true
    }
    return false
  }

  /** Forgets what is in memory. */
  unload(): void {
    this.#entries = []
  }

  /** Has the entries before `offset` be these, and is trusted; false where they are already. */
  replaceBefore(offset: Offset, entries: readonly AbortedTransaction[]): boolean {
    const known = this.#entries.filter((entry) => entry.lastOffset < offset)
    const isSame = known.length === entries.length && known.every((entry, i) => isEqual(entry, entries[i]!))
    if (!isSame) {
      this.#entries = [...entries, ...this.#entries.slice(known.length)]
      this.isUnstored = true
    }
    this.trust()
    return !isSame
  }

  /** The segment is walked through from its beginning: what its file says does not matter. */
  foundAnew(): void {
    this.isTrusted = true
    this.isDamaged = false
  }

  /** The entries are what the log says. */
  trust(): void {
    this.isTrusted = true
    this.isDamaged = false
    this.#trustedCrc = crc32c(this.toFile())
  }

  /** Takes the content of a file; false where it is damaged, and none of it is kept. */
  load(content: Uint8Array): boolean {
    const view = new DataView(content.buffer, content.byteOffset, content.length)
    const entries: AbortedTransaction[] = []
    for (let at = 0; at + ENTRY_BYTES <= content.length; at += ENTRY_BYTES) {
      const offset = (place: number) => Number(view.getBigInt64(at + place))
      const entry = {
        producerId: view.getBigInt64(at + 2),
        firstOffset: offset(10),
        lastOffset: offset(18),
        lastStableOffset: offset(26),
      }
      const follows = entry.lastOffset > (entries.at(-1)?.lastOffset ?? -1)
      // A marker comes after what it ends: zeros, which a crash may leave, are no entry.
      if (view.getInt16(at) !== VERSION || !follows || entry.firstOffset >= entry.lastOffset) break
      entries.push(entry)
    }
    const isWhole = entries.length * ENTRY_BYTES === content.length
    this.#entries = isWhole ? entries : []
    this.isUnstored = false
    this.isTrusted = crc32c(content) === this.#trustedCrc
    this.isDamaged = !isWhole
    return isWhole
  }

  toFile(): Uint8Array {
    const bytes = new Uint8Array(this.#entries.length * ENTRY_BYTES)
    const view = new DataView(bytes.buffer)
    let at = 0
    for (const entry of this.#entries) {
      view.setInt16(at, VERSION)
      view.setBigInt64(at + 2, entry.producerId)
      view.setBigInt64(at + 10, BigInt(entry.firstOffset))
      view.setBigInt64(at + 18, BigInt(entry.lastOffset))
      view.setBigInt64(at + 26, BigInt(entry.lastStableOffset))
      at += ENTRY_BYTES
    }
    if (this.isTrusted) this.#trustedCrc = crc32c(bytes)
    return bytes
  }
}

function isEqual(a: AbortedTransaction, b: AbortedTransaction): boolean {
  const isSameEnd = a.lastOffset === b.lastOffset && a.lastStableOffset === b.lastStableOffset
  return isSameEnd && a.producerId === b.producerId && a.firstOffset === b.firstOffset
}
