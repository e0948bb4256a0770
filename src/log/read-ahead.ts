/**
 * Reading ahead: what a reader of older records asks for next is read from the disk while he looks at what he got.
 *
 * Who goes through a log asks again from where his last slice ended. So when a slice has been served that did not reach the
 * end, the one behind it is read at once and waits for him: he is answered in the same turn. What nobody comes for leaves
 * after some seconds; till then it takes one of a few places, so that a thousand readers do not read everything twice.
 *
 * Invariants:
 *   what waits and what is being read was asked to have at most `BUDGET_BYTES` together, over all logs of a directory
 *   a slice that waits was checked like any other, and its chunks are held; it goes when its log is cut or its files are
 *     replaced
 */
import { type Offset, releaseSlab } from '#core'
import { ErrorCode } from '#protocol'
import { cutSlice } from './cut-slice.ts'
import type { LogSlice, ReadOptions } from './log-slice.ts'

const BUDGET_BYTES = 8 * 1024 * 1024
const WAIT_MS = 5000

interface Entry {
  readonly log: object
  readonly offset: Offset
  readonly maxBytes: number
  readonly sinceMs: number
  readonly read: Promise<LogSlice>
  /** Once it has been read. */
  slice: LogSlice | undefined
}

export class ReadAhead {
  readonly #nowMs: () => number
  #entries: Entry[] = []
  #bytes = 0

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** How many slices wait or are being read. */
  get count(): number {
    return this.#entries.length
  }

  /** Reads what is asked for from `offset` on, if there is a place for it. `log` is whoever will take it. */
  begin(log: object, offset: Offset, maxBytes: number, read: () => Promise<LogSlice>): void {
    if (this.#bytes + maxBytes > BUDGET_BYTES) this.forgetOld()
    if (this.#bytes + maxBytes > BUDGET_BYTES || this.#entries.some((entry) => isFor(entry, log, offset))) return
    const entry: Entry = { log, offset, maxBytes, sinceMs: this.#nowMs(), read: read(), slice: undefined }
    this.#entries.push(entry)
    this.#bytes += maxBytes
    entry.read.then(
      (slice) => {
        entry.slice = slice
      },
      () => this.#remove(entry),
    )
  }

  /**
   * What was read from `offset` on, as much of it as `options` allow, its chunks held for the caller; undefined where there is
   * nothing of use.
   */
  take(log: object, offset: Offset, options: ReadOptions): LogSlice | Promise<LogSlice | undefined> | undefined {
    const entry = this.#entries.find((other) => isFor(other, log, offset))
    if (entry === undefined) return undefined
    this.#remove(entry)
    if (entry.slice !== undefined) return cutTo(entry.slice, offset, options)
    return entry.read.then(
      (slice) => cutTo(slice, offset, options),
      () => undefined,
    )
  }

  /** The log was cut, or its files were replaced. */
  forget(log: object): void {
    for (const entry of this.#entries.filter((other) => other.log === log)) this.#drop(entry)
  }

  /** Gives up what nobody has come for. */
  forgetOld(): void {
    const beforeMs = this.#nowMs() - WAIT_MS
    for (const entry of this.#entries.filter(({ sinceMs }) => sinceMs < beforeMs)) this.#drop(entry)
  }

  #drop(entry: Entry): void {
    this.#remove(entry)
    void entry.read.then(release, () => {})
  }

  #remove(entry: Entry): void {
    if (!this.#entries.includes(entry)) return
    this.#entries = this.#entries.filter((other) => other !== entry)
    this.#bytes -= entry.maxBytes
  }
}

function isFor(entry: Entry, log: object, offset: Offset): boolean {
  return entry.log === log && entry.offset === offset
}

function cutTo(slice: LogSlice, offset: Offset, options: ReadOptions): LogSlice | undefined {
  const [chunk] = slice.chunks
  if (slice.error !== ErrorCode.NONE || chunk === undefined) return undefined
  if (slice.sizeBytes <= options.maxBytes && slice.nextOffset <= options.endOffset) return slice
  const cut = cutSlice(chunk, offset, options)
  if (cut.end === cut.start) {
    release(slice)
    return undefined
  }
  const { baseOffset, nextOffset } = cut
  return {
    ...slice,
    chunks: [chunk.subarray(cut.start, cut.end)],
    sizeBytes: cut.end - cut.start,
    baseOffset,
    nextOffset,
  }
}

function release({ chunks }: LogSlice): void {
  for (const chunk of chunks) releaseSlab(chunk)
}
