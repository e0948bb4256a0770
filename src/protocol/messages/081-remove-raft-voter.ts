/** RemoveRaftVoter: takes a voter out of the metadata quorum (KIP-853). */
import { api } from '../api.ts'
import { int16, int32, message, string, uuid } from '../schema.ts'

export const removeRaftVoterRequest = message(
  'RemoveRaftVoterRequest',
  { key: 81, versions: '0', flexible: '0+' },
  {
    clusterId: string({ nullable: '0+' }),
    voterId: int32(),
    voterDirectoryId: uuid(),
  },
)

export const removeRaftVoterResponse = message(
  'RemoveRaftVoterResponse',
  { key: 81, versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
  },
)

export const removeRaftVoter = api(removeRaftVoterRequest, removeRaftVoterResponse)
