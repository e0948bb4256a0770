/**
 * DescribeCluster: id, controller and brokers of the cluster (KIP-700).
 *
 * What versions brought:
 *    1  asked of brokers or of controllers (KIP-919)
 *    2  fenced brokers too (KIP-1073)
 */
import { api } from '../api.ts'
import { array, bool, INT32_MIN, int8, int16, int32, message, string } from '../schema.ts'

export const describeClusterRequest = message(
  'DescribeClusterRequest',
  { key: 60, versions: '0-2', flexible: '0+' },
  {
    includeClusterAuthorizedOperations: bool(),
    endpointType: int8({ versions: '1+', default: 1 }),
    includeFencedBrokers: bool({ versions: '2+', default: false }),
  },
)

export const describeClusterResponse = message(
  'DescribeClusterResponse',
  { key: 60, versions: '0-2', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    endpointType: int8({ versions: '1+', default: 1 }),
    clusterId: string(),
    controllerId: int32({ default: -1 }),
    brokers: array({
      brokerId: int32(),
      host: string(),
      port: int32(),
      rack: string({ nullable: '0+', default: null }),
      isFenced: bool({ versions: '2+', default: false }),
    }),
    clusterAuthorizedOperations: int32({ default: INT32_MIN }),
  },
)

export const describeCluster = api(describeClusterRequest, describeClusterResponse)
