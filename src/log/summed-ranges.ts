/**
 * What of a log file has been read and summed lately.
 *
 * The checksum of every batch that comes back from the disk is a fifth of what it costs to serve it. It finds what the
 * disk has damaged; while the same bytes are read again and again, by one group after another, they come from the page
 * cache. So a range that was summed is taken for good for `TRUSTED_MS`; after that whoever reads it first sums it again.
 *
 * Invariants:
 *   ranges do not overlap; there are at most `RANGES_MAX`, the ones that were added or grew last
 *   no byte is trusted for longer than `TRUSTED_MS` after it was summed
 */
const TRUSTED_MS = 10 * 60_000
/** As many readers at different places are remembered. */
const RANGES_MAX = 8

interface Range {
  readonly from: number
  readonly to: number
  /** When its first part was summed. */
  readonly sinceMs: number
}

const NONE: readonly Range[] = []

export class SummedRanges {
  /** The one that was changed last is last. */
  #ranges = NONE

  /** Whether all from byte `from` to before `to` was summed lately. */
  covers(from: number, to: number, nowMs: number): boolean {
    return this.#ranges.some((range) => range.from <= from && to <= range.to && nowMs - range.sinceMs < TRUSTED_MS)
  }

  /** All from byte `from` to before `to` was summed just now. */
  add(from: number, to: number, nowMs: number): void {
    let added: Range = { from, to, sinceMs: nowMs }
    const others: Range[] = []
    for (const range of this.#ranges) {
      if (nowMs - range.sinceMs >= TRUSTED_MS || (from <= range.from && range.to <= to)) continue
      if (range.to < from || to < range.from) others.push(range)
      else
        added = {
          from: Math.min(range.from, added.from),
          to: Math.max(range.to, added.to),
          sinceMs: Math.min(range.sinceMs, added.sinceMs),
        }
    }
    this.#ranges = [...others, added].slice(-RANGES_MAX)
  }
}
