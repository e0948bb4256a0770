/**
 * Random histories of a log against a list: appends, transactions, rolls, cuts, deletions, retention, checkpoints, clean
 * restarts, and crashes at any moment that keep any part of what was not synced.
 *
 * A failure prints its seed; `SEED=n` runs that one alone, `SEEDS=n` so many.
 */
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import type { Random } from '#host'
import { MemoryDisk, seededRandom } from '#host/memory'
import { ControlType, encodeEndTxnMarker, setBaseOffset, setLeaderEpoch } from '#protocol/records'
import { pick, survival, testHistories } from './histories.kit.test.ts'
import type { Log } from './log.ts'
import { append, batch, contentOf, settle, World } from './log-world.kit.test.ts'

const NEVER = 2 ** 63
const STEPS = 60

interface ModelRecord {
  readonly value: string
  readonly epoch: number
  readonly producer?: { readonly id: bigint; readonly sequence: number; readonly transactional: boolean }
  readonly marker?: { readonly id: bigint; readonly isAbort: boolean }
}

/** What the log should be: all that was ever appended and not cut, and what a crash may not take. */
class Model {
  records: ModelRecord[] = []
  epoch = 0
  /** After a crash the log may be any prefix not shorter than this. */
  safeEnd = 0

  cut(offset: number): void {
    this.records.length = Math.min(this.records.length, offset)
    this.safeEnd = Math.min(this.safeEnd, this.records.length)
  }

  producers(): Map<bigint, { sequence: number; txnStart: number; lastOffset: number }> {
    const producers = new Map<bigint, { sequence: number; txnStart: number; lastOffset: number }>()
    for (const [offset, { producer, marker }] of this.records.entries()) {
      const id = producer?.id ?? marker?.id
      if (id === undefined) continue
      const known = producers.get(id) ?? { sequence: -1, txnStart: -1, lastOffset: 0 }
      if (producer !== undefined) known.sequence = producer.sequence
      if (producer?.transactional && known.txnStart < 0) known.txnStart = offset
      if (marker !== undefined) known.txnStart = -1
      known.lastOffset = offset
      producers.set(id, known)
    }
    return producers
  }

  aborted(): { producerId: bigint; firstOffset: number; lastOffset: number }[] {
    const open = new Map<bigint, number>()
    const aborted = []
    for (const [offset, { producer, marker }] of this.records.entries()) {
      if (producer?.transactional && !open.has(producer.id)) open.set(producer.id, offset)
      if (marker === undefined) continue
      const firstOffset = open.get(marker.id)
      if (marker.isAbort && firstOffset !== undefined) {
        aborted.push({ producerId: marker.id, firstOffset, lastOffset: offset })
      }
      open.delete(marker.id)
    }
    return aborted
  }
}

class History {
  readonly #random: Random
  readonly #model = new Model()
  readonly #disk: MemoryDisk
  #world!: World
  #log!: Log
  #value = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    this.#disk = new MemoryDisk({ readsAtOnce: seed % 2 === 0 })
  }

  async run(): Promise<void> {
    const config = {
      segmentBytes: pick(this.#random, 500, 1500, 4000),
      indexIntervalBytes: pick(this.#random, 0, 100, 500),
      flushMessages: pick(this.#random, 1, 1, 4, NEVER),
      timestampAfterMaxMs: NEVER,
      timestampBeforeMaxMs: NEVER,
      fileDeleteDelayMs: pick(this.#random, 0, 1000),
      retentionMs: -1,
    }
    this.#world = await World.open({ config, disk: this.#disk, tailBytes: pick(this.#random, 0, 2000, 1_000_000) })
    this.#log = await this.#world.create()
    for (let step = 0; step < STEPS; step++) await this.#step()
    await this.#crash()
    await this.#check()
  }

  async #step(): Promise<void> {
    const choice = this.#random.below(100)
    if (choice < 50) this.#append()
    else if (choice < 60) await settle()
    else if (choice < 64) this.#log.roll()
    else if (choice < 70) await this.#world.directory.checkpoint()
    else if (choice < 74) this.#log.advanceHighWatermark(this.#log.stableEndOffset)
    else if (choice < 78) await this.#cut()
    else if (choice < 80) this.#deleteRecords()
    else if (choice < 84) await this.#retain()
    else if (choice < 86) this.#newLeader()
    else if (choice < 89) await this.#restart()
    else if (choice < 96) await this.#crash()
    else await this.#check()
  }

  #append(): void {
    const { records, epoch } = this.#model
    const timestamp = 1_704_067_200_000 + this.#random.below(1000) - 500
    const id = BigInt(this.#random.below(3))
    const known = this.#model.producers().get(id)
    const values = Array.from({ length: 1 + this.#random.below(4) }, () =>
      `${this.#value++}`.repeat(pick(this.#random, 1, 30)),
    )
    const kind = pick(this.#random, 'plain', 'plain', 'idempotent', 'transactional', 'marker', 'replica')
    if (kind === 'marker') {
      const isAbort = pick(this.#random, true, false)
      const type = isAbort ? ControlType.ABORT : ControlType.COMMIT
      const marker = encodeEndTxnMarker(type, 1, { timestamp, producerId: id, producerEpoch: 0 })
      append(this.#log, marker, { origin: 'coordinator', leaderEpoch: epoch })
      records.push({ value: '', epoch, marker: { id, isAbort } })
      return
    }
    if (kind === 'plain' || kind === 'replica') {
      const bytes = batch(values, { timestamp })
      if (kind === 'replica') {
        setBaseOffset(bytes, 0, records.length)
        setLeaderEpoch(bytes, 0, epoch)
      }
      append(this.#log, bytes, { origin: kind === 'replica' ? 'replica' : 'client', leaderEpoch: epoch })
      for (const value of values) records.push({ value, epoch })
      return
    }
    const transactional = kind === 'transactional' || (known !== undefined && known.txnStart >= 0)
    const baseSequence = (known?.sequence ?? -1) + 1
    const bytes = batch(values, { timestamp, producerId: id, producerEpoch: 0, baseSequence, transactional })
    append(this.#log, bytes, { leaderEpoch: epoch })
    for (const [i, value] of values.entries()) {
      records.push({ value, epoch, producer: { id, sequence: baseSequence + i, transactional } })
    }
  }

  async #cut(): Promise<void> {
    const log = this.#log
    const { highWatermark, logEndOffset } = log
    const from = Math.max(highWatermark, log.logStartOffset)
    await log.truncateTo(from + this.#random.below(logEndOffset - from + 1))
    this.#model.cut(log.logEndOffset)
  }

  #deleteRecords(): void {
    const { logStartOffset, highWatermark } = this.#log
    if (highWatermark > logStartOffset) {
      this.#log.advanceLogStartOffset(logStartOffset + this.#random.below(highWatermark - logStartOffset + 1))
    }
  }

  async #retain(): Promise<void> {
    const retentionBytes = pick(this.#random, -1, 2000)
    this.#log.config = { ...this.#log.config, retentionBytes }
    await this.#log.enforceRetention(this.#world.clock.nowMs())
    this.#world.clock.advance(500)
    await this.#world.directory.maintain(this.#world.clock.nowMs())
  }

  #newLeader(): void {
    this.#model.epoch++
    this.#log.assignEpoch(this.#model.epoch)
  }

  async #restart(): Promise<void> {
    const { logStartOffset, logEndOffset } = this.#log
    ;({ world: this.#world, log: this.#log } = await this.#world.reopen())
    assert.equal(this.#log.logEndOffset, logEndOffset)
    assert.equal(this.#log.logStartOffset, logStartOffset)
    assert.equal(this.#log.recoveryPoint, logEndOffset, 'a clean stop stores everything')
    await this.#check()
  }

  async #crash(): Promise<void> {
    const { logEndOffset, stableEndOffset, recoveryPoint, config } = this.#log
    const promised = config.flushMessages === 1 ? Math.max(stableEndOffset, recoveryPoint) : recoveryPoint
    const { world, log } = await this.#world.crash(survival(this.#random))
    this.#world = world
    this.#log = log
    assert.ok(log.logEndOffset >= promised, `recovered up to ${log.logEndOffset}, promised ${promised}`)
    assert.ok(log.logEndOffset <= logEndOffset)
    this.#model.cut(log.logEndOffset)
    await this.#check()
    await this.#crashAgain(world.disk)
  }

  /** A second crash at once, with everything or nothing kept, finds the same log. */
  async #crashAgain(disk: MemoryDisk): Promise<void> {
    if (this.#random.below(3) > 0) return
    const { logEndOffset } = this.#log
    const { world, log } = await this.#world.crash(pick(this.#random, () => true, undefined))
    assert.notEqual(world.disk, disk)
    if (log.config.flushMessages === 1) assert.equal(log.logEndOffset, logEndOffset, 'recovery is idempotent')
    this.#world = world
    this.#log = log
    this.#model.cut(log.logEndOffset)
    await this.#check()
  }

  async #check(): Promise<void> {
    const log = this.#log
    const { records } = this.#model
    assert.equal(log.logEndOffset, records.length)
    const expected = new Map(
      records.map((record, offset) => [offset, record] as const).filter(([offset]) => offset >= log.logStartOffset),
    )
    const content = await contentOf(log, log.logStartOffset, pick(this.#random, 1, 300, 5000))
    for (const [offset, { value, epoch, marker }] of expected) {
      if (marker === undefined) assert.equal(content.get(offset), value, `the record at ${offset}`)
      assert.equal(log.epochAt(offset), epoch, `the epoch at ${offset}`)
    }
    assert.equal(content.size, expected.size)
    const producers = this.#model.producers()
    for (const [producerId, { sequence, txnStart, lastOffset }] of producers) {
      const found = log.activeProducers().find((producer) => producer.producerId === producerId)
      if (found === undefined) assert.ok(lastOffset < log.logStartOffset, `producer ${producerId} is known`)
      else assert.deepEqual([found.lastSequence, found.currentTxnStartOffset], [sequence, txnStart])
    }
    const aborted = (await log.abortedTransactions(log.logStartOffset, log.logEndOffset)).map(
      ({ producerId, firstOffset, lastOffset }) => ({ producerId, firstOffset, lastOffset }),
    )
    assert.deepEqual(
      aborted,
      this.#model.aborted().filter(({ lastOffset }) => lastOffset >= log.logStartOffset),
    )
    assert.ok(log.lastStableOffset <= log.highWatermark && log.highWatermark <= log.logEndOffset)
  }
}

describe('a log and a list', () => {
  testHistories(100, (seed) => new History(seed).run())
})
