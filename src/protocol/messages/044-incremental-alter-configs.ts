/** IncrementalAlterConfigs: sets, deletes, appends to and subtracts from single configuration values (KIP-339). */
import { api } from '../api.ts'
import { array, bool, int8, int16, int32, message, string } from '../schema.ts'

export const incrementalAlterConfigsRequest = message(
  'IncrementalAlterConfigsRequest',
  { key: 44, versions: '0-1', flexible: '1+' },
  {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        configOperation: int8(),
        value: string({ nullable: '0+' }),
      }),
    }),
    validateOnly: bool(),
  },
)

export const incrementalAlterConfigsResponse = message(
  'IncrementalAlterConfigsResponse',
  { key: 44, versions: '0-1', flexible: '1+' },
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

export const incrementalAlterConfigs = api(incrementalAlterConfigsRequest, incrementalAlterConfigsResponse)
