/** AlterReplicaLogDirs: moves replicas of a broker between its log directories (KIP-113). */
import { api } from '../api.ts'
import { array, int16, int32, message, string } from '../schema.ts'

export const alterReplicaLogDirsRequest = message(
  'AlterReplicaLogDirsRequest',
  { key: 34, versions: '1-2', flexible: '2+' },
  {
    dirs: array({
      path: string(),
      topics: array({
        name: string(),
        partitions: array(int32()),
      }),
    }),
  },
)

export const alterReplicaLogDirsResponse = message(
  'AlterReplicaLogDirsResponse',
  { key: 34, versions: '1-2', flexible: '2+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    results: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
)

export const alterReplicaLogDirs = api(alterReplicaLogDirsRequest, alterReplicaLogDirsResponse)
