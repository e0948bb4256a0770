/** AssignReplicasToDirs: a broker tells the controller in which log directory each replica lies (KIP-858). */
import { api } from '../api.ts'
import { array, int16, int32, message, offset, uuid } from '../schema.ts'

export const assignReplicasToDirsRequest = message(
  'AssignReplicasToDirsRequest',
  { key: 73, versions: '0', flexible: '0+' },
  {
    brokerId: int32(),
    brokerEpoch: offset({ default: -1 }),
    directories: array({
      id: uuid(),
      topics: array({
        topicId: uuid(),
        partitions: array({
          partitionIndex: int32(),
        }),
      }),
    }),
  },
)

export const assignReplicasToDirsResponse = message(
  'AssignReplicasToDirsResponse',
  { key: 73, versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    directories: array({
      id: uuid(),
      topics: array({
        topicId: uuid(),
        partitions: array({
          partitionIndex: int32(),
          errorCode: int16(),
        }),
      }),
    }),
  },
)

export const assignReplicasToDirs = api(assignReplicasToDirsRequest, assignReplicasToDirsResponse)
