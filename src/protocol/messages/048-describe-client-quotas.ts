/** DescribeClientQuotas: quotas of users, client ids and addresses (KIP-546). */
import { api } from '../api.ts'
import { array, bool, float64, int8, int16, int32, message, string } from '../schema.ts'

export const describeClientQuotasRequest = message(
  'DescribeClientQuotasRequest',
  { key: 48, versions: '0-1', flexible: '1+' },
  {
    components: array({
      entityType: string(),
      matchType: int8(),
      match: string({ nullable: '0+' }),
    }),
    strict: bool(),
  },
)

export const describeClientQuotasResponse = message(
  'DescribeClientQuotasResponse',
  { key: 48, versions: '0-1', flexible: '1+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    entries: array(
      {
        entity: array({
          entityType: string(),
          entityName: string({ nullable: '0+' }),
        }),
        values: array({
          key: string(),
          value: float64(),
        }),
      },
      { nullable: '0+' },
    ),
  },
)

export const describeClientQuotas = api(describeClientQuotasRequest, describeClientQuotasResponse)
