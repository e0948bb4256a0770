import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KAFKA_DUMP, kafkaValues } from './kafka-log.kit.test.ts'
import { atLevel, decodeMetadataRecord, encodeMetadataRecord, type MetadataRecord } from './metadata-record.ts'

/** In the forms of Kafka's JSON: bytes as base64, whole numbers as numbers. */
function printed(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, inner) => {
      if (typeof inner === 'bigint') return Number(inner)
      return inner instanceof Uint8Array ? Buffer.from(inner).toString('base64') : inner
    }),
  )
}

test("every record of Kafka's log is read as Kafka's own tool prints it, and written again with the same bytes", () => {
  const values = kafkaValues()
  assert.equal(values.size, KAFKA_DUMP.size)
  for (const [offset, value] of values) {
    const record = decodeMetadataRecord(value)
    const dumped = KAFKA_DUMP.get(offset)!
    assert.equal(record.type, dumped.type)
    assert.equal(record.version, dumped.version)
    // Kafka prints no tagged field that has its default.
    const data = printed(record.data) as Record<string, unknown>
    for (const [field, expected] of Object.entries(dumped.data)) assert.deepEqual(data[field], expected, field)
    assert.deepEqual(encodeMetadataRecord(record), value)
  }
})

test('what is no metadata record of 4.4 is refused', () => {
  const refused = (bytes: number[], message: RegExp) =>
    assert.throws(() => decodeMetadataRecord(new Uint8Array(bytes)), message)
  refused([], /bytes are declared/)
  refused([2, 20, 0, 0], /frame version 2 is not known/)
  refused([1, 6, 0, 0], /type 6 is not known/)
  refused([1, 99, 0, 0], /type 99 is not known/)
  refused([1, 20, 1, 0], /Version 1 of NO_OP_RECORD is not known/)
  refused([1, 20, 0, 0, 0], /1 bytes are left behind a NO_OP_RECORD/)
  refused([1, 2, 0, 9, 65], /9?.*left/)
})

test('a record is written in the version that the cluster can read', () => {
  const record: MetadataRecord = {
    type: 'PARTITION_CHANGE_RECORD',
    version: 2,
    data: {
      partitionId: 0,
      topicId: 'AAAAAAAAAAAAAAAAAAAAAQ',
      isr: [1],
      leader: 1,
      replicas: null,
      removingReplicas: null,
      addingReplicas: null,
      leaderRecoveryState: -1,
      directories: null,
      eligibleLeaderReplicas: null,
      lastKnownElr: null,
    },
  }
  assert.equal(atLevel(record, 33), record)
  assert.equal(atLevel(record, 20).version, 1)
  assert.equal(atLevel(record, 7).version, 0)
  assert.deepEqual(decodeMetadataRecord(encodeMetadataRecord(atLevel(record, 7))).data, record.data)
})
