/** AlterClientQuotas: sets and removes quotas of users, client ids and addresses (KIP-546). */
import { api } from '../api.ts'
import { array, bool, float64, int16, int32, message, string } from '../schema.ts'

export const alterClientQuotasRequest = message(
  'AlterClientQuotasRequest',
  { key: 49, versions: '0-1', flexible: '1+' },
  {
    entries: array({
      entity: array({
        entityType: string(),
        entityName: string({ nullable: '0+' }),
      }),
      ops: array({
        key: string(),
        value: float64(),
        remove: bool(),
      }),
    }),
    validateOnly: bool(),
  },
)

export const alterClientQuotasResponse = message(
  'AlterClientQuotasResponse',
  { key: 49, versions: '0-1', flexible: '1+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    entries: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '0+', default: null }),
      entity: array({
        entityType: string(),
        entityName: string({ nullable: '0+' }),
      }),
    }),
  },
)

export const alterClientQuotas = api(alterClientQuotasRequest, alterClientQuotasResponse)
