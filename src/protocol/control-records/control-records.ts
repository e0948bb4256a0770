/**
 * Control records: what the log says to itself, in batches that consumers do not see. The key of each is a version (int16)
 * and its type (int16); the values are here.
 */
import { ZERO_UUID } from '#core'
import { array, int16, int32, int64, message, string, struct, uint16, uuid } from '../schema.ts'

const voter = {
  voterId: int32(),
  voterDirectoryId: uuid({ versions: '1+', default: ZERO_UUID }),
}

/** What kind of control record it is; follows the version in the key of each. */
export const controlRecordType = message(
  'ControlRecordTypeSchema',
  { versions: '0', flexible: 'none' },
  {
    type: int16(),
  },
)

/** Commit or abort of a producer's transaction in this partition (KIP-98). */
export const endTxnMarker = message(
  'EndTxnMarker',
  { versions: '0', flexible: 'none' },
  {
    coordinatorEpoch: int32(),
  },
)

/** A KRaft leader's first record in its epoch (KIP-595). */
export const leaderChangeMessage = message(
  'LeaderChangeMessage',
  { versions: '0-1', flexible: '0+' },
  {
    version: int16(),
    leaderId: int32(),
    voters: array(voter),
    grantingVoters: array(voter),
  },
)

/** Opens a snapshot (KIP-630). */
export const snapshotHeaderRecord = message(
  'SnapshotHeaderRecord',
  { versions: '0', flexible: '0+' },
  {
    version: int16(),
    lastContainedLogTimestamp: int64(),
  },
)

/** Closes a snapshot: what lacks it is not whole (KIP-630). */
export const snapshotFooterRecord = message(
  'SnapshotFooterRecord',
  { versions: '0', flexible: '0+' },
  {
    version: int16(),
  },
)

/** The kraft.version in force (KIP-853). */
export const kraftVersionRecord = message(
  'KRaftVersionRecord',
  { versions: '0', flexible: '0+' },
  {
    version: int16(),
    kRaftVersion: int16(),
  },
)

/** The voters of the quorum, their directories and endpoints (KIP-853). */
export const votersRecord = message(
  'VotersRecord',
  { versions: '0', flexible: '0+' },
  {
    version: int16(),
    voters: array({
      voterId: int32(),
      voterDirectoryId: uuid(),
      endpoints: array({
        name: string(),
        host: string(),
        port: uint16(),
      }),
      kRaftVersionFeature: struct({
        minSupportedVersion: int16(),
        maxSupportedVersion: int16(),
      }),
    }),
  },
)
