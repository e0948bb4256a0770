/** AlterConfigs: replaces the whole configuration of a resource (KIP-133); IncrementalAlterConfigs took its place. */
import { api } from '../api.ts'
import { array, bool, int8, int16, int32, message, string } from '../schema.ts'

export const alterConfigsRequest = message(
  'AlterConfigsRequest',
  { key: 33, versions: '0-2', flexible: '2+' },
  {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        value: string({ nullable: '0+' }),
      }),
    }),
    validateOnly: bool(),
  },
)

export const alterConfigsResponse = message(
  'AlterConfigsResponse',
  { key: 33, versions: '0-2', flexible: '2+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    responses: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+', default: null }),
      resourceType: int8(),
      resourceName: string(),
    }),
  },
)

export const alterConfigs = api(alterConfigsRequest, alterConfigsResponse)
