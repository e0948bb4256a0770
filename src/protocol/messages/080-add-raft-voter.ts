/**
 * AddRaftVoter: makes a controller a voter of the metadata quorum (KIP-853).
 *
 * What versions brought:
 *    1  whether to answer when the change is written or when it is committed (KIP-1186)
 */
import { api } from '../api.ts'
import { array, bool, int16, int32, message, string, uint16, uuid } from '../schema.ts'

export const addRaftVoterRequest = message(
  'AddRaftVoterRequest',
  { key: 80, versions: '0-1', flexible: '0+' },
  {
    clusterId: string({ nullable: '0+' }),
    timeoutMs: int32(),
    voterId: int32(),
    voterDirectoryId: uuid(),
    listeners: array({
      name: string(),
      host: string(),
      port: uint16(),
    }),
    ackWhenCommitted: bool({ versions: '1+', default: true }),
  },
)

export const addRaftVoterResponse = message(
  'AddRaftVoterResponse',
  { key: 80, versions: '0-1', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
  },
)

export const addRaftVoter = api(addRaftVoterRequest, addRaftVoterResponse)
