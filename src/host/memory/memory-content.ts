/** Small files stay small: the first page grows by doubling; a large file is pages of this, none of them ever copied. */
const PAGE_BYTES = 65536
const PAGE_BYTES_MIN = 256

/** Part of a file, or of several that are copies of each other: then it is not written to any more. */
interface Page {
  bytes: Uint8Array
  isShared: boolean
}

/** The bytes of a file in memory. What was skipped is zeros. A copy shares the pages until one of the two is written. */
export class MemoryContent {
  #pages: Page[] = []
  #sizeBytes = 0

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** Fills `into` from `position`; returns how many bytes there were. */
  read(into: Uint8Array, position: number): number {
    const length = Math.max(0, Math.min(into.length, this.#sizeBytes - position))
    for (let done = 0; done < length; ) {
      const at = position + done
      const page = this.#pages[Math.floor(at / PAGE_BYTES)]!.bytes
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
      this.#own(Math.floor(at / PAGE_BYTES)).bytes.set(part, start)
      done += part.length
    }
    this.#sizeBytes = Math.max(this.#sizeBytes, position + bytes.length)
  }

  /** Cuts, or extends with zeros. */
  truncate(sizeBytes: number): void {
    if (sizeBytes < this.#sizeBytes) {
      this.#pages.length = Math.ceil(sizeBytes / PAGE_BYTES)
      const last = this.#pages.length - 1
      if (last >= 0) this.#own(last).bytes.fill(0, sizeBytes - last * PAGE_BYTES)
    }
    this.#reserve(sizeBytes)
    this.#sizeBytes = sizeBytes
  }

  copy(): MemoryContent {
    const copy = new MemoryContent()
    for (const page of this.#pages) page.isShared = true
    copy.#pages = [...this.#pages]
    copy.#sizeBytes = this.#sizeBytes
    return copy
  }

  #reserve(endPosition: number): void {
    const count = Math.ceil(endPosition / PAGE_BYTES)
    while (this.#pages.length < count) {
      this.#growLast(PAGE_BYTES)
      const sizeBytes = this.#pages.length === 0 && count === 1 ? PAGE_BYTES_MIN : PAGE_BYTES
      this.#pages.push({ bytes: new Uint8Array(sizeBytes), isShared: false })
    }
    if (count === this.#pages.length) this.#growLast(endPosition - (count - 1) * PAGE_BYTES)
  }

  #growLast(bytes: number): void {
    const last = this.#pages.at(-1)
    if (last === undefined || last.bytes.length >= bytes) return
    const grown = new Uint8Array(Math.min(PAGE_BYTES, Math.max(bytes, last.bytes.length * 2)))
    grown.set(last.bytes)
    this.#pages[this.#pages.length - 1] = { bytes: grown, isShared: false }
  }

  /** The page, to be written to. */
  #own(index: number): Page {
    let page = this.#pages[index]!
    if (page.isShared) {
      page = { bytes: page.bytes.slice(), isShared: false }
      this.#pages[index] = page
    }
    return page
  }
}
