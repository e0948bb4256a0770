/**
 * Random histories of a compacted log against a list of all that was ever written: keys and tombstones, idempotent and
 * transactional producers, passes with maps that become full, readers beside them, cuts that call them off, retention,
 * restarts, and crashes in the middle of a pass that keep any part of what was not synced.
 *
 * A failure prints its seed; `SEED=n` runs that one alone, `SEEDS=n` so many.
 */
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import type { Random } from '#host'
import { MemoryDisk, seededRandom, VirtualClock } from '#host/memory'
import { nodeCompute } from '#host/node'
import {
  type BatchOptions,
  COMPRESSIONS,
  ControlType,
  checkBatch,
  encodeBatch,
  encodeEndTxnMarker,
  isControl,
  isTransactional,
  lastOffsetOf,
  nextOffsetOf,
  producerIdOf,
  type RecordInput,
  readRecords,
  sizeOf,
} from '#protocol/records'
import { pick, survival, testHistories } from '../histories.kit.test.ts'
import type { Log } from '../log.ts'
import { append, settle, World } from '../log-world.kit.test.ts'
import { Throttle } from './cleaning-pace.ts'

const STEPS = 50
const RETENTION_MS = 5000
const bytes = (text: string) => new TextEncoder().encode(text)
const text = (content: Uint8Array | null) => (content === null ? null : new TextDecoder().decode(content))

/** Every offset that was ever given, in order: a record or a marker. */
interface Written {
  readonly key: string
  readonly value: string | null
  readonly writtenMs: number
  /** -1n: none. */
  readonly producerId: bigint
  readonly isTransactional: boolean
  /** What a marker says; undefined for a record. */
  readonly commits: boolean | undefined
}

interface Producer {
  sequence: number
  hasOpen: boolean
}

interface Read {
  readonly offset: number
  readonly key: string | null
  readonly value: string | null
}

class History {
  readonly #random: Random
  readonly #clock = new VirtualClock()
  readonly #throttle = new Throttle(() => Number.POSITIVE_INFINITY)
  #written: Written[] = []
  /** When passes began. */
  readonly #passes: number[] = []
  /** No pass has been beyond. */
  #cleanedMax = 0
  readonly #disk: MemoryDisk
  #world!: World
  #log!: Log
  #values = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    this.#disk = new MemoryDisk({ readsAtOnce: seed % 2 === 0 })
  }

  async run(): Promise<void> {
    const config = {
      compacted: true,
      deletes: false,
      minCleanableDirtyRatio: 0,
      deleteRetentionMs: RETENTION_MS,
      segmentBytes: pick(this.#random, 400, 1000, 4000),
      indexIntervalBytes: pick(this.#random, 0, 100, 500),
      flushMessages: pick(this.#random, 1, 1, 2 ** 63),
      fileDeleteDelayMs: pick(this.#random, 0, 1000),
      timestampAfterMaxMs: 2 ** 63,
      timestampBeforeMaxMs: 2 ** 63,
      retentionMs: -1,
    }
    const tailBytes = pick(this.#random, 0, 1000, 1_000_000)
    this.#world = await World.open({ config, clock: this.#clock, disk: this.#disk, tailBytes })
    this.#log = await this.#world.create()
    for (let step = 0; step < STEPS; step++) await this.#step()
    await this.#crash()
    await this.#check()
  }

  async #step(): Promise<void> {
    const choice = this.#random.below(100)
    if (choice < 55) this.#append()
    else if (choice < 62) await this.#commit()
    else if (choice < 78) await this.#cleanBeside(() => this.#besides())
    else if (choice < 82) await this.#crashWhileCleaning()
    else if (choice < 85) await this.#crash()
    else if (choice < 88) await this.#restart()
    else if (choice < 92) this.#clock.advance(pick(this.#random, 1, 1000, RETENTION_MS + 1))
    else if (choice < 94) this.#deleteRecords()
    else if (choice < 96) await this.#world.directory.maintain(this.#clock.nowMs())
    else await this.#check()
  }

  #producers(): Map<bigint, Producer> {
    const producers = new Map<bigint, Producer>()
    for (const { producerId, commits, isTransactional } of this.#written) {
      if (producerId < 0n) continue
      const known = producers.get(producerId) ?? { sequence: -1, hasOpen: false }
      if (commits === undefined) known.sequence++
      known.hasOpen = commits === undefined && isTransactional
      producers.set(producerId, known)
    }
    return producers
  }

  /** Of each offset, whether it is committed; undefined: its transaction is open. */
  #decisions(): (boolean | undefined)[] {
    const decisions: (boolean | undefined)[] = []
    const open = new Map<bigint, number[]>()
    for (const [offset, { producerId, commits, isTransactional }] of this.#written.entries()) {
      decisions.push(isTransactional ? commits : true)
      if (!isTransactional) continue
      const offsets = open.get(producerId) ?? []
      if (commits === undefined) open.set(producerId, [...offsets, offset])
      else {
        for (const decided of offsets) decisions[decided] = commits
        open.delete(producerId)
      }
    }
    return decisions
  }

  #append(): void {
    const id = BigInt(this.#random.below(4))
    const known = this.#producers().get(id) ?? { sequence: -1, hasOpen: false }
    const kind = pick(this.#random, 'plain', 'idempotent', 'transactional', 'transactional', 'end')
    if (kind === 'end') {
      if (known.hasOpen) this.#end(id)
      return
    }
    const isTransaction = kind === 'transactional' || (kind === 'idempotent' && known.hasOpen)
    const producerId = kind === 'plain' ? -1n : id
    const writtenMs = this.#clock.nowMs()
    const records: RecordInput[] = []
    for (let count = 1 + this.#random.below(5); count > 0; count--) {
      const key = `key ${this.#random.below(12)}`
      const value = this.#random.below(4) === 0 ? null : `${this.#values++}`.repeat(pick(this.#random, 1, 2, 20))
      const timestamp = writtenMs + this.#random.below(100) - 50
      records.push({ timestamp, key: bytes(key), value: value === null ? null : bytes(value) })
      this.#written.push({ key, value, writtenMs, producerId, isTransactional: isTransaction, commits: undefined })
    }
    const options: BatchOptions = { codec: pick(this.#random, ...COMPRESSIONS), compute: nodeCompute }
    const baseSequence = known.sequence + 1
    const producing =
      kind === 'plain' ? {} : { producerId, producerEpoch: 0, baseSequence, transactional: isTransaction }
    append(this.#log, encodeBatch(records, { ...options, ...producing }))
  }

  #end(producerId: bigint): void {
    const commits = pick(this.#random, true, false)
    const writtenMs = this.#clock.nowMs()
    const type = commits ? ControlType.COMMIT : ControlType.ABORT
    const marker = encodeEndTxnMarker(type, 1, { timestamp: writtenMs, producerId, producerEpoch: 0 })
    append(this.#log, marker, { origin: 'coordinator' })
    this.#written.push({ key: '', value: null, writtenMs, producerId, isTransactional: true, commits })
  }

  async #commit(): Promise<void> {
    await settle()
    this.#log.advanceHighWatermark(this.#log.stableEndOffset)
    if (pick(this.#random, true, false)) this.#log.roll()
    await settle()
  }

  /** Begins a pass, if there is something for it. */
  async #clean(): Promise<unknown> {
    const log = this.#log
    const range = await log.cleanable(this.#clock.nowMs())
    if (range?.isDue !== true) return undefined
    assert.ok(range.firstUncleanableOffset <= log.lastStableOffset)
    this.#passes.push(this.#clock.nowMs())
    this.#cleanedMax = Math.max(this.#cleanedMax, range.firstUncleanableOffset)
    const limits = {
      mapBytes: pick(this.#random, 24 * 4, 24 * 8, 1 << 16),
      loadFactor: 0.9,
      ioBytes: pick(this.#random, 2048, 8192),
    }
    return await log.clean(range, { limits, throttle: this.#throttle })
  }

  async #cleanBeside(other: () => Promise<void>): Promise<void> {
    const [cleaning] = await Promise.allSettled([this.#clean(), other()])
    if (cleaning.status === 'rejected') throw cleaning.reason
    await this.#check()
  }

  async #besides(): Promise<void> {
    const what = pick(this.#random, 'nothing', 'read', 'read', 'cut', 'append', 'retain', 'roll')
    for (let turns = this.#random.below(60); turns > 0; turns--) await undefined
    if (what === 'read') for (let i = 0; i < 4; i++) await this.#check()
    if (what === 'cut') await this.#cut()
    if (what === 'append') this.#append()
    if (what === 'retain') await this.#log.enforceRetention(this.#clock.nowMs())
    if (what === 'roll') this.#log.roll()
  }

  async #cut(): Promise<void> {
    const { highWatermark, logEndOffset } = this.#log
    await this.#log.truncateTo(highWatermark + this.#random.below(logEndOffset - highWatermark + 1))
    this.#written.length = this.#log.logEndOffset
  }

  #deleteRecords(): void {
    const { logStartOffset, highWatermark } = this.#log
    if (highWatermark > logStartOffset) {
      this.#log.advanceLogStartOffset(logStartOffset + this.#random.below(highWatermark - logStartOffset + 1))
    }
  }

  async #restart(): Promise<void> {
    const { logEndOffset, cleanedOffset } = this.#log
    ;({ world: this.#world, log: this.#log } = await this.#world.reopen())
    assert.deepEqual([this.#log.logEndOffset, this.#log.cleanedOffset], [logEndOffset, cleanedOffset])
    await this.#check()
  }

  /** In the middle of a pass, wherever that is. */
  async #crashWhileCleaning(): Promise<void> {
    void this.#clean().catch(() => {})
    for (let turns = this.#random.below(250); turns > 0; turns--) await undefined
    await this.#crash()
  }

  async #crash(): Promise<void> {
    const { logEndOffset, recoveryPoint } = this.#log
    ;({ world: this.#world, log: this.#log } = await this.#world.crash(survival(this.#random)))
    assert.ok(this.#log.logEndOffset >= recoveryPoint && this.#log.logEndOffset <= logEndOffset)
    this.#written.length = this.#log.logEndOffset
    await this.#check()
  }

  /** Everything that is in the log, and what of it a consumer of committed records sees. */
  async #read(): Promise<{ readonly all: readonly Read[]; readonly committed: readonly Read[] }> {
    const log = this.#log
    const all: Read[] = []
    const committed: Read[] = []
    const { lastStableOffset } = log
    let end = -1
    for (let next = log.logStartOffset; next < log.logEndOffset; ) {
      const slice = await log.read(next, {
        maxBytes: pick(this.#random, 1, 300, 3000),
        atLeastOne: true,
        endOffset: log.logEndOffset,
      })
      assert.equal(slice.error, 0)
      if (slice.sizeBytes === 0) break
      const aborted = await log.abortedTransactions(slice.baseOffset, slice.nextOffset)
      for (const chunk of slice.chunks) {
        for (let at = 0; at < chunk.length; at += sizeOf(chunk, at)) {
          const batch = chunk.subarray(at, at + sizeOf(chunk, at))
          assert.equal(checkBatch(batch), undefined)
          assert.ok(lastOffsetOf(batch) > end, 'no batch comes twice')
          end = lastOffsetOf(batch)
          if (isControl(batch)) continue
          const isAborted = aborted.some(
            ({ producerId, firstOffset, lastOffset }) =>
              isTransactional(batch) && producerId === producerIdOf(batch) && firstOffset <= end && end < lastOffset,
          )
          for (const { offset, key, value } of readRecords(batch, nodeCompute)) {
            const read = { offset, key: text(key), value: text(value) }
            if (offset < log.logStartOffset) continue
            all.push(read)
            if (!isAborted && nextOffsetOf(batch) <= lastStableOffset) committed.push(read)
          }
        }
      }
      assert.ok(slice.nextOffset > next)
      next = slice.nextOffset
    }
    return { all, committed }
  }

  async #check(): Promise<void> {
    const log = this.#log
    const startOffset = log.logStartOffset
    // What a pass was over was stable, also where the high watermark's checkpoint did not survive a crash.
    const stableOffset = Math.max(log.lastStableOffset, this.#cleanedMax)
    const written = [...this.#written]
    const decisions = this.#decisions()
    const cleanedMax = this.#cleanedMax
    const passes = [...this.#passes]
    const { all, committed } = await this.#read()
    const found = new Map(all.map((read) => [read.offset, read]))
    for (const { offset, key, value } of all) {
      const expected = this.#written[offset]
      assert.deepEqual([key, value], [expected?.key, expected?.value], `the record at ${offset}`)
    }
    for (
      let offset = Math.max(cleanedMax, log.logStartOffset);
      offset < Math.min(written.length, log.logEndOffset);
      offset++
    ) {
      assert.ok(found.has(offset) || written[offset]!.commits !== undefined, `${offset} was in no pass and is there`)
    }
    for (const { offset } of committed)
      assert.ok(this.#decisions()[offset] !== false, `the record at ${offset} was aborted`)
    const newest = new Map<string, number>()
    for (let offset = startOffset; offset < Math.min(stableOffset, written.length); offset++) {
      if (decisions[offset] === true && written[offset]!.commits === undefined) newest.set(written[offset]!.key, offset)
    }
    for (const [key, offset] of newest) {
      if (offset < log.logStartOffset) continue
      const { value, writtenMs } = written[offset]!
      // By another record that was committed while we read.
      const isReplaced = this.#written.slice(offset + 1, this.#cleanedMax).some((later) => later.key === key)
      if (found.has(offset) || (isReplaced && this.#log.lastStableOffset > stableOffset)) continue
      assert.equal(value, null, `the newest record of ${key}, at ${offset}, is there`)
      const first = passes.find((ms) => ms >= writtenMs) ?? Number.POSITIVE_INFINITY
      const last = this.#passes.at(-1) ?? 0
      assert.ok(last >= first + RETENTION_MS, `the tombstone of ${key}, at ${offset}, is there for its time`)
      const older = committed.filter((read) => read.key === key && read.offset < offset)
      assert.deepEqual(older, [], `what the tombstone at ${offset} has deleted does not come back`)
    }
    for (const [producerId, { sequence }] of this.#producers()) {
      const known = log.activeProducers().find((producer) => producer.producerId === producerId)
      if (known !== undefined) assert.equal(known.lastSequence, sequence, `the sequence of ${producerId}`)
      else assert.ok(log.logStartOffset > 0, `producer ${producerId} is known`)
    }
  }
}

describe('a compacted log and a list', () => {
  testHistories(60, (seed) => new History(seed).run())
})
