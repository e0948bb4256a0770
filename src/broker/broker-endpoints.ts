/** Where clients of a listener reach the brokers that are alive. */
import type { BrokerId } from '#core'
import type { MetadataImage } from '#metadata'

export interface BrokerEndpoint {
  readonly nodeId: BrokerId
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/** The endpoint of one broker for a listener; undefined where it is fenced, unknown, or does not have that listener. */
export function endpointOf(image: MetadataImage, id: BrokerId, listenerName: string): BrokerEndpoint | undefined {
  const broker = image.cluster.brokers.get(id)
  if (broker === undefined || broker.fenced) return undefined
  const endpoint = broker.endpoints.find(({ name }) => name === listenerName)
  if (endpoint === undefined) return undefined
  return { nodeId: id, host: endpoint.host, port: endpoint.port, rack: broker.rack }
}

/** The endpoints of `ids` (all brokers if not given), those that have none left out. */
export function endpointsOf(
  image: MetadataImage,
  listenerName: string,
  ids: Iterable<BrokerId> = image.cluster.brokers.keys(),
): BrokerEndpoint[] {
  const endpoints: BrokerEndpoint[] = []
  for (const id of ids) {
    const endpoint = endpointOf(image, id, listenerName)
    if (endpoint !== undefined) endpoints.push(endpoint)
  }
  return endpoints
}
