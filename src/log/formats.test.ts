import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { crc32c, utf8 } from '#core'
import { cleanShutdown, parseCleanShutdown } from './clean-shutdown.ts'
import { isPassingFolder, offsetInName, partitionOfFolder, passingFolder, segmentName } from './file-names.ts'
import { LeaderEpochs, parseLeaderEpochs } from './leader-epochs.ts'
import { offsetCheckpoint, parseOffsetCheckpoint } from './offset-checkpoint.ts'
import { parsePartitionMetadata, partitionMetadata } from './partition-metadata.ts'
import { parseProducerSnapshot, producerSnapshot } from './producer-snapshot.ts'

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

describe("Kafka's small files", () => {
  test('checkpoints of offsets', () => {
    const written = offsetCheckpoint([
      [{ topic: '__consumer_offsets', partition: 43 }, 0],
      [{ topic: 'a.b-c', partition: 0 }, 12027],
    ])
    assert.equal(text(written), '0\n2\n__consumer_offsets 43 0\na.b-c 0 12027\n')
    assert.deepEqual(
      parseOffsetCheckpoint(written),
      new Map([
        ['__consumer_offsets-43', 0],
        ['a.b-c-0', 12027],
      ]),
    )
    assert.deepEqual(parseOffsetCheckpoint(utf8('')), new Map(), 'as Kafka creates them')
    assert.deepEqual(parseOffsetCheckpoint(utf8('0\n0\n')), new Map())
  })

  test('a checkpoint that is damaged says nothing at all', () => {
    for (const damaged of [
      '1\n0\n',
      '0\n2\na 0 1\n',
      '0\n1\na 0 1',
      '0\n1\na 0\n',
      '0\n1\na 0 -1\n',
      '0\n1\na 0 99999999999999999999\n',
      '0\n1\na b 0 1\n',
      '\0\0\0\0',
      '\xff',
    ]) {
      assert.equal(parseOffsetCheckpoint(utf8(damaged)), undefined, JSON.stringify(damaged))
    }
  })

  test('BAD-94 a producer snapshot with an offset beyond 2^53 is damaged, though its sum is right', () => {
    const batches = [{ lastSequence: 4, lastOffset: 9, offsetDelta: 4, timestamp: 77n }]
    const producer = { producerId: 5n, producerEpoch: 1, batches, lastTimestamp: 77n, coordinatorEpoch: 0 }
    for (const at of [14, 38]) {
      const bytes = producerSnapshot([{ ...producer, currentTxnFirstOffset: -1 }])
      assert.equal(parseProducerSnapshot(bytes)?.length, 1)
      bytes.set([0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 10 + at)
      new DataView(bytes.buffer).setUint32(2, crc32c(bytes.subarray(6)))
      assert.equal(parseProducerSnapshot(bytes), undefined)
    }
  })

  test('leader epochs', () => {
    const epochs = new LeaderEpochs()
    epochs.assign(0, 0)
    epochs.assign(3, 17)
    assert.equal(text(epochs.toFile()), '0\n2\n0 0\n3 17\n')
    assert.deepEqual(parseLeaderEpochs(epochs.toFile())?.entries, epochs.entries)
    for (const damaged of ['0\n2\n3 0\n0 17\n', '0\n2\n0 17\n3 0\n', '0\n1\n0\n', '0\n1\nx 0\n', '0\n2\n0 0\n']) {
      assert.equal(parseLeaderEpochs(utf8(damaged)), undefined, JSON.stringify(damaged))
    }
  })

  test('an epoch in which nothing was written gives way; what contradicts a new one goes', () => {
    const epochs = new LeaderEpochs()
    epochs.assign(1, 10)
    epochs.assign(2, 20)
    epochs.assign(3, 20)
    assert.deepEqual(epochs.entries, [
      { epoch: 1, startOffset: 10 },
      { epoch: 3, startOffset: 20 },
    ])
    epochs.assign(3, 25)
    assert.equal(epochs.entries.at(-1)?.startOffset, 20)
    epochs.truncateFromStart(22)
    assert.deepEqual(epochs.entries, [{ epoch: 3, startOffset: 22 }])
    epochs.truncateFromEnd(22)
    assert.deepEqual([epochs.entries, epochs.latest], [[], -1])
  })

  test('partition.metadata', () => {
    const written = partitionMetadata('jWoDUkekQkGofl7qffTGMQ')
    assert.equal(text(written), 'version: 0\ntopic_id: jWoDUkekQkGofl7qffTGMQ')
    assert.equal(parsePartitionMetadata(written), 'jWoDUkekQkGofl7qffTGMQ')
    for (const damaged of ['', 'version: 1\ntopic_id: jWoDUkekQkGofl7qffTGMQ', 'version: 0\ntopic_id: short']) {
      assert.equal(parsePartitionMetadata(utf8(damaged)), undefined)
    }
  })

  test('.kafka_cleanshutdown', () => {
    assert.equal(text(cleanShutdown(13)), '{"version":0,"brokerEpoch":13}')
    assert.equal(parseCleanShutdown(cleanShutdown(13)), 13)
    for (const other of ['', '{', 'null', '{"version":0}', '{"brokerEpoch":"x"}']) {
      assert.equal(parseCleanShutdown(utf8(other)), -1)
    }
  })

  test('names', () => {
    assert.equal(segmentName(1024), '00000000000000001024')
    assert.equal(offsetInName('00000000000000001024.log', '.log'), 1024)
    for (const name of [
      '1024.log',
      '00000000000000001024.log.deleted',
      '00000000000000001024',
      '99999999999999999999.log',
    ]) {
      assert.equal(offsetInName(name, '.log'), undefined, name)
    }
    assert.deepEqual(partitionOfFolder('a.b-c_d-12'), { topic: 'a.b-c_d', partition: 12 })
    for (const name of ['orders', 'orders-', '-1', 'orders-01', 'orders-2147483648', 'orders-1.x-delete', 'ä-1']) {
      assert.equal(partitionOfFolder(name), undefined, name)
    }
    const long = passingFolder({ topic: 'x'.repeat(249), partition: 1000 }, 'jWoDUkekQkGofl7qffTGMQ')
    assert.ok(long.length === 255 && isPassingFolder(long) && partitionOfFolder(long) === undefined)
  })
})
