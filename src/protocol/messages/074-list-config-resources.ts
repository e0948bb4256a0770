/**
 * ListConfigResources: resources that have configuration.
 *
 * What versions brought:
 *    0  client metrics only (KIP-714)
 *    1  any type (KIP-1142)
 */
import { api } from '../api.ts'
import { array, int8, int16, int32, message, string } from '../schema.ts'

export const listConfigResourcesRequest = message(
  'ListConfigResourcesRequest',
  { key: 74, versions: '0-1', flexible: '0+' },
  {
    resourceTypes: array(int8(), { versions: '1+', default: [] }),
  },
)

export const listConfigResourcesResponse = message(
  'ListConfigResourcesResponse',
  { key: 74, versions: '0-1', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    configResources: array({
      resourceName: string(),
      resourceType: int8({ versions: '1+', default: 16 }),
    }),
  },
)

export const listConfigResources = api(listConfigResourcesRequest, listConfigResourcesResponse)
