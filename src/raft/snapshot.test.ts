import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { joinBytes, utf8 } from '#core'
import { nodeCompute } from '#host/node'
import { batchesIn, maxTimestampOf, readRecords, sizeOf } from '#protocol/records'
import {
  BOOTSTRAP_SNAPSHOT,
  NO_QUORUM_STATE,
  parseSnapshotFileName,
  Raft,
  readSnapshot,
  snapshotBatches,
  snapshotFileName,
} from './index.ts'

const kafka = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../src/metadata/testdata/kafka-4.4/${name}`, import.meta.url)))
const KAFKA_FORMAT = '00000000000000000000-0000000000.checkpoint'

function read(bytes: Uint8Array) {
  const values: Uint8Array[] = []
  const content = readSnapshot(
    bytes,
    (batch) => readRecords(batch, nodeCompute),
    (value) => values.push(value),
  )
  return { content, values }
}

function write(id = BOOTSTRAP_SNAPSHOT, { values, content }: ReturnType<typeof read>, nowMs: number): Uint8Array {
  return joinBytes([...snapshotBatches(id, { ...content, values, nowMs })])
}

test('the names of snapshots are those of Kafka', () => {
  assert.equal(snapshotFileName(BOOTSTRAP_SNAPSHOT), KAFKA_FORMAT)
  assert.deepEqual(parseSnapshotFileName('00000000000000000060-0000000002.checkpoint'), { endOffset: 60, epoch: 2 })
  for (const name of ['0-0.checkpoint', `${KAFKA_FORMAT}.part`, `${KAFKA_FORMAT}.deleted`, 'leader-epoch-checkpoint']) {
    assert.equal(parseSnapshotFileName(name), undefined)
  }
})

test('a snapshot that Kafka wrote is read, and written again with the same bytes', () => {
  for (const [name, id] of [
    [KAFKA_FORMAT, BOOTSTRAP_SNAPSHOT],
    ['00000000000000000060-0000000002.checkpoint', { endOffset: 60, epoch: 2 }],
  ] as const) {
    const bytes = kafka(name)
    const snapshot = read(bytes)
    assert.equal(snapshot.content.kraftVersion, 1)
    assert.equal(snapshot.content.voters[0]!.id, 1)
    // Kafka takes the time for each batch; ours has one time, so the batches are compared one by one.
    let at = 0
    for (const [i, { sizeBytes }] of [...batchesIn(bytes)].entries()) {
      const theirs = bytes.subarray(at, at + sizeBytes)
      const ours = write(id, snapshot, Number(maxTimestampOf(theirs)))
      const place = [...batchesIn(ours)][i]!
      assert.deepEqual(theirs.slice(), ours.slice(place.at, place.at + place.sizeBytes))
      at += sizeBytes
    }
  }
})

test('a snapshot that is cut off anywhere, or has one bit changed, is refused', () => {
  const bytes = kafka(KAFKA_FORMAT)
  for (let end = 0; end < bytes.length; end++) assert.throws(() => read(bytes.subarray(0, end)))
  for (let at = 0; at < bytes.length; at++) {
    const damaged = bytes.slice()
    damaged[at]! ^= 1
    // The CRC does not cover a batch's base offset, size and leader epoch; offsets and epochs mean nothing in a snapshot.
    const [batch] = [...batchesIn(bytes)].filter((place) => place.at <= at && at < place.at + place.sizeBytes)
    const inBatch = at - batch!.at
    if (inBatch < 8 || (inBatch >= 12 && inBatch < 16)) continue
    assert.throws(() => read(damaged), `byte ${at}`)
  }
})

test('many records are spread over batches and come back in order', () => {
  const values = Array.from({ length: 3000 }, (_, i) => utf8(String(i).padEnd(1000)))
  const content = { lastContainedLogTimestamp: 5n, kraftVersion: 0, voters: [] }
  const bytes = write({ endOffset: 3000, epoch: 1 }, { values, content }, 7)
  const sizes = [...batchesIn(bytes)].map((place) => sizeOf(bytes, place.at))
  assert.ok(sizes.length > 3)
  assert.ok(Math.max(...sizes) < 2 ** 21)
  assert.deepEqual(read(bytes), { values, content })
})

test("a leader's first batch has the bytes that Kafka gave it", () => {
  const log = kafka('00000000000000000000.log')
  const [first] = [...batchesIn(log)]
  const { content } = read(kafka(KAFKA_FORMAT))
  const raft = new Raft({
    nodeId: 1,
    directoryId: content.voters[0]!.directoryId,
    log: { logEndOffset: 0, latestEpoch: -1, stableEndOffset: 0 },
    quorumState: NO_QUORUM_STATE,
    voterSet: { voters: content.voters, kraftVersion: 1, offset: -1 },
    snapshot: undefined,
  })
  const effects = raft.step({ type: 'start' }, Number(maxTimestampOf(log)))
  const append = effects.find((effect) => effect.type === 'append')
  assert.deepEqual(append!.batch, log.slice(0, first!.sizeBytes))
})
