/**
 * From the first four bytes of a request to who handles it: what can be known about an API before its requests come.
 */
import { assert, MalformedError } from '#core'
import { hasFrameViews } from '#net'
import { type Api, apiByKey, requestHeaderVersion, responseHeaderVersion } from '#protocol'
import { apiVersions } from '#protocol/messages'
import type { Handler } from './handler.ts'
import { elementsMaxOf } from './request-limits.ts'

/** One API in one version. */
export interface Route {
  readonly handler: Handler
  readonly version: number
  readonly requestHeaderVersion: 1 | 2
  readonly responseHeaderVersion: 0 | 1
  /** A request has byte strings, which are read as views of the frame. */
  readonly keepsFrame: boolean
  /** Elements of all arrays of a request. */
  readonly elementsMax: number
  /** The version is one that we lack, of the one API that answers this: its body is not read (KIP-511). */
  readonly isUnreadable: boolean
}

export class Routes {
  /** By key and version. */
  readonly #routes: Route[][] = []
  readonly #apiVersions: Handler | undefined

  constructor(handlers: readonly Handler[]) {
    for (const handler of handlers) {
      const { api, versionMin, versionMax } = handler
      assert(this.#routes[api.key] === undefined, `${api.name} has one handler`)
      const keepsFrame = hasFrameViews(api.request)
      const routes: Route[] = []
      for (let version = versionMin; version <= versionMax; version++) {
        routes[version] = {
          handler,
          version,
          requestHeaderVersion: requestHeaderVersion(api, version),
          responseHeaderVersion: responseHeaderVersion(api, version),
          keepsFrame,
          elementsMax: elementsMaxOf(api),
          isUnreadable: false,
        }
      }
      this.#routes[api.key] = routes
    }
    this.#apiVersions = handlers.find(({ api }) => api.key === apiVersions.key)
  }

  /** Who handles the request that begins at `start`. Throws `MalformedError`, for the log, where nobody does. */
  of(bytes: Uint8Array, start: number, end: number): Route {
    if (end - start < 4) throw new MalformedError(`A request of ${end - start} bytes has no header`)
    const key = ((bytes[start]! << 24) >> 16) | bytes[start + 1]!
    const version = ((bytes[start + 2]! << 24) >> 16) | bytes[start + 3]!
    return this.#routes[key]?.[version] ?? this.#unserved(key, version)
  }

  #unserved(key: number, version: number): Route {
    const handler = this.#apiVersions
    if (key === apiVersions.key && handler !== undefined) {
      return {
        handler,
        version,
        requestHeaderVersion: requestHeaderVersion(handler.api, version),
        responseHeaderVersion: 0,
        keepsFrame: false,
        elementsMax: 0,
        isUnreadable: true,
      }
    }
    const api: Api | undefined = apiByKey(key)
    if (api === undefined)
      throw new MalformedError(`There is no API with key ${key} (version ${version} was asked for)`)
    const served = this.#routes[key]
    if (served === undefined) throw new MalformedError(`${api.name} is not served here`)
    throw new MalformedError(`${api.name} is not served in version ${version}`)
  }
}
