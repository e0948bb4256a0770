/**
 * DescribeConfigs: configuration of topics, brokers, groups and client metrics, with the source of each value (KIP-133).
 *
 * What versions brought:
 *    1  synonyms and sources (KIP-226)
 *    3  types and documentation (KIP-569)
 */
import { api } from '../api.ts'
import { array, bool, int8, int16, int32, message, string } from '../schema.ts'

export const describeConfigsRequest = message(
  'DescribeConfigsRequest',
  { key: 32, versions: '1-4', flexible: '4+' },
  {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configurationKeys: array(string(), { nullable: '1+' }),
    }),
    includeSynonyms: bool(),
    includeDocumentation: bool({ versions: '3+', default: false }),
  },
)

export const describeConfigsResponse = message(
  'DescribeConfigsResponse',
  { key: 32, versions: '1-4', flexible: '4+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    results: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '1+', default: null }),
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        value: string({ nullable: '1+' }),
        readOnly: bool(),
        configSource: int8({ default: -1 }),
        isSensitive: bool(),
        synonyms: array({
          name: string(),
          value: string({ nullable: '1+' }),
          source: int8(),
        }),
        configType: int8({ versions: '3+', default: 0 }),
        documentation: string({ versions: '3+', nullable: '3+', default: '' }),
      }),
    }),
  },
)

export const describeConfigs = api(describeConfigsRequest, describeConfigsResponse)
