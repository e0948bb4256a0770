import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ErrorCode } from '#protocol'
import { ControlType, encodeEndTxnMarker } from '#protocol/records'
import type { Log } from './log.ts'
import { append, sent, settle, World } from './log-world.kit.test.ts'
import { parseProducerSnapshot, producerSnapshot } from './producer-snapshot.ts'

const coordinator = { origin: 'coordinator' } as const

function marker(type: 'ABORT' | 'COMMIT', producerId: bigint, { epoch = 0, coordinatorEpoch = 1 } = {}): Uint8Array {
  return encodeEndTxnMarker(ControlType[type], coordinatorEpoch, { timestamp: 1000, producerId, producerEpoch: epoch })
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

async function abortedIn(log: Log, from = 0, to = log.logEndOffset): Promise<number[][]> {
  const aborted = await log.abortedTransactions(from, to)
  return aborted.map(({ producerId, firstOffset, lastOffset, lastStableOffset }) => [
    Number(producerId),
    firstOffset,
    lastOffset,
    lastStableOffset,
  ])
}

/** Two transactions that overlap: 7 aborts at 6, 8 commits at 7. */
async function overlapping(log: Log): Promise<void> {
  append(log, sent(7n, 0, 2, { transactional: true }))
  append(log, sent(8n, 0, 2, { transactional: true }))
  append(log, sent(9n, 0, 2))
  append(log, marker('ABORT', 7n), coordinator)
  append(log, marker('COMMIT', 8n), coordinator)
  await settle()
}

describe('transactions of a partition', () => {
  test('hold the last stable offset until they are decided and the decision is committed', async () => {
    const log = await (await World.open()).create()
    append(log, sent(9n, 0, 1))
    append(log, sent(7n, 0, 2, { transactional: true }))
    append(log, sent(8n, 0, 2, { transactional: true }))
    await settle()
    log.advanceHighWatermark(5)
    assert.equal(log.lastStableOffset, 1)
    append(log, marker('COMMIT', 7n), coordinator)
    assert.equal(log.lastStableOffset, 1, 'the marker is not below the high watermark yet')
    log.advanceHighWatermark(6)
    assert.equal(log.lastStableOffset, 3)
    append(log, marker('ABORT', 8n), coordinator)
    log.advanceHighWatermark(7)
    assert.equal(log.lastStableOffset, 7)
  })

  test('that were aborted are told to whom they concern', async () => {
    const log = await (await World.open()).create()
    await overlapping(log)
    assert.deepEqual(await abortedIn(log), [[7, 0, 6, 2]])
    assert.deepEqual(await abortedIn(log, 7), [])
    assert.deepEqual(await abortedIn(log, 0, 0), [])
  })

  test('are known again after a restart, after a crash, and over segments', async () => {
    for (const segmentBytes of [1_000_000, 250]) {
      const world = await World.open({ config: { segmentBytes } })
      const log = await world.create()
      await overlapping(log)
      append(log, sent(7n, 2, 1, { transactional: true }))
      const { world: restarted, log: again } = await world.reopen()
      assert.deepEqual(await abortedIn(again), [[7, 0, 6, 2]])
      again.advanceHighWatermark(9)
      assert.equal(again.lastStableOffset, 8)
      append(again, marker('ABORT', 7n), coordinator)
      await settle()
      const { log: recovered } = await restarted.crash()
      assert.deepEqual(await abortedIn(recovered), [
        [7, 0, 6, 2],
        [7, 8, 9, 10],
      ])
    }
  })

  test('a producer may not write outside of the one that it has open', async () => {
    const log = await (await World.open()).create()
    append(log, sent(7n, 0, 1, { transactional: true }))
    const { error } = log.append(sent(7n, 1, 1), { origin: 'client', leaderEpoch: 0 })
    assert.equal(error, ErrorCode.INVALID_TXN_STATE)
  })

  test('a marker of an older epoch, or of a coordinator that was replaced, is refused', async () => {
    const log = await (await World.open()).create()
    append(log, sent(7n, 0, 1, { transactional: true, producerEpoch: 3 }))
    append(log, marker('COMMIT', 7n, { epoch: 3, coordinatorEpoch: 5 }), coordinator)
    const refused = (bytes: Uint8Array, transactionVersion = 0) =>
      log.append(bytes, { ...coordinator, leaderEpoch: 0, transactionVersion }).error
    assert.equal(refused(marker('COMMIT', 7n, { epoch: 2, coordinatorEpoch: 5 })), ErrorCode.INVALID_PRODUCER_EPOCH)
    assert.equal(
      refused(marker('COMMIT', 7n, { epoch: 3, coordinatorEpoch: 4 })),
      ErrorCode.TRANSACTION_COORDINATOR_FENCED,
    )
    assert.equal(refused(marker('COMMIT', 7n, { epoch: 3, coordinatorEpoch: 5 }), 2), undefined, 'a retry does no harm')
  })

  test('of version 2 end with an epoch of their own (KIP-890)', async () => {
    const log = await (await World.open()).create()
    append(log, sent(7n, 0, 1, { transactional: true, producerEpoch: 3 }))
    const version2 = { ...coordinator, leaderEpoch: 0, transactionVersion: 2 }
    assert.equal(log.append(marker('COMMIT', 7n, { epoch: 3 }), version2).error, ErrorCode.INVALID_PRODUCER_EPOCH)
    assert.equal(log.append(marker('COMMIT', 7n, { epoch: 4 }), version2).error, undefined)
    const late = log.append(sent(7n, 1, 1, { transactional: true, producerEpoch: 3 }), {
      origin: 'client',
      leaderEpoch: 0,
    })
    assert.equal(late.error, ErrorCode.INVALID_PRODUCER_EPOCH)
  })
})

describe('a snapshot of producers', () => {
  // What Kafka 4.4 wrote for these two producers.
  const kafka = bytesOf(
    '00019bb701be000000020000000000000007000300000004000000000000000b0000000200000000000003e8ffffffffffffffff' +
      'ffffffff00000000000000080000ffffffffffffffffffffffff0000000000000000000007d000000005ffffffffffffffff',
  )
  const producers = [
    {
      producerId: 7n,
      producerEpoch: 3,
      batches: [{ lastSequence: 4, lastOffset: 11, offsetDelta: 2, timestamp: 1000n }],
      lastTimestamp: 1000n,
      coordinatorEpoch: -1,
      currentTxnFirstOffset: -1,
    },
    {
      producerId: 8n,
      producerEpoch: 0,
      batches: [],
      lastTimestamp: 2000n,
      coordinatorEpoch: 5,
      currentTxnFirstOffset: -1,
    },
  ]

  test('is what Kafka writes, and reads', () => {
    assert.deepEqual(producerSnapshot(producers), kafka)
    assert.deepEqual(parseProducerSnapshot(kafka), producers)
    assert.equal(producerSnapshot([]).length, 10)
  })

  test('that is damaged anywhere is not read', () => {
    for (let at = 0; at < kafka.length; at++) {
      const damaged = kafka.slice()
      damaged[at]! ^= 1 << (at % 8)
      assert.equal(parseProducerSnapshot(damaged), undefined, `byte ${at}`)
      assert.equal(parseProducerSnapshot(kafka.subarray(0, at)), undefined)
    }
  })
})
