/**
 * The entries of an index, as its file has them: of one size, the newest last. New ones are kept in memory until the file
 * is next written, from `storedCount` on.
 */
const COUNT_MIN = 32

export class IndexEntries {
  readonly entryBytes: number
  #bytes = new Uint8Array(0)
  #view = new DataView(this.#bytes.buffer)
  #count = 0
  /** How many of the first entries the file has. */
  #storedCount = 0
  /** Whether the file has something else beyond them, or is not there yet. */
  #isStale = true
  #isPadded = false

  constructor(entryBytes: number) {
    this.entryBytes = entryBytes
  }

  get count(): number {
    return this.#count
  }

  /** Whether the file that was loaded had more than entries: a Kafka that did not end it by a clean shutdown. */
  get isPadded(): boolean {
    return this.#isPadded
  }

  /** For reading and for filling in what `add` made room for. */
  get view(): DataView {
    return this.#view
  }

  get memoryBytes(): number {
    return this.#bytes.length
  }

  /** Takes the content of a file, without the zeros that Kafka keeps at the end of a file that it may still fill. */
  load(content: Uint8Array): void {
    const { entryBytes } = this
    let count = Math.floor(content.length / entryBytes)
    while (count > 0 && isZero(content, (count - 1) * entryBytes, count * entryBytes)) count--
    this.#bytes = content.slice(0, count * entryBytes)
    this.#view = new DataView(this.#bytes.buffer)
    this.#count = count
    this.#isPadded = count * entryBytes !== content.length
    this.#isStale = this.#isPadded
    this.#storedCount = count
  }

  /** Forgets the entries, which the file has. */
  unload(): void {
    this.load(new Uint8Array(0))
  }

  /** Makes room for one more entry and returns where it goes. */
  add(): number {
    const at = this.#count * this.entryBytes
    if (at === this.#bytes.length) {
      const grown = new Uint8Array(Math.max(COUNT_MIN, this.#count * 2) * this.entryBytes)
      grown.set(this.#bytes)
      this.#bytes = grown
      this.#view = new DataView(grown.buffer)
    }
    this.#count++
    return at
  }

  /** Takes out one entry. */
  remove(entry: number): void {
    this.#bytes.copyWithin(entry * this.entryBytes, (entry + 1) * this.entryBytes, this.#count * this.entryBytes)
    this.#count--
    this.#storedCount = Math.min(this.#storedCount, entry)
    this.#isStale = true
  }

  /** The file is gone: nothing of it counts as stored. */
  forgetFile(): void {
    this.#storedCount = 0
    this.#isStale = true
  }

  /** Keeps the first `count` entries. */
  truncate(count: number): void {
    if (count >= this.#count) return
    this.#count = count
    if (this.#storedCount > count) {
      this.#storedCount = count
      this.#isStale = true
    }
  }

  /**
   * What the file has to have from `position` to its end; undefined where it has just these entries. They count as stored
   * from here on.
   */
  takeUnstored(): { readonly bytes: Uint8Array; readonly position: number } | undefined {
    if (!this.#isStale && this.#storedCount === this.#count) return undefined
    const position = this.#storedCount * this.entryBytes
    this.#storedCount = this.#count
    this.#isStale = false
    return { bytes: this.#bytes.slice(position, this.#count * this.entryBytes), position }
  }
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 0) return false
  return true
}
