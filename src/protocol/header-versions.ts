/**
 * Which version of header stands in front of a request or response: it follows from the API's version, and is not sent.
 */
import type { Api } from './api.ts'
import { isFlexible } from './schema.ts'

const API_VERSIONS = 18

/** 2 where the request is flexible, else 1. */
export function requestHeaderVersion(api: Api, version: number): 1 | 2 {
  return isFlexible(api.request, version) ? 2 : 1
}

/**
 * 1 where the response is flexible, else 0. Always 0 for ApiVersions: who sends it does not know yet what the other can
 * read, and an answer of version 0 to a request of a newer version must be readable (KIP-511).
 */
export function responseHeaderVersion(api: Api, version: number): 0 | 1 {
  return api.key !== API_VERSIONS && isFlexible(api.response, version) ? 1 : 0
}
