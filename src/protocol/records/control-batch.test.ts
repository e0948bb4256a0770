import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { ByteReader, ByteWriter, MalformedError, uuidFromBytes } from '#core'
import { nodeCompute as compute } from '#host/node'
import { decode, encode, type MessageInput, type Schema } from '#protocol'
import * as messages from '#protocol/control-records'
import {
  ControlType,
  controlKey,
  controlTypeOf,
  coordinatorEpochOf,
  encodeControlBatch,
  encodeEndTxnMarker,
  isControl,
  isTransactional,
  readRecords,
} from './index.ts'

function golden(file: string): Uint8Array {
  const folder = new URL('../../../src/protocol/records/golden/', import.meta.url)
  return Uint8Array.from(readFileSync(new URL(`${file}.bin`, folder)))
}

const T = 1_700_000_000_000

describe('the end of a transaction', () => {
  const options = { timestamp: T, producerId: 4711n, producerEpoch: 3, leaderEpoch: 5 }

  it('is written byte for byte as Kafka writes it', () => {
    assert.deepEqual(encodeEndTxnMarker(ControlType.COMMIT, 17, { ...options, baseOffset: 12 }), golden('commit'))
    assert.deepEqual(encodeEndTxnMarker(ControlType.ABORT, -1, { ...options, baseOffset: 13 }), golden('abort'))
  })

  it('is read: type and epoch of the coordinator', () => {
    for (const [file, type, epoch] of [
      ['commit', ControlType.COMMIT, 17],
      ['abort', ControlType.ABORT, -1],
    ] as const) {
      assert.equal(isControl(golden(file)), true)
      assert.equal(isTransactional(golden(file)), true)
      const [record] = readRecords(golden(file), compute)
      assert.equal(controlTypeOf(record!.key), type)
      assert.equal(coordinatorEpochOf(record!.value), epoch)
    }
  })
})

describe("the quorum's control records", () => {
  const voterDirectoryId = uuidFromBytes(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2))
  const cases: [file: string, type: ControlType, schema: Schema, value: object, offset: number][] = [
    [
      'leader-change',
      ControlType.LEADER_CHANGE,
      messages.leaderChangeMessage,
      { version: 0, leaderId: 1, voters: [{ voterId: 1 }], grantingVoters: [{ voterId: 1 }] },
      0,
    ],
    [
      'snapshot-header',
      ControlType.SNAPSHOT_HEADER,
      messages.snapshotHeaderRecord,
      { version: 0, lastContainedLogTimestamp: BigInt(T - 1) },
      0,
    ],
    ['snapshot-footer', ControlType.SNAPSHOT_FOOTER, messages.snapshotFooterRecord, { version: 0 }, 9],
    ['kraft-version', ControlType.KRAFT_VERSION, messages.kraftVersionRecord, { version: 0, kRaftVersion: 1 }, 1],
    [
      'voters',
      ControlType.KRAFT_VOTERS,
      messages.votersRecord,
      {
        version: 0,
        voters: [
          {
            voterId: 1,
            voterDirectoryId,
            endpoints: [],
            kRaftVersionFeature: { minSupportedVersion: 0, maxSupportedVersion: 1 },
          },
        ],
      },
      2,
    ],
  ]
  for (const [file, type, schema, value, baseOffset] of cases) {
    it(`are written and read as Kafka does: ${file}`, () => {
      const writer = new ByteWriter()
      encode(schema, 0, writer, value as MessageInput<Schema>)
      const records = [{ type, value: writer.finishJoined() }]
      assert.deepEqual(encodeControlBatch(records, T, { baseOffset, leaderEpoch: 1 }), golden(file))
      const [record] = readRecords(golden(file), compute)
      assert.equal(controlTypeOf(record!.key), type)
      const again = new ByteWriter()
      encode(schema, 0, again, decode(schema, 0, new ByteReader(record!.value!)) as MessageInput<Schema>)
      assert.deepEqual(again.finishJoined(), record!.value)
    })
  }
})

describe('the key of a control record', () => {
  it('has a type, unless it is of a kind that newer brokers know', () => {
    for (const type of Object.values(ControlType)) assert.equal(controlTypeOf(controlKey(type)), type)
    assert.equal(controlTypeOf(Uint8Array.of(0, 0, 0, 99)), undefined)
    assert.equal(controlTypeOf(Uint8Array.of(0, 0, 0xff, 0xff)), undefined)
  })

  it('may be longer and of a later version, but not shorter or none', () => {
    assert.equal(controlTypeOf(Uint8Array.of(0, 1, 0, 1, 5, 5)), ControlType.COMMIT)
    for (const key of [null, new Uint8Array(3), Uint8Array.of(0xff, 0xff, 0, 1)]) {
      assert.throws(() => controlTypeOf(key), MalformedError)
    }
    for (const value of [null, new Uint8Array(5), Uint8Array.of(0xff, 0xff, 0, 0, 0, 1)]) {
      assert.throws(() => coordinatorEpochOf(value), MalformedError)
    }
  })
})
