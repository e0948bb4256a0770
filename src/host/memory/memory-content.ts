/** Small files stay small: the first page grows by doubling; a large file is pages of this, none of them ever copied. */
const PAGE_BYTES = 65536
const PAGE_BYTES_MIN = 256

/** The bytes of a file in memory. What was skipped is zeros. */
export class MemoryContent {
  #pages: Uint8Array[] = []
  #sizeBytes = 0

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** Fills `into` from `position`; returns how many bytes there were. */
  read(into: Uint8Array, position: number): number {
    const length = Math.max(0, Math.min(into.length, this.#sizeBytes - position))
    for (let done = 0; done < length; ) {
      const at = position + done
      const page = this.#pages[Math.floor(at / PAGE_BYTES)]!
      const start = at % PAGE_BYTES
      const count = Math.min(length - done, PAGE_BYTES - start)
      into.set(page.subarray(start, start + count), done)
      done += count
    }
    return length
  }

  write(bytes: Uint8Array, position: number): void {
    this.#reserve(position + bytes.length)
    for (let done = 0; done < bytes.length; ) {
      const at = position + done
      const start = at % PAGE_BYTES
      const part = bytes.subarray(done, done + PAGE_BYTES - start)
      this.#pages[Math.floor(at / PAGE_BYTES)]!.set(part, start)
      done += part.length
    }
    this.#sizeBytes = Math.max(this.#sizeBytes, position + bytes.length)
  }

  /** Cuts, or extends with zeros. */
  truncate(sizeBytes: number): void {
    if (sizeBytes < this.#sizeBytes) {
      this.#pages.length = Math.ceil(sizeBytes / PAGE_BYTES)
      this.#pages.at(-1)?.fill(0, sizeBytes - (this.#pages.length - 1) * PAGE_BYTES)
    }
    this.#reserve(sizeBytes)
    this.#sizeBytes = sizeBytes
  }

  copy(): MemoryContent {
    const copy = new MemoryContent()
    copy.#pages = this.#pages.map((page) => page.slice())
    copy.#sizeBytes = this.#sizeBytes
    return copy
  }

  #reserve(endPosition: number): void {
    const count = Math.ceil(endPosition / PAGE_BYTES)
    while (this.#pages.length < count) {
      this.#growLast(PAGE_BYTES)
      this.#pages.push(new Uint8Array(this.#pages.length === 0 && count === 1 ? PAGE_BYTES_MIN : PAGE_BYTES))
    }
    if (count === this.#pages.length) this.#growLast(endPosition - (count - 1) * PAGE_BYTES)
  }

  #growLast(bytes: number): void {
    const last = this.#pages.at(-1)
    if (last === undefined || last.length >= bytes) return
    const grown = new Uint8Array(Math.min(PAGE_BYTES, Math.max(bytes, last.length * 2)))
    grown.set(last)
    this.#pages[this.#pages.length - 1] = grown
  }
}
