/** What a data folder keeps beside the records themselves. */
import { ZERO_UUID } from '#core'
import { array, int16, int32, int64, message, offset, string, uint32, uuid } from '../schema.ts'

/** An entry of a `.txnindex` file: an aborted transaction (KIP-98). */
export const abortedTxn = message(
  'AbortedTxn',
  { versions: '0', flexible: 'none' },
  {
    producerId: int64(),
    firstOffset: offset(),
    lastOffset: offset(),
    lastStableOffset: offset(),
  },
)

/** A `.snapshot` file of a log: what it knows of idempotent producers. The CRC-32C sums what follows it. */
export const producerSnapshot = message(
  'ProducerSnapshot',
  { versions: '1', flexible: 'none' },
  {
    crc: uint32(),
    producerEntries: array({
      producerId: int64(),
      epoch: int16(),
      lastSequence: int32(),
      lastOffset: offset(),
      offsetDelta: int32(),
      timestamp: int64(),
      coordinatorEpoch: int32(),
      currentTxnFirstOffset: offset(),
    }),
  },
)

/** The `quorum-state` file, which is JSON of these fields: what a voter must not forget (KIP-595). */
export const quorumState = message(
  'QuorumStateData',
  { versions: '0-1', flexible: '0+' },
  {
    clusterId: string({ versions: '0', default: '' }),
    leaderId: int32({ default: -1 }),
    leaderEpoch: int32({ default: -1 }),
    votedId: int32({ default: -1 }),
    votedDirectoryId: uuid({ versions: '1+', default: ZERO_UUID }),
    appliedOffset: offset({ versions: '0', default: 0 }),
    currentVoters: array(
      {
        voterId: int32(),
      },
      { versions: '0', nullable: '0', default: [] },
    ),
  },
)
