/** UpdateRaftVoter: a voter tells the leader its endpoints and versions (KIP-853). */
import { api } from '../api.ts'
import { array, int16, int32, message, string, struct, uint16, uuid } from '../schema.ts'

export const updateRaftVoterRequest = message(
  'UpdateRaftVoterRequest',
  { key: 82, versions: '0', flexible: '0+' },
  {
    clusterId: string({ nullable: '0+' }),
    currentLeaderEpoch: int32(),
    voterId: int32(),
    voterDirectoryId: uuid(),
    listeners: array({
      name: string(),
      host: string(),
      port: uint16(),
    }),
    kRaftVersionFeature: struct({
      minSupportedVersion: int16(),
      maxSupportedVersion: int16(),
    }),
  },
)

export const updateRaftVoterResponse = message(
  'UpdateRaftVoterResponse',
  { key: 82, versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    currentLeader: struct(
      {
        leaderId: int32({ default: -1 }),
        leaderEpoch: int32({ default: -1 }),
        host: string(),
        port: int32(),
      },
      { tag: 0 },
    ),
  },
)

export const updateRaftVoter = api(updateRaftVoterRequest, updateRaftVoterResponse)
