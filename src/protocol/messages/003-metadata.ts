/**
 * Metadata: where the brokers are, and who leads which partition.
 *
 * What versions brought:
 *    1  a null list asks for all topics
 *    4  a client may forbid auto-creation
 *    5  offline replicas (KIP-112)
 *    7  leader epochs (KIP-320)
 *    8  authorized operations (KIP-430)
 *   10  topic ids
 *   12  topics asked for by id (KIP-516)
 *   13  an error for the whole answer, by which a client is told to bootstrap again (KIP-1102)
 */
import { ZERO_UUID } from '#core'
import { api } from '../api.ts'
import { array, bool, INT32_MIN, int16, int32, message, string, uuid } from '../schema.ts'

export const metadataRequest = message(
  'MetadataRequest',
  { key: 3, versions: '0-13', flexible: '9+' },
  {
    topics: array(
      {
        topicId: uuid({ versions: '10+', default: ZERO_UUID }),
        name: string({ nullable: '10+' }),
      },
      { nullable: '1+' },
    ),
    allowAutoTopicCreation: bool({ versions: '4+', default: true }),
    includeClusterAuthorizedOperations: bool({ versions: '8-10', default: false }),
    includeTopicAuthorizedOperations: bool({ versions: '8+', default: false }),
  },
)

export const metadataResponse = message(
  'MetadataResponse',
  { key: 3, versions: '0-13', flexible: '9+' },
  {
    throttleTimeMs: int32({ versions: '3+', default: 0 }),
    brokers: array({
      nodeId: int32(),
      host: string(),
      port: int32(),
      rack: string({ versions: '1+', nullable: '1+', default: null }),
    }),
    clusterId: string({ versions: '2+', nullable: '2+', default: null }),
    controllerId: int32({ versions: '1+', default: -1 }),
    topics: array({
      errorCode: int16(),
      name: string({ nullable: '12+' }),
      topicId: uuid({ versions: '10+', default: ZERO_UUID }),
      isInternal: bool({ versions: '1+', default: false }),
      partitions: array({
        errorCode: int16(),
        partitionIndex: int32(),
        leaderId: int32(),
        leaderEpoch: int32({ versions: '7+', default: -1 }),
        replicaNodes: array(int32()),
        isrNodes: array(int32()),
        offlineReplicas: array(int32(), { versions: '5+', default: [] }),
      }),
      topicAuthorizedOperations: int32({ versions: '8+', default: INT32_MIN }),
    }),
    clusterAuthorizedOperations: int32({ versions: '8-10', default: INT32_MIN }),
    errorCode: int16({ versions: '13+', default: 0 }),
  },
)

export const metadata = api(metadataRequest, metadataResponse)
