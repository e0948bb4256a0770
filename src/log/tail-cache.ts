/**
 * The newest bytes of all logs of a broker, kept as they came, under one budget. Tail reads and followers are answered
 * from here, at once and without a copy.
 *
 * A batch is a view of the buffer in which it came from the network, and keeps all of it alive. So the budget counts whole
 * buffers, and whole buffers leave: the one that was least recently appended to or read, with every batch in it. Those that
 * are slabs (see core) are held while they are kept, and once more for each chunk that a reader gets.
 *
 * Invariants:
 *   the kept buffers' sizes add up to `usedBytes`, which is at most `budgetBytes`
 *   a log's runs follow one another; one that has left leaves a hole, at which a read ends
 */
import { holdSlab, type Offset, releaseSlab } from '#core'
import { cutSlice } from './cut-slice.ts'
import type { LogSlice, ReadOptions } from './log-slice.ts'

/** Batches that were appended together. */
interface Run {
  readonly tail: LogTail
  readonly baseOffset: Offset
  readonly nextOffset: Offset
  /** Undefined when its buffer has left. */
  bytes: Uint8Array | undefined
}

interface KeptBuffer {
  readonly bytes: Uint8Array
  readonly sizeBytes: number
  readonly runs: Run[]
}

export class TailCache {
  readonly budgetBytes: number
  /** The least recently used first. */
  readonly #buffers = new Map<ArrayBufferLike, KeptBuffer>()
  #usedBytes = 0

  /** `budgetBytes` counts the whole of every buffer that a kept batch keeps alive. */
  constructor(budgetBytes: number) {
    this.budgetBytes = budgetBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /** A place for the newest bytes of one log. */
  tail(): LogTail {
    return new LogTail(this)
  }

  /** For `LogTail`. */
  keep(run: Run, bytes: Uint8Array): void {
    let kept = this.#buffers.get(bytes.buffer)
    if (kept === undefined) {
      holdSlab(bytes)
      kept = { bytes, sizeBytes: bytes.buffer.byteLength, runs: [] }
      this.#usedBytes += kept.sizeBytes
      this.#buffers.set(bytes.buffer, kept)
    } else {
      this.use(bytes.buffer)
    }
    kept.runs.push(run)
    while (this.#usedBytes > this.budgetBytes) {
      const [oldest] = this.#buffers.keys()
      if (oldest === undefined) return
      this.#evict(oldest)
    }
  }

  /** For `LogTail`: the buffer was read. */
  use(buffer: ArrayBufferLike): void {
    const kept = this.#buffers.get(buffer)
    if (kept === undefined) return
    this.#buffers.delete(buffer)
    this.#buffers.set(buffer, kept)
  }

  /** For `LogTail`: a log no longer has this run. */
  drop(run: Run): void {
    const buffer = run.bytes?.buffer
    const kept = buffer === undefined ? undefined : this.#buffers.get(buffer)
    run.bytes = undefined
    if (buffer === undefined || kept === undefined) return
    kept.runs.splice(kept.runs.indexOf(run), 1)
    if (kept.runs.length === 0) this.#evict(buffer)
  }

  #evict(buffer: ArrayBufferLike): void {
    const kept = this.#buffers.get(buffer)
    if (kept === undefined) return
    this.#buffers.delete(buffer)
    this.#usedBytes -= kept.sizeBytes
    for (const run of kept.runs) {
      run.bytes = undefined
      run.tail.trim()
    }
    releaseSlab(kept.bytes)
  }
}

/** The runs of one log that are in memory, from the oldest to the log's end. */
export class LogTail {
  readonly #cache: TailCache
  #runs: Run[] = []
  /** Runs before this one have left. */
  #first = 0

  constructor(cache: TailCache) {
    this.#cache = cache
  }

  append(bytes: Uint8Array, baseOffset: Offset, nextOffset: Offset): void {
    if (bytes.buffer.byteLength > this.#cache.budgetBytes) {
      this.clear()
      return
    }
    const run = { tail: this, baseOffset, nextOffset, bytes }
    this.#runs.push(run)
    this.#cache.keep(run, bytes)
  }

  /**
   * The slice from `offset` on as far as it is here without a hole, its chunks held for the reader; undefined where its
   * beginning is not.
   */
  read(offset: Offset, options: ReadOptions): LogSlice | undefined {
    const index = this.#find(offset)
    const first = this.#runs[index]
    if (first?.bytes === undefined || offset < first.baseOffset) return undefined
    const chunks: Uint8Array[] = []
    let sizeBytes = 0
    let nextOffset = offset
    let baseOffset = offset
    for (let i = index; i < this.#runs.length; i++) {
      const { bytes, baseOffset: runBase, nextOffset: runNext } = this.#runs[i]!
      if (bytes === undefined || runBase >= options.endOffset) break
      if (runBase >= offset && runNext <= options.endOffset && sizeBytes + bytes.length <= options.maxBytes) {
        this.#cache.use(bytes.buffer)
        if (sizeBytes === 0) baseOffset = runBase
        chunks.push(bytes)
        sizeBytes += bytes.length
        nextOffset = runNext
        continue
      }
      const cut = cutSlice(bytes, Math.max(offset, runBase), {
        endOffset: options.endOffset,
        maxBytes: options.maxBytes - sizeBytes,
        atLeastOne: options.atLeastOne && sizeBytes === 0,
      })
      if (cut.end > cut.start) {
        this.#cache.use(bytes.buffer)
        if (sizeBytes === 0) baseOffset = cut.baseOffset
        chunks.push(bytes.subarray(cut.start, cut.end))
        sizeBytes += cut.end - cut.start
        nextOffset = cut.nextOffset
      }
      if (cut.end < bytes.length) break
    }
    for (const chunk of chunks) holdSlab(chunk)
    return { error: 0, chunks, sizeBytes, baseOffset, nextOffset: sizeBytes === 0 ? offset : nextOffset }
  }

  /** The last run that begins at or before `offset`, or -1. */
  #find(offset: Offset): number {
    let low = this.#first - 1
    let high = this.#runs.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#runs[middle]!.baseOffset <= offset) low = middle
      else high = middle - 1
    }
    return low < this.#first ? -1 : low
  }

  /** Forgets what reaches beyond `endOffset`. */
  truncateTo(endOffset: Offset): void {
    while (this.#runs.length > this.#first && this.#runs.at(-1)!.nextOffset > endOffset) {
      this.#cache.drop(this.#runs.pop()!)
    }
    this.trim()
  }

  /** Forgets what lies in these offsets, in whole or in part: the log has something else there now. */
  forget(from: Offset, to: Offset): void {
    for (let i = Math.max(this.#first, this.#find(from)); i < this.#runs.length; i++) {
      const run = this.#runs[i]!
      if (run.baseOffset >= to) break
      if (run.nextOffset > from && run.bytes !== undefined) this.#cache.drop(run)
    }
    this.trim()
  }

  clear(): void {
    this.truncateTo(-1)
  }

  /** Passes over the holes at the beginning. */
  trim(): void {
    while (this.#first < this.#runs.length && this.#runs[this.#first]!.bytes === undefined) this.#first++
    if (this.#first === this.#runs.length || this.#first >= 1024) {
      this.#runs = this.#runs.slice(this.#first)
      this.#first = 0
    }
  }
}
