import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MalformedError, readUtf8, utf8 } from '#core'
import { silentLogger } from '#host'
import { VirtualClock } from '#host/memory'
import { nodeCompute } from '#host/node'
import { ErrorCode, errorName } from '#protocol'
import { ControlType, encodeBatch, encodeEndTxnMarker, recordCountOf } from '#protocol/records'
import { CoordinatorRuntime } from './coordinator-runtime.ts'
import type { CoordinatorShard, RecordFormat, RecordPlace, ShardContext } from './coordinator-shard.ts'
import { MemoryCoordinatorLog } from './memory-log.kit.test.ts'
import type { ShardTimer } from './shard-timer.ts'
import { TimelineMap } from './timeline.ts'

interface Entry {
  readonly key: string
  readonly value: string | null
}

const format: RecordFormat<Entry> = {
  encode: ({ key, value }) => ({ key: utf8(key), value: value === null ? null : utf8(value) }),
  decode(key, value) {
    if (key[0] === 0) throw new MalformedError('a key that begins with 0')
    return { key: text(key), value: value === null ? null : text(value) }
  },
}

function text(bytes: Uint8Array): string {
  return readUtf8(bytes, 0, bytes.length)!
}

/** A replicated map: the smallest shard there is. */
class Entries implements CoordinatorShard<Entry> {
  readonly #entries: TimelineMap<string, string>
  readonly #pending = new Map<bigint, Entry[]>()
  readonly timer: ShardTimer
  isUnloaded = false

  constructor(context: ShardContext<Entry>) {
    this.#entries = new TimelineMap(context.timeline)
    this.timer = context.timer(() => this.put('timer', 'rang'))
  }

  put(key: string, value: string | null) {
    return { records: [{ key, value }], response: undefined }
  }

  /** Appends to the latest value: shows what an operation sees of those before it. */
  append(key: string, more: string) {
    const value = (this.#entries.get(key) ?? '') + more
    return { records: [{ key, value }], response: value }
  }

  latest(): Record<string, string> {
    return Object.fromEntries(this.#entries.entries())
  }

  committed(key: string): string | undefined {
    return this.#entries.getCommitted(key)
  }

  apply({ key, value }: Entry, { producerId }: RecordPlace): void {
    if (producerId !== -1n) {
      this.#pending.set(producerId, [...(this.#pending.get(producerId) ?? []), { key, value }])
    } else if (value === null) this.#entries.delete(key)
    else this.#entries.set(key, value)
  }

  endTransaction(producerId: bigint, committed: boolean): void {
    const pending = this.#pending.get(producerId) ?? []
    this.#pending.delete(producerId)
    for (const entry of committed ? pending : []) this.apply(entry, { offset: 0, producerId: -1n })
  }

  loaded(): void {}

  unloaded(): void {
    this.isUnloaded = true
  }
}

const WRITE_TIMEOUT_MS = 5000

function world() {
  const clock = new VirtualClock()
  const turn: (() => void)[] = []
  const runtime = new CoordinatorRuntime<Entries, Entry>({
    topic: '__entries',
    clock,
    compute: nodeCompute,
    logger: silentLogger,
    format,
    createShard: (context) => new Entries(context),
    codec: () => 'none',
    writeTimeoutMs: () => WRITE_TIMEOUT_MS,
    endOfTurn: (action) => void turn.push(action),
  })
  return {
    clock,
    runtime,
    endTurn() {
      for (const action of turn.splice(0)) action()
    },
    /** Appends to partition 0; the answer, or the error's name, is in `answers` once it is there. */
    append(answers: string[], key: string, more: string): void {
      const answer = runtime.write<string>(0, (shard) => shard.append(key, more), errorName)
      if (typeof answer === 'string') answers.push(answer)
      else void answer.then((answer) => answers.push(answer))
    },
    latest: () => runtime.read<Record<string, string> | string>(0, (shard) => shard.latest(), errorName),
    committed: (key: string) => runtime.read<string | undefined>(0, (shard) => shard.committed(key), errorName),
  }
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

test('records of one turn go into one batch, each operation seeing those before it', async () => {
  const { runtime, append, endTurn, latest } = world()
  const log = new MemoryCoordinatorLog()
  await runtime.lead(0, log)
  const answers: string[] = []
  for (const more of ['a', 'b', 'c']) append(answers, 'k', more)
  assert.deepEqual(latest(), { k: 'abc' })
  assert.equal(log.batches.length, 0)
  endTurn()
  await settle()
  assert.deepEqual(
    log.batches.map((batch) => recordCountOf(batch)),
    [3],
  )
  assert.deepEqual(answers, ['a', 'ab', 'abc'])
})

test('a response leaves when its records are committed, and reads see nothing before', async () => {
  const { runtime, append, endTurn, committed } = world()
  const log = new MemoryCoordinatorLog()
  log.commitsAtOnce = false
  await runtime.lead(0, log)
  const answers: string[] = []
  append(answers, 'k', 'a')
  endTurn()
  append(answers, 'k', 'b')
  endTurn()
  await settle()
  assert.deepEqual([answers, committed('k')], [[], undefined])
  log.commit(1)
  await settle()
  assert.deepEqual([answers, committed('k')], [['a'], 'a'])
  log.commit(2)
  await settle()
  assert.deepEqual([answers, committed('k')], [['a', 'ab'], 'ab'])
})

test('an answer without records waits for the writes it may show', async () => {
  const { runtime, append, endTurn } = world()
  const log = new MemoryCoordinatorLog()
  log.commitsAtOnce = false
  await runtime.lead(0, log)
  const look = () =>
    runtime.write<object | string>(0, (shard) => ({ records: [], response: shard.latest() }), errorName)
  assert.deepEqual(look(), {})
  append([], 'k', 'a')
  const early = look()
  endTurn()
  const late = look()
  assert.ok(early instanceof Promise && late instanceof Promise)
  log.commit()
  assert.deepEqual(await Promise.all([early, late]), [{ k: 'a' }, { k: 'a' }])
  assert.deepEqual(look(), { k: 'a' })
})

test('a refused batch takes back what its operations did, and only that', async () => {
  const { runtime, append, endTurn, latest } = world()
  const log = new MemoryCoordinatorLog()
  await runtime.lead(0, log)
  const answers: string[] = []
  append(answers, 'k', 'a')
  endTurn()
  log.refusal = ErrorCode.NOT_ENOUGH_REPLICAS
  append(answers, 'k', 'b')
  append(answers, 'l', 'c')
  endTurn()
  assert.deepEqual(latest(), { k: 'a' })
  log.refusal = undefined
  append(answers, 'k', 'd')
  endTurn()
  await settle()
  assert.deepEqual(answers, ['a', 'COORDINATOR_NOT_AVAILABLE', 'COORDINATOR_NOT_AVAILABLE', 'ad'])
})

test('an operation that finds the batch full begins the next; one that fits no batch fails', async () => {
  const { runtime, append, endTurn, latest } = world()
  const log = new MemoryCoordinatorLog()
  log.batchBytesMax = 300
  await runtime.lead(0, log)
  const answers: string[] = []
  append(answers, 'k', 'x'.repeat(100))
  append(answers, 'l', 'y'.repeat(100))
  append(answers, 'm', 'z'.repeat(300))
  endTurn()
  append(answers, 'n', 'w')
  endTurn()
  await settle()
  assert.deepEqual(
    log.batches.map((batch) => recordCountOf(batch)),
    [1, 1, 1],
  )
  assert.deepEqual(Object.keys(latest()), ['k', 'l', 'n'])
  assert.deepEqual(answers.toSorted().at(0), 'UNKNOWN_SERVER_ERROR')
})

test('records that need not stay together spread over batches', async () => {
  const { runtime, endTurn } = world()
  const log = new MemoryCoordinatorLog()
  log.batchBytesMax = 300
  await runtime.lead(0, log)
  const records = Array.from({ length: 10 }, (_, i) => ({ key: `k${i}`, value: 'x'.repeat(50) }))
  const answer = runtime.write(0, () => ({ records, response: 'done', atomic: false }), errorName)
  endTurn()
  assert.equal(await answer, 'done')
  assert.ok(log.batches.length > 1)
  assert.equal(log.logEndOffset, 10)
})

test('what is not committed in time is answered, and may yet be committed', async () => {
  const { runtime, clock, append, endTurn, committed } = world()
  const log = new MemoryCoordinatorLog()
  log.commitsAtOnce = false
  await runtime.lead(0, log)
  const answers: string[] = []
  append(answers, 'k', 'a')
  endTurn()
  clock.advance(WRITE_TIMEOUT_MS)
  await settle()
  assert.deepEqual(answers, ['COORDINATOR_NOT_AVAILABLE'])
  log.commit()
  assert.equal(committed('k'), 'a')
})

test('while a shard is loaded it answers so, and after that from what the log holds', async () => {
  const { runtime, append, endTurn, latest } = world()
  const log = new MemoryCoordinatorLog()
  await runtime.lead(0, log)
  assert.equal(
    runtime.read<object | string>(1, (shard) => shard.latest(), errorName),
    'NOT_COORDINATOR',
  )
  for (const more of ['a', 'b']) append([], 'k', more)
  endTurn()
  runtime.resign(0)
  assert.equal(latest(), 'NOT_COORDINATOR')
  const loading = runtime.lead(0, log.failOver())
  assert.equal(latest(), 'COORDINATOR_LOAD_IN_PROGRESS')
  await loading
  assert.deepEqual(latest(), { k: 'ab' })
})

test('what was not committed is gone after a fail-over, and nobody was told otherwise', async () => {
  const { runtime, append, endTurn, latest } = world()
  const log = new MemoryCoordinatorLog()
  await runtime.lead(0, log)
  const answers: string[] = []
  append(answers, 'k', 'a')
  endTurn()
  log.commitsAtOnce = false
  append(answers, 'k', 'b')
  endTurn()
  append(answers, 'k', 'c')
  await runtime.lead(0, log.failOver(5))
  await settle()
  assert.deepEqual(answers, ['a', 'NOT_COORDINATOR', 'NOT_COORDINATOR'])
  assert.deepEqual(latest(), { k: 'a' })
})

test('a leader that is elected again keeps its shard, unless another was leader in between', async () => {
  const { runtime, append, endTurn } = world()
  const log = new MemoryCoordinatorLog()
  await runtime.lead(0, log)
  append([], 'k', 'a')
  endTurn()
  const shard = () =>
    runtime.read<Entries | undefined>(
      0,
      (shard) => shard,
      () => undefined,
    )
  const first = shard()
  await runtime.lead(0, log.failOver(1))
  assert.equal(shard(), first)
  await runtime.lead(0, log.failOver(3))
  assert.notEqual(shard(), first)
  assert.ok(first?.isUnloaded)
})

test('an old epoch neither begins nor ends anything', async () => {
  const { runtime, latest } = world()
  const log = new MemoryCoordinatorLog(7)
  await runtime.lead(0, log)
  await runtime.lead(0, new MemoryCoordinatorLog(6))
  runtime.resign(0, 6)
  assert.deepEqual(latest(), {})
  runtime.resign(0, 7)
  assert.equal(latest(), 'NOT_COORDINATOR')
})

test('a topic that is deleted and made again begins with a shard of its own, in a lower epoch', async () => {
  const { runtime, latest } = world()
  await runtime.lead(0, new MemoryCoordinatorLog(7))
  runtime.resign(0, 7)
  await runtime.lead(0, new MemoryCoordinatorLog(0))
  assert.deepEqual(latest(), {})
})

test('a shard that is resigned while it is loaded never answers', async () => {
  const { runtime, latest } = world()
  const loading = runtime.lead(0, new MemoryCoordinatorLog())
  runtime.resign(0)
  await loading
  assert.equal(latest(), 'NOT_COORDINATOR')
})

test('a timer writes records, and ends with its shard', async () => {
  const { runtime, clock, endTurn, latest } = world()
  const log = new MemoryCoordinatorLog()
  await runtime.lead(0, log)
  const start = (delayMs: number) =>
    runtime.read(
      0,
      (shard) => shard.timer.start(delayMs),
      () => {},
    )
  start(1000)
  start(2000)
  clock.advance(1999)
  endTurn()
  assert.deepEqual(latest(), {})
  clock.advance(1)
  endTurn()
  assert.deepEqual(latest(), { timer: 'rang' })
  start(1000)
  runtime.resign(0)
  assert.equal(clock.timerCount, 0)
})

test('replay passes over what cannot be read and applies transactions at their end', async () => {
  const { runtime, latest } = world()
  const log = new MemoryCoordinatorLog()
  const entry = (key: string | Uint8Array | null, value: string) => ({
    timestamp: 0n,
    key: typeof key === 'string' ? utf8(key) : key,
    value: utf8(value),
  })
  const transaction = (producerId: bigint) => ({ producerId, producerEpoch: 0, baseSequence: 0, transactional: true })
  log.append(encodeBatch([entry('a', '1'), entry(new Uint8Array([0]), 'bad'), entry(null, 'no key'), entry('b', '2')]))
  log.append(encodeBatch([entry('c', 'committed')], transaction(1n)))
  log.append(encodeBatch([entry('d', 'aborted')], transaction(2n)))
  log.append(encodeBatch([entry('e', 'open')], transaction(3n)))
  const damaged = encodeBatch([entry('f', 'damaged')])
  damaged[61] = 0x7f
  log.append(damaged)
  const marker = { timestamp: 0n, producerEpoch: 0 }
  log.append(encodeEndTxnMarker(ControlType.COMMIT, 0, { ...marker, producerId: 1n }))
  log.append(encodeEndTxnMarker(ControlType.ABORT, 0, { ...marker, producerId: 2n }))
  log.append(encodeBatch([entry('a', '3')], { codec: 'gzip', compute: nodeCompute }))
  await runtime.lead(0, log)
  assert.deepEqual(latest(), { a: '3', b: '2', c: 'committed' })
})

test('a log that cannot be read makes no coordinator', async () => {
  const { runtime, latest } = world()
  const log = new MemoryCoordinatorLog()
  log.logEndOffset = 10
  await runtime.lead(0, log)
  assert.equal(latest(), 'NOT_COORDINATOR')
})

test('a shard that falls out of step with its log is loaded anew', async () => {
  const { runtime, append, endTurn, latest } = world()
  const log = new MemoryCoordinatorLog()
  await runtime.lead(0, log)
  const answers: string[] = []
  append(answers, 'k', 'a')
  endTurn()
  log.append(encodeBatch([{ timestamp: 0n, key: utf8('other'), value: utf8('writer') }]))
  append(answers, 'k', 'b')
  endTurn()
  await settle()
  assert.deepEqual(answers, ['a', 'NOT_COORDINATOR'])
  assert.deepEqual(latest(), { k: 'ab', other: 'writer' })
})
