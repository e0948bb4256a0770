import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { joinBytes } from '#core'
import { ErrorCode } from '#protocol'
import { baseOffsetOf, leaderEpochOf, setBaseOffset, setLeaderEpoch } from '#protocol/records'
import type { AppendOptions } from './append.ts'
import type { Log } from './log.ts'
import { append, batch, contentOf, FOLDER, orders, sent, settle, TOPIC_ID, World } from './log-world.kit.test.ts'

const NEVER = 2 ** 63

/** The error with which a batch is refused. */
function refusal(log: Log, bytes: Uint8Array, options: Partial<AppendOptions> = {}): ErrorCode | undefined {
  return log.append(bytes, { origin: 'client', leaderEpoch: 0, ...options }).error
}

/** A leader's batch, with its offset and epoch. */
function replicated(baseOffset: number, leaderEpoch: number, values: readonly string[]): Uint8Array {
  const bytes = batch(values)
  setBaseOffset(bytes, 0, baseOffset)
  setLeaderEpoch(bytes, 0, leaderEpoch)
  return bytes
}

async function read(
  log: Log,
  offset: number,
  options: { maxBytes?: number; atLeastOne?: boolean; endOffset?: number } = {},
) {
  return log.read(offset, { maxBytes: 1_000_000, atLeastOne: true, endOffset: log.logEndOffset, ...options })
}

describe('appending', () => {
  test('gives offsets at once, and tells later what may be acknowledged', async () => {
    const world = await World.open()
    const log = await world.create()
    const told: number[] = []
    log.onStable((endOffset) => told.push(endOffset))
    assert.deepEqual(append(log, batch(3)), {
      baseOffset: 0,
      lastOffset: 2,
      logAppendTimeMs: -1,
      logStartOffset: 0,
      duplicate: false,
    })
    assert.equal(append(log, batch(2)).baseOffset, 3)
    assert.deepEqual([log.logEndOffset, log.stableEndOffset, log.highWatermark], [5, 0, 0])
    await settle()
    assert.deepEqual(told, [5])
    assert.equal(log.stableEndOffset, 5)
    assert.deepEqual([log.topicPartition, log.topicId], [orders, TOPIC_ID])
  })

  test('writes offset and leader epoch into the bytes that came, and keeps these', async () => {
    const world = await World.open({ tailBytes: 1_000_000 })
    const log = await world.create()
    append(log, batch(3))
    const bytes = batch(['x'])
    append(log, bytes, { leaderEpoch: 4 })
    assert.deepEqual([baseOffsetOf(bytes), leaderEpochOf(bytes)], [3, 4])
    const slice = log.read(3, { maxBytes: 1000, atLeastOne: true, endOffset: 4 })
    assert.ok(!(slice instanceof Promise), 'the tail answers at once')
    assert.equal(slice.chunks[0], bytes)
  })

  test('takes all batches of a coordinator together', async () => {
    const world = await World.open()
    const log = await world.create()
    const run = joinBytes([batch(['a', 'b']), batch(['c'])])
    const { baseOffset, lastOffset } = append(log, run, { origin: 'coordinator', leaderEpoch: 2 })
    assert.deepEqual([baseOffset, lastOffset], [0, 2])
    assert.deepEqual([...(await contentOf(log)).values()], ['a', 'b', 'c'])
  })

  test('what a client may not send is refused with the reason, and changes nothing', async () => {
    const world = await World.open({ config: { segmentBytes: 2000, maxMessageBytes: 5000 } })
    const log = await world.create()
    const damaged = batch(1)
    damaged[damaged.length - 1]! ^= 1
    assert.equal(refusal(log, damaged), ErrorCode.CORRUPT_MESSAGE)
    assert.equal(refusal(log, joinBytes([batch(1), batch(1)])), ErrorCode.INVALID_RECORD)
    assert.equal(refusal(log, batch(['x'.repeat(6000)])), ErrorCode.MESSAGE_TOO_LARGE)
    assert.equal(refusal(log, batch(['x'.repeat(3000)])), ErrorCode.RECORD_LIST_TOO_LARGE)
    assert.equal(log.logEndOffset, 0)
  })

  test("stamps records with the broker's clock where the topic wants it", async () => {
    const world = await World.open({ config: { timestampType: 'LogAppendTime' } })
    const log = await world.create()
    assert.equal(append(log, batch(2, { timestamp: 5 })).logAppendTimeMs, world.clock.nowMs())
  })

  test('BAD-97 a follower keeps the offsets and epochs of its leader, and takes only what is whole and follows on', async () => {
    const world = await World.open()
    const log = await world.create()
    const replica = { origin: 'replica' } as const
    append(log, replicated(0, 3, ['a', 'b']), replica)
    append(log, replicated(5, 4, ['f']), replica)
    assert.deepEqual(
      [...(await contentOf(log))],
      [
        [0, 'a'],
        [1, 'b'],
        [5, 'f'],
      ],
    )
    assert.deepEqual([log.logEndOffset, log.latestEpoch], [6, 4])
    assert.equal(refusal(log, replicated(5, 4, ['again']), replica), ErrorCode.CORRUPT_MESSAGE)
    assert.equal(refusal(log, replicated(6, 3, ['older']), replica), ErrorCode.CORRUPT_MESSAGE)
    assert.equal(refusal(log, replicated(6, 4, ['cut']).subarray(0, 65), replica), ErrorCode.CORRUPT_MESSAGE)
    const halfGood = joinBytes([replicated(6, 4, ['good']), new Uint8Array(100)])
    assert.equal(refusal(log, halfGood, replica), ErrorCode.CORRUPT_MESSAGE)
    assert.equal(log.logEndOffset, 6)
  })
})

describe('an idempotent producer', () => {
  test('gets the first offsets again for each of its last five batches', async () => {
    const log = await (await World.open()).create()
    const batches = [0, 3, 6, 9, 12, 15].map((sequence) => sent(7n, sequence, 3))
    const copies = batches.map((bytes) => bytes.slice())
    for (const bytes of batches) append(log, bytes)
    for (const [i, copy] of copies.slice(1).entries()) {
      const { baseOffset, lastOffset, duplicate } = append(log, copy)
      assert.deepEqual([baseOffset, lastOffset, duplicate], [3 * i + 3, 3 * i + 5, true])
    }
    assert.equal(refusal(log, copies[0]!), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, 'the sixth is forgotten')
    assert.equal(log.logEndOffset, 18)
  })

  test('may leave no gap, and begins at 0 in a new epoch', async () => {
    const log = await (await World.open()).create()
    append(log, sent(7n, 0, 2))
    assert.equal(refusal(log, sent(7n, 3, 1)), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
    assert.equal(refusal(log, sent(7n, 1, 1)), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
    assert.equal(refusal(log, sent(7n, 2, 1, { producerEpoch: 1 })), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
    append(log, sent(7n, 0, 1, { producerEpoch: 1 }))
    assert.equal(refusal(log, sent(7n, 2, 1)), ErrorCode.INVALID_PRODUCER_EPOCH)
    append(log, sent(7n, 1, 1, { producerEpoch: 1 }))
  })

  test('is taken as it comes where the partition does not know it, as Kafka does since KIP-360', async () => {
    const log = await (await World.open()).create()
    append(log, sent(8n, 40, 2))
    append(log, sent(8n, 42, 1))
  })

  test('goes on with 0 after the greatest sequence, also within a batch', async () => {
    const log = await (await World.open()).create()
    append(log, sent(7n, 2 ** 31 - 1, 1))
    append(log, sent(7n, 0, 1))
    append(log, sent(9n, 2 ** 31 - 2, 4))
    append(log, sent(9n, 2, 1))
    assert.equal(log.activeProducers().find(({ producerId }) => producerId === 9n)?.lastSequence, 2)
  })

  test('is forgotten when it has been silent for long, but not with a transaction open', async () => {
    const world = await World.open({ producerIdExpirationMs: 1000 })
    const log = await world.create()
    const timestamp = world.clock.nowMs()
    append(log, sent(7n, 0, 1, { timestamp }))
    append(log, sent(8n, 0, 1, { timestamp, transactional: true }))
    world.clock.advance(999)
    await world.directory.maintain(world.clock.nowMs())
    assert.equal(log.activeProducers().length, 2)
    world.clock.advance(1)
    await world.directory.maintain(world.clock.nowMs())
    assert.deepEqual(
      log.activeProducers().map(({ producerId }) => producerId),
      [8n],
    )
  })

  test('is recognised after a restart and after a crash', async () => {
    const world = await World.open()
    const log = await world.create()
    const first = sent(7n, 0, 2)
    const copies = [first.slice(), first.slice()]
    append(log, first)
    const { world: restarted, log: again } = await world.reopen()
    assert.equal(append(again, copies[0]!).duplicate, true)
    append(again, sent(7n, 2, 1))
    await settle()
    const { log: recovered } = await restarted.crash()
    assert.equal(refusal(recovered, sent(7n, 4, 1)), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
    append(recovered, sent(7n, 3, 1))
  })
})

describe('reading', () => {
  for (const [place, tailBytes] of [
    ['memory', 1_000_000],
    ['disk', 0],
  ] as const) {
    test(`gives whole batches from the one that has the offset on (${place})`, async () => {
      const world = await World.open({ tailBytes })
      const log = await world.create()
      const sizes: number[] = []
      for (const count of [3, 1, 4, 2]) {
        const bytes = batch(count)
        sizes.push(bytes.length)
        append(log, bytes)
      }
      await settle()
      const all = await read(log, 1)
      assert.deepEqual([all.error, all.baseOffset, all.nextOffset], [0, 0, 10])
      assert.equal(
        all.sizeBytes,
        sizes.reduce((a, b) => a + b),
      )
      const two = await read(log, 3, { maxBytes: sizes[1]! + sizes[2]! })
      assert.deepEqual([two.baseOffset, two.nextOffset], [3, 8])
      const oneLess = await read(log, 3, { maxBytes: sizes[1]! + sizes[2]! - 1 })
      assert.deepEqual([oneLess.baseOffset, oneLess.nextOffset], [3, 4])
      const forced = await read(log, 4, { maxBytes: 1 })
      assert.deepEqual([forced.baseOffset, forced.nextOffset, forced.sizeBytes], [4, 8, sizes[2]])
      const nothing = await read(log, 4, { maxBytes: 1, atLeastOne: false })
      assert.deepEqual([nothing.error, nothing.sizeBytes, nothing.nextOffset], [0, 0, 4])
    })

    test(`stops before the end it is given: a batch that reaches beyond it is left out (${place})`, async () => {
      const world = await World.open({ tailBytes })
      const log = await world.create()
      for (const count of [3, 2, 2]) append(log, batch(count))
      await settle()
      assert.equal((await read(log, 0, { endOffset: 5 })).nextOffset, 5)
      assert.equal((await read(log, 0, { endOffset: 4 })).nextOffset, 3)
      assert.equal((await read(log, 0, { endOffset: 2 })).sizeBytes, 0)
      assert.equal((await read(log, 3, { endOffset: 3 })).sizeBytes, 0)
    })
  }

  test('an offset that the log does not have is out of range', async () => {
    const log = await (await World.open()).create()
    append(log, batch(3))
    await settle()
    log.advanceHighWatermark(3)
    log.advanceLogStartOffset(2)
    assert.equal((await read(log, 1)).error, ErrorCode.OFFSET_OUT_OF_RANGE)
    assert.equal((await read(log, 4)).error, ErrorCode.OFFSET_OUT_OF_RANGE)
    assert.deepEqual([(await read(log, 3)).error, (await read(log, 3)).sizeBytes], [0, 0])
  })

  test('waits for what has left the memory before the disk had it', async () => {
    const log = await (await World.open({ tailBytes: 0 })).create()
    append(log, batch(['a']))
    const slice = await read(log, 0)
    assert.equal(slice.nextOffset, 1)
  })

  test('finds its place by the index in a long segment, and in many', async () => {
    for (const segmentBytes of [1_000_000, 1000]) {
      const world = await World.open({ config: { segmentBytes, indexIntervalBytes: 200 } })
      const log = await world.create()
      for (let i = 0; i < 200; i++) append(log, batch([`record ${i}`]))
      const { log: again } = await world.reopen()
      for (const offset of [0, 1, 57, 123, 198, 199]) {
        const { chunks, baseOffset } = await read(again, offset, { maxBytes: 1 })
        assert.equal(baseOffset, offset)
        assert.ok(Buffer.from(chunks[0]!).includes(`record ${offset}`))
      }
    }
  })

  test('gives batches whole that are longer than what is asked for, wherever the index leads', async () => {
    for (const indexIntervalBytes of [200, 50_000]) {
      const world = await World.open({ config: { indexIntervalBytes } })
      const log = await world.create()
      for (const letter of 'abcdef') append(log, batch([letter.repeat(20_000)]))
      await settle()
      const readAll = async (from: Log) => {
        for (let offset = 0; offset < 6; offset++) {
          const { error, baseOffset, nextOffset } = await read(from, offset, { maxBytes: 1000 })
          assert.deepEqual([error, baseOffset, nextOffset], [0, offset, offset + 1])
        }
      }
      await readAll(log)
      await readAll((await world.reopen()).log)
    }
  })

  test('goes over what compaction has taken', async () => {
    const world = await World.open({ config: { segmentBytes: 200 } })
    const log = await world.create()
    for (const offset of [0, 10, 20, 35]) append(log, replicated(offset, 0, [`at ${offset}`]), { origin: 'replica' })
    await settle()
    assert.ok(log.segmentCount > 1)
    assert.equal((await read(log, 11)).baseOffset, 20)
    assert.equal((await read(log, 21)).baseOffset, 35)
    assert.deepEqual([...(await contentOf(log)).keys()], [0, 10, 20, 35])
  })

  test('never serves a damaged batch: what is before it ends the slice, behind it begins an error', async () => {
    const world = await World.open()
    const log = await world.create()
    const first = batch(['a', 'b'])
    append(log, first)
    append(log, batch(['c']))
    await settle()
    world.disk.corrupt(`${FOLDER}/00000000000000000000.log`, first.length + 65, new Uint8Array([0xff]))
    const good = await read(log, 0)
    assert.deepEqual([good.error, good.nextOffset], [0, 2])
    assert.equal((await read(log, 2)).error, ErrorCode.CORRUPT_MESSAGE)
  })

  test('sums a batch that was read when ten minutes have passed, and at once where it was cut and written anew', async () => {
    const world = await World.open()
    const log = await world.create()
    append(log, batch(['a', 'b']))
    await settle()
    const spoil = () => world.disk.corrupt(`${FOLDER}/00000000000000000000.log`, 65, new Uint8Array([0xff]))
    assert.equal((await read(log, 0)).nextOffset, 2)
    world.clock.advance(9 * 60_000)
    spoil()
    assert.equal((await read(log, 0)).nextOffset, 2, 'its header is as it was')
    world.clock.advance(60_000)
    assert.equal((await read(log, 0)).error, ErrorCode.CORRUPT_MESSAGE)

    await log.truncateTo(0)
    append(log, batch(['c', 'd']))
    await settle()
    assert.equal((await read(log, 0)).nextOffset, 2)
    await log.truncateTo(0)
    append(log, batch(['e', 'f']))
    await settle()
    spoil()
    assert.equal((await read(log, 0)).error, ErrorCode.CORRUPT_MESSAGE)
  })

  test("notices a base offset that is not the batch's own, which no checksum covers", async () => {
    const world = await World.open()
    const log = await world.create()
    const sizes = [batch(['a']), batch(['b']), batch(['c'])].map((bytes) => {
      append(log, bytes)
      return bytes.length
    })
    await settle()
    world.disk.corrupt(`${FOLDER}/00000000000000000000.log`, sizes[0]! + 7, new Uint8Array([9]))
    const slice = await read(log, 0)
    assert.deepEqual([slice.error, slice.nextOffset], [0, 1])
    assert.equal((await read(log, 1)).error, ErrorCode.CORRUPT_MESSAGE)
  })

  test('makes an index anew that leads elsewhere', async () => {
    for (const segmentBytes of [1_000_000, 2000]) {
      const world = await World.open({ config: { segmentBytes, indexIntervalBytes: 100 } })
      const log = await world.create()
      for (let i = 0; i < 40; i++) append(log, batch([`record ${i}`]))
      await world.close()
      const index = `${FOLDER}/00000000000000000000.index`
      const content = await world.disk.readFile(index)
      for (let at = 7; at < content.length - 8; at += 8)
        world.disk.corrupt(index, at, new Uint8Array([content[at]! ^ 1]))
      const again = await World.open({ ...world.options, disk: world.disk })
      const log2 = await again.openLog()
      for (let offset = 0; offset < 40; offset++) {
        const slice = await read(log2, offset, { maxBytes: 1 })
        assert.deepEqual([slice.error, slice.baseOffset], [0, offset])
      }
    }
  })
})

describe('segments', () => {
  const timestamp = 1_000_000

  test('are rolled when they are full, by size and by index', async () => {
    const log = await (await World.open({ config: { segmentBytes: 1000 } })).create()
    for (let i = 0; i < 10; i++) append(log, batch(['x'.repeat(150)]))
    assert.equal(log.segmentCount, 3)
    const indexed = await (await World.open({ config: { segmentIndexBytes: 24, indexIntervalBytes: 0 } })).create()
    for (let i = 0; i < 10; i++) append(indexed, batch(1))
    assert.equal(indexed.segmentCount, 5, 'a time index of two entries keeps one for the end')
  })

  test('are rolled when their records span segment.ms, less a jitter', async () => {
    const log = await (await World.open({ config: { segmentMs: 1000 } })).create()
    append(log, batch(1, { timestamp }))
    append(log, batch(1, { timestamp: timestamp + 1000 }))
    assert.equal(log.segmentCount, 1)
    append(log, batch(1, { timestamp: timestamp + 1001 }))
    assert.equal(log.segmentCount, 2)
    const jittered = await (await World.open({ config: { segmentMs: 1000, segmentJitterMs: 1000 } })).create()
    append(jittered, batch(1, { timestamp }))
    append(jittered, batch(1, { timestamp: timestamp + 1000 }))
    assert.equal(jittered.segmentCount, 2)
  })

  test('without timestamps are rolled by their own age', async () => {
    const world = await World.open({ config: { segmentMs: 1000 } })
    const log = await world.create()
    append(log, batch(1, { timestamp: -1 }))
    world.clock.advance(1001)
    append(log, batch(1, { timestamp: -1 }))
    assert.equal(log.segmentCount, 2)
  })

  test('are rolled before an offset lies too far from their base', async () => {
    const log = await (await World.open()).create()
    append(log, replicated(0, 0, ['near']), { origin: 'replica' })
    append(log, replicated(2 ** 31 - 1, 0, ['last']), { origin: 'replica' })
    assert.equal(log.segmentCount, 1)
    append(log, replicated(2 ** 31, 0, ['far']), { origin: 'replica' })
    assert.equal(log.segmentCount, 2)
  })

  test('are synced when rolled, whatever the topic says, with a snapshot of the producers', async () => {
    const world = await World.open({ config: { flushMessages: NEVER } })
    const log = await world.create()
    append(log, sent(7n, 0, 3))
    log.roll()
    await settle()
    assert.equal(log.recoveryPoint, 3)
    const { log: recovered } = await world.crash()
    assert.equal(recovered.logEndOffset, 3)
    assert.equal(refusal(recovered, sent(7n, 5, 1)), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
  })
})

describe('what may be acknowledged', () => {
  test('with flush.messages=1 waits for the sync; in page-cache mode only for the write', async () => {
    for (const flushMessages of [1, NEVER]) {
      const world = await World.open({ config: { flushMessages } })
      const log = await world.create()
      const release = world.disk.hold('sync')
      append(log, batch(2))
      await settle()
      assert.equal(log.stableEndOffset, flushMessages === 1 ? 0 : 2)
      release()
      await settle()
      assert.equal(log.stableEndOffset, 2)
    }
  })

  test('with flush.messages=n runs ahead of the disk by fewer than n records', async () => {
    const world = await World.open({ config: { flushMessages: 5 } })
    const log = await world.create()
    append(log, batch(4))
    await settle()
    assert.deepEqual([log.stableEndOffset, log.recoveryPoint], [4, 0])
    const release = world.disk.hold('sync')
    append(log, batch(1))
    await settle()
    assert.equal(log.stableEndOffset, 4)
    release()
    await settle()
    assert.deepEqual([log.stableEndOffset, log.recoveryPoint], [5, 5])
  })

  test('with flush.ms is synced after that long', async () => {
    const world = await World.open({ config: { flushMessages: NEVER, flushMs: 1000 } })
    const log = await world.create()
    append(log, batch(4))
    await settle()
    await world.directory.maintain(world.clock.nowMs() + 999)
    await settle()
    assert.equal(log.recoveryPoint, 0)
    await world.directory.maintain(world.clock.nowMs() + 1000)
    await settle()
    assert.equal(log.recoveryPoint, 4)
  })

  test('leaves in one write for all appends of a turn, and for all that come during a write', async () => {
    const world = await World.open({ config: { flushMessages: NEVER } })
    const log = await world.create()
    await settle()
    const told: number[] = []
    log.onStable((endOffset) => told.push(endOffset))
    for (let i = 0; i < 10; i++) append(log, batch(1))
    const release = world.disk.hold('write')
    await settle()
    for (let i = 0; i < 10; i++) append(log, batch(1))
    release()
    await settle()
    assert.deepEqual(told, [10, 20])
  })
})

describe('under a load that never ends', () => {
  test('flushes, lookups and reads wait for what was appended before them, not for all', async () => {
    const world = await World.open({ config: { flushMessages: NEVER } })
    const log = await world.create()
    let isOver = false
    const told = log.onStable(() => {
      if (!isOver) append(log, batch(1))
    })
    append(log, batch(1, { timestamp: 500 }))
    await log.flush()
    assert.equal((await log.offsetForTimestamp(0n))?.offset, 0)
    assert.equal((await read(log, log.logEndOffset - 1)).error, 0)
    isOver = true
    told()
  })
})

describe('timestamps', () => {
  test('lead to the first record that is not older, over segments and within batches', async () => {
    const world = await World.open({ config: { segmentBytes: 300, indexIntervalBytes: 100 } })
    const log = await world.create()
    for (const timestamp of [100, 300, 200, 400, 500, 450, 600])
      append(log, batch(2, { timestamp }), { leaderEpoch: 3 })
    const found = async (timestamp: number) => (await log.offsetForTimestamp(BigInt(timestamp)))?.offset
    assert.deepEqual(await log.offsetForTimestamp(150n), { offset: 2, timestampMs: 300n, leaderEpoch: 3 })
    assert.deepEqual(await Promise.all([0, 100, 101, 300, 301, 450, 501, 600, 601].map(found)), [
      0,
      0,
      2,
      2,
      6,
      8,
      12,
      12,
      undefined,
    ])
    assert.deepEqual(await log.offsetOfMaxTimestamp(), { offset: 12, timestampMs: 600n, leaderEpoch: 3 })
    const { log: again } = await world.reopen()
    assert.equal((await again.offsetForTimestamp(301n))?.offset, 6)
    assert.equal((await again.offsetOfMaxTimestamp())?.offset, 12)
  })

  test('do not lead below the start of the log, nor anywhere in an empty one', async () => {
    const log = await (await World.open()).create()
    assert.equal(await log.offsetForTimestamp(0n), undefined)
    assert.equal(await log.offsetOfMaxTimestamp(), undefined)
    append(log, batch(4, { timestamp: 100 }))
    await settle()
    log.advanceHighWatermark(4)
    log.advanceLogStartOffset(2)
    assert.equal((await log.offsetForTimestamp(0n))?.offset, 2)
  })
})

describe('leader epochs', () => {
  test('tell where each ended', async () => {
    const log = await (await World.open()).create()
    append(log, batch(3), { leaderEpoch: 1 })
    append(log, batch(2), { leaderEpoch: 4 })
    log.assignEpoch(6)
    assert.deepEqual(log.endOffsetForEpoch(6), { epoch: 6, endOffset: 5 })
    assert.deepEqual(log.endOffsetForEpoch(5), { epoch: 4, endOffset: 5 })
    assert.deepEqual(log.endOffsetForEpoch(3), { epoch: 1, endOffset: 3 })
    assert.deepEqual(log.endOffsetForEpoch(0), { epoch: 0, endOffset: 0 })
    assert.deepEqual(log.endOffsetForEpoch(7), { epoch: -1, endOffset: -1 })
    assert.deepEqual(log.endOffsetForEpoch(-1), { epoch: -1, endOffset: -1 })
    assert.deepEqual([log.epochAt(0), log.epochAt(2), log.epochAt(3), log.latestEpoch], [1, 1, 4, 6])
  })

  test('survive a restart, and a crash as far as there are records of them', async () => {
    const world = await World.open()
    const log = await world.create()
    append(log, batch(3), { leaderEpoch: 1 })
    append(log, batch(2), { leaderEpoch: 4 })
    const { world: restarted, log: again } = await world.reopen()
    append(again, batch(2), { leaderEpoch: 5 })
    again.assignEpoch(9)
    await settle()
    const { log: recovered } = await restarted.crash()
    assert.deepEqual([recovered.latestEpoch, recovered.epochAt(0), recovered.epochAt(4)], [5, 1, 4])
  })
})

describe('cutting', () => {
  test('lets those go on who wait for the disk to have what was cut', async () => {
    const world = await World.open()
    const log = await world.create()
    append(log, batch(4))
    const release = world.disk.hold('sync')
    const flushed = log.flush()
    await settle()
    const cut = log.truncateTo(0)
    await settle()
    release()
    await Promise.all([flushed, cut])
    assert.equal(log.recoveryPoint, 0)
  })

  test('removes what a leader does not have, and appends in its place', async () => {
    const world = await World.open({ config: { segmentBytes: 300 } })
    const log = await world.create()
    for (let i = 0; i < 6; i++) append(log, batch([`a${i}`, `b${i}`]), { leaderEpoch: i })
    await log.truncateTo(5)
    assert.deepEqual([log.logEndOffset, log.latestEpoch], [4, 1], 'a batch goes as a whole')
    append(log, batch(['new']), { leaderEpoch: 9 })
    assert.deepEqual([...(await contentOf(log)).values()], ['a0', 'b0', 'a1', 'b1', 'new'])
    const { log: again } = await world.reopen()
    assert.deepEqual([...(await contentOf(again)).values()], ['a0', 'b0', 'a1', 'b1', 'new'])
    assert.deepEqual(again.endOffsetForEpoch(1), { epoch: 1, endOffset: 4 })
  })

  test('at the end of the log forgets an epoch that never wrote', async () => {
    const log = await (await World.open()).create()
    append(log, batch(3), { leaderEpoch: 1 })
    log.assignEpoch(2)
    await log.truncateTo(3)
    assert.equal(log.latestEpoch, 1)
  })

  test('takes back what producers wrote, so that they may write it again', async () => {
    const log = await (await World.open()).create()
    append(log, sent(7n, 0, 2))
    append(log, sent(7n, 2, 2, { transactional: true }))
    await log.truncateTo(2)
    assert.deepEqual(
      log.activeProducers().map(({ lastSequence, currentTxnStartOffset }) => [lastSequence, currentTxnStartOffset]),
      [[1, -1]],
    )
    append(log, sent(7n, 2, 1))
  })

  test('a follower that is too far behind begins anew', async () => {
    const world = await World.open({ config: { segmentBytes: 300 } })
    const log = await world.create()
    for (let i = 0; i < 6; i++) append(log, batch(2))
    await log.truncateFullyAndStartAt(1000)
    assert.deepEqual([log.logStartOffset, log.logEndOffset, log.highWatermark], [1000, 1000, 1000])
    append(log, replicated(1000, 7, ['x']), { origin: 'replica' })
    const { world: restarted, log: again } = await world.reopen()
    assert.deepEqual([again.logStartOffset, again.logEndOffset], [1000, 1001])
    assert.deepEqual(
      (await restarted.disk.list(FOLDER)).map(({ name }) => name).filter((name) => name.endsWith('.log')),
      ['00000000000000001000.log'],
    )
  })
})
