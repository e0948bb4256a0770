/**
 * ElectLeaders: lets the preferred replica, or uncleanly any replica, lead.
 *
 * What versions brought:
 *    1  unclean elections (KIP-460)
 */
import { api } from '../api.ts'
import { array, int8, int16, int32, message, string } from '../schema.ts'

export const electLeadersRequest = message(
  'ElectLeadersRequest',
  { key: 43, versions: '0-2', flexible: '2+' },
  {
    electionType: int8({ versions: '1+', default: 0 }),
    topicPartitions: array(
      {
        topic: string(),
        partitions: array(int32()),
      },
      { nullable: '0+' },
    ),
    timeoutMs: int32({ default: 60000 }),
  },
)

export const electLeadersResponse = message(
  'ElectLeadersResponse',
  { key: 43, versions: '0-2', flexible: '2+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16({ versions: '1+', default: 0 }),
    replicaElectionResults: array({
      topic: string(),
      partitionResult: array({
        partitionId: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+', default: null }),
      }),
    }),
  },
)

export const electLeaders = api(electLeadersRequest, electLeadersResponse)
