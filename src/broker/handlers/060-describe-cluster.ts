/** DescribeCluster: the brokers and the controller, for tools (KIP-700). */
import type { BrokerId } from '#core'
import type { MetadataImage } from '#metadata'
import { ErrorCode } from '#protocol'
import { describeCluster } from '#protocol/messages'
import { CLUSTER_OPERATIONS, OPERATIONS_NOT_ASKED } from '../authorized-operations.ts'
import { type Handler, handler } from '../handler.ts'

export interface DescribeClusterPorts {
  readonly image: MetadataImage
  readonly clusterId: string
  readonly controllerId: () => BrokerId
}

/** What kind of node a client believes to speak with (KIP-919). */
const BROKERS = 1
const CONTROLLERS = 2

export function describeClusterHandler(ports: DescribeClusterPorts): Handler<typeof describeCluster> {
  return handler(describeCluster, (request, { listenerName }) => {
    const { endpointType, includeFencedBrokers } = request
    if (endpointType !== BROKERS) {
      return {
        errorCode:
          endpointType === CONTROLLERS ? ErrorCode.MISMATCHED_ENDPOINT_TYPE : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
        errorMessage:
          endpointType === CONTROLLERS
            ? 'The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER'
            : `Unsupported endpoint type ${endpointType}`,
        clusterId: '',
        brokers: [],
      }
    }
    return {
      errorCode: ErrorCode.NONE,
      clusterId: ports.clusterId,
      controllerId: ports.controllerId(),
      brokers: Array.from(ports.image.cluster.brokers.values()).flatMap(({ id, endpoints, rack, fenced }) => {
        const endpoint = endpoints.find(({ name }) => name === listenerName)
        if (endpoint === undefined || (fenced && !includeFencedBrokers)) return []
        return [{ brokerId: id, host: endpoint.host, port: endpoint.port, rack, isFenced: fenced }]
      }),
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
        ? CLUSTER_OPERATIONS
        : OPERATIONS_NOT_ASKED,
    }
  })
}
