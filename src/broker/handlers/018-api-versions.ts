/**
 * ApiVersions: what this broker can do. It tells of exactly the handlers it has, so that a client never sends what
 * nobody answers.
 */
import { apiEntry, ErrorCode, type ResponseOf } from '#protocol'
import { apiVersions } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'

type Response = ResponseOf<typeof apiVersions>

export interface ApiVersionsPorts {
  /** All handlers of the listener; read when asked, so that this one may be put among them. */
  readonly handlers: readonly Handler[]
  readonly clusterId: string
  readonly nodeId: number
  /** Which features the software has, and at which level the cluster has agreed to use them. */
  readonly features: {
    readonly supported: readonly { readonly name: string; readonly min: number; readonly max: number }[]
    /** The metadata offset of what `finalized` says. */
    readonly epoch: number
    readonly finalized: readonly { readonly name: string; readonly level: number }[]
  }
}

/** What Kafka takes for the name or version of a client's software (KIP-511). */
const SOFTWARE = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/
const SOFTWARE_VERSION_MIN = 3
const NO_NODE = -1

export function apiVersionsHandler(ports: ApiVersionsPorts): Handler<typeof apiVersions> {
  return handler(apiVersions, (request, context) => {
    const { clientSoftwareName, clientSoftwareVersion, clusterId, nodeId } = request
    if (context.apiVersion >= SOFTWARE_VERSION_MIN) {
      if (!SOFTWARE.test(clientSoftwareName) || !SOFTWARE.test(clientSoftwareVersion)) {
        return refuse(ErrorCode.INVALID_REQUEST)
      }
      // Where a client expects to be, it says wholly or not at all. Elsewhere than it expects, it must find its cluster
      // anew before it believes a word (KIP-1242): the address may have been given to another broker.
      if ((clusterId === null) !== (nodeId === NO_NODE)) return refuse(ErrorCode.INVALID_REQUEST)
      if (clusterId !== null && (clusterId !== ports.clusterId || nodeId !== ports.nodeId)) {
        return refuse(ErrorCode.REBOOTSTRAP_REQUIRED)
      }
      context.identifySoftware(clientSoftwareName, clientSoftwareVersion)
    }
    const { supported, epoch, finalized } = ports.features
    return {
      errorCode: ErrorCode.NONE,
      apiKeys: ports.handlers
        .filter(({ advertised }) => advertised)
        .map(advertisement)
        .sort((a, b) => a.apiKey - b.apiKey),
      supportedFeatures: supported.map(({ name, min, max }) => ({ name, minVersion: min, maxVersion: max })),
      finalizedFeaturesEpoch: epoch,
      finalizedFeatures: finalized.map(({ name, level }) => ({ name, maxVersionLevel: level, minVersionLevel: level })),
    }
  })
}

/**
 * The answer, in version 0, to a version that we lack: the client reads from it which ones we have, and asks again.
 */
export function unsupportedApiVersions(itself: Handler): Response {
  return { errorCode: ErrorCode.UNSUPPORTED_VERSION, apiKeys: [advertisement(itself)] }
}

function refuse(errorCode: ErrorCode): Response {
  return { errorCode, apiKeys: [] }
}

function advertisement({ api, versionMin, versionMax }: Handler): Response['apiKeys'][number] {
  // Produce is announced from 0 although it begins with 3: old librdkafkas take anything else for an old broker.
  const isWhole = versionMin === api.request.versionMin
  const minVersion = isWhole ? (apiEntry(api.key)?.advertisedMin ?? versionMin) : versionMin
  return { apiKey: api.key, minVersion, maxVersion: versionMax }
}
