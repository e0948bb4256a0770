/**
 * A coverage-guided fuzzer: inputs that reach a branch, or reach it as often as none before, are kept and changed again.
 *
 * Every run is judged by the same rules, whatever the target: it may throw nothing (a target catches what it declares),
 * takes no longer than 100 ms and no more heap than eight times its input and a megabyte. Time and heap are measured
 * again, the best of three, before they count: they are a machine's, not only the input's.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { mutate } from './mutate.mjs'
import { Random } from './random.mjs'

export const RUN_MS_MAX = 100
const HEAP_SLACK_BYTES = 1024 * 1024
const HEAP_FACTOR = 8
/** The heap is looked at once in so many runs, and whenever something new was reached. */
const HEAP_EVERY = 64
const NEWEST = 64
const MINIMIZE_RUNS = 2000

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc')

/** How often a counter was hit, as one bit: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, 128+. */
const BUCKETS = Uint8Array.from({ length: 256 }, (_, hits) => {
  if (hits < 4) return [0, 1, 2, 4][hits]
  if (hits < 8) return 8
  if (hits < 16) return 16
  if (hits < 32) return 32
  return hits < 128 ? 64 : 128
})

export class Fuzzer {
  #target
  #random
  #counters
  #countersUsed
  #seen
  #words
  #scratch
  #length = 0
  #corpus = []
  executions = 0
  /** Branches, told apart by how often they were taken. */
  features = 0
  corpusBytes = 0

  /** `counters` are those of the instrumented target, of which the first `countersUsed()` are in use. */
  constructor(target, { seed, counters, countersUsed }) {
    this.#target = target
    this.#random = new Random(seed)
    this.#counters = counters
    this.#countersUsed = countersUsed
    this.#seen = new Uint8Array(counters.length)
    this.#words = new Uint32Array(counters.buffer)
    this.#scratch = new Uint8Array(target.bytesMax ?? 4096)
  }

  get corpusSize() {
    return this.#corpus.length
  }

  /** The input of the run that is under way. */
  get input() {
    return this.#scratch.subarray(0, this.#length)
  }

  /** Runs `input` as it is. Resolves with what is wrong, if anything is. */
  async replay(input) {
    this.#length = Math.min(input.length, this.#scratch.length)
    this.#scratch.set(input.subarray(0, this.#length))
    return this.#judged()
  }

  /** Runs the seeds; resolves with the first violation. */
  async seed() {
    for (const input of this.#target.seeds()) {
      const found = await this.replay(input)
      if (found !== undefined) return found
      this.#keep()
    }
    if (this.#corpus.length === 0) this.#corpus.push(new Uint8Array(0))
    return undefined
  }

  /** Runs changed inputs until `isOver()`, which is asked now and then; resolves with the first violation. */
  async run(isOver) {
    const { repair, isAsync = false } = this.#target
    if (!isAsync) Error.stackTraceLimit = 0
    while (!isOver()) {
      for (let i = 0; i < 512; i++) {
        const parent = this.#choose()
        this.#scratch.set(parent)
        this.#length = mutate(this.#scratch, parent.length, this.#random, this.#choose())
        if (repair !== undefined && !this.#random.oneIn(16)) {
          this.#length = repair.call(this.#target, this.#scratch, this.#length) ?? this.#length
        }
        const found = isAsync ? await this.#judgedLater() : this.#judgedNow()
        if (found !== undefined) return found
        if (this.#isNew()) {
          const heavy = isAsync ? undefined : this.#heavy()
          if (heavy !== undefined) return heavy
          this.#keep()
        }
        if (isAsync && isOver()) return undefined
      }
    }
    return undefined
  }

  /** The smallest input found that goes wrong in the same way. */
  async minimized({ kind }) {
    let best = this.input.slice()
    let runs = 0
    const stillWrong = async (candidate) => {
      runs++
      const found = await this.replay(candidate)
      return found?.kind === kind
    }
    for (let piece = best.length >> 1; piece > 0 && runs < MINIMIZE_RUNS; piece >>= 1) {
      for (let at = 0; at < best.length && runs < MINIMIZE_RUNS; ) {
        const candidate = new Uint8Array(best.length - Math.min(piece, best.length - at))
        candidate.set(best.subarray(0, at))
        candidate.set(best.subarray(at + piece), at)
        if (await stillWrong(candidate)) best = candidate
        else at += piece
      }
    }
    return best
  }

  /** Half of the time one of the newest, which the most is still to be found around. */
  #choose() {
    const { length } = this.#corpus
    const from = length > NEWEST && this.#random.oneIn(2) ? length - NEWEST : 0
    return this.#corpus[from + this.#random.below(length - from)]
  }

  #keep() {
    this.#corpus.push(this.input.slice())
    this.corpusBytes += this.#length
  }

  /** A run of its own, looked at in every way. */
  async #judged() {
    const { isAsync = false } = this.#target
    const found = isAsync ? await this.#judgedLater() : (this.#judgedNow() ?? this.#heavy())
    this.#isNew()
    return found
  }

  #judgedNow() {
    this.executions++
    const began = performance.now()
    try {
      this.#target.run(this.#scratch.subarray(0, this.#length))
    } catch (error) {
      return this.#thrown(error)
    }
    if (performance.now() - began > RUN_MS_MAX) return this.#slow()
    if (this.executions % HEAP_EVERY === 0) return this.#heavy()
    return undefined
  }

  async #judgedLater() {
    this.executions++
    try {
      await this.#target.run(this.input.slice())
    } catch (error) {
      return thrown(error)
    }
    return undefined
  }

  /** What was thrown, with its stack, which is not taken along in the ordinary run: it costs more than all the rest. */
  #thrown(error) {
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = 12
    try {
      this.#target.run(this.input)
    } catch (again) {
      return thrown(again)
    } finally {
      Error.stackTraceLimit = limit
    }
    return thrown(error)
  }

  /** CPU time, so that a machine that does other things too is no finding. */
  #slow() {
    let best = Number.POSITIVE_INFINITY
    for (let i = 0; i < 3; i++) {
      const began = process.cpuUsage()
      this.#target.run(this.input)
      const { user, system } = process.cpuUsage(began)
      best = Math.min(best, (user + system) / 1000)
    }
    return best > RUN_MS_MAX ? { kind: 'time', what: `${best.toFixed(0)} ms` } : undefined
  }

  /** All that a run allocates counts, garbage too: an upper bound of what it takes at once. */
  #heavy() {
    const { heapBytesMax } = this.#target
    const limit = heapBytesMax?.(this.input) ?? HEAP_FACTOR * this.#length + HEAP_SLACK_BYTES
    if (this.#allocated() <= limit) return undefined
    let least = Number.POSITIVE_INFINITY
    for (let i = 0; i < 3; i++) {
      collectGarbage()
      least = Math.min(least, this.#allocated())
    }
    return least > limit ? { kind: 'heap', what: `${least} bytes for ${this.#length}, ${limit} at most` } : undefined
  }

  #allocated() {
    const before = heapBytes()
    this.#target.run(this.input)
    return heapBytes() - before
  }

  /** Whether the run went where none has been; clears the counters. */
  #isNew() {
    const words = this.#words
    const counters = this.#counters
    const seen = this.#seen
    let found = 0
    for (let word = (this.#countersUsed() + 3) >> 2; word >= 0; word--) {
      if (words[word] === 0 || word === words.length) continue
      for (let i = word * 4; i < word * 4 + 4; i++) {
        const bucket = BUCKETS[counters[i]]
        if ((seen[i] & bucket) === bucket) continue
        seen[i] |= bucket
        found++
      }
      words[word] = 0
    }
    this.features += found
    return found > 0
  }
}

function heapBytes() {
  const { used_heap_size, external_memory } = getHeapStatistics()
  return used_heap_size + external_memory
}

function thrown(error) {
  const stack = error?.stack ?? String(error)
  const where = /at (\S+) /.exec(stack)?.[1] ?? ''
  const isViolation = error?.name === 'Violation'
  return {
    kind: isViolation ? `violation ${String(error.message).slice(0, 24)}` : `${error?.name} in ${where}`,
    what: stack,
  }
}
