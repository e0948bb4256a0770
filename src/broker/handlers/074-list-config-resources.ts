/** ListConfigResources: the resources that have a configuration, or could be asked for one (KIP-714, KIP-1142). */
import { ConfigResourceType, type MetadataImage } from '#metadata'
import { ErrorCode } from '#protocol'
import { listConfigResources } from '#protocol/messages'
import { endpointsOf } from '../broker-endpoints.ts'
import { type Handler, handler } from '../handler.ts'

export interface ListConfigResourcesPorts {
  readonly image: MetadataImage
}

const TYPES: readonly number[] = Object.values(ConfigResourceType)

export function listConfigResourcesHandler({ image }: ListConfigResourcesPorts): Handler<typeof listConfigResources> {
  return handler(listConfigResources, ({ resourceTypes }, { apiVersion, listenerName }) => {
    const asked = apiVersion === 0 ? [ConfigResourceType.CLIENT_METRICS] : resourceTypes
    if (asked.some((type) => !TYPES.includes(type))) {
      return { errorCode: ErrorCode.UNSUPPORTED_VERSION, configResources: [] }
    }
    const types = new Set(asked.length === 0 ? TYPES : asked)
    const configResources = [...types].flatMap((resourceType) =>
      namesOf(image, resourceType, listenerName).map((resourceName) => ({ resourceName, resourceType })),
    )
    return { errorCode: ErrorCode.NONE, configResources }
  })
}

function namesOf(image: MetadataImage, type: number, listenerName: string): string[] {
  switch (type) {
    case ConfigResourceType.TOPIC:
      return [...image.topics.byName.keys()]
    case ConfigResourceType.BROKER:
    case ConfigResourceType.BROKER_LOGGER:
      return endpointsOf(image, listenerName).map(({ nodeId }) => String(nodeId))
    default: {
      const configured = [...image.configs.resources()].filter((resource) => resource.type === type)
      return configured.map(({ name }) => name)
    }
  }
}
