/**
 * ApiVersions: which APIs, versions and features a broker has; the first request of every connection.
 *
 * The client does not know yet what the broker can read, so this answer's header is version 0 in every version, and a
 * version that the broker lacks is answered in version 0.
 *
 * What versions brought:
 *    3  the client's software (KIP-511), features (KIP-584)
 *    5  which cluster and node the client expects (KIP-1242)
 */
import { api } from '../api.ts'
import { array, bool, int16, int32, message, offset, string } from '../schema.ts'

export const apiVersionsRequest = message(
  'ApiVersionsRequest',
  { key: 18, versions: '0-5', flexible: '3+' },
  {
    clientSoftwareName: string({ versions: '3+', default: '' }),
    clientSoftwareVersion: string({ versions: '3+', default: '' }),
    clusterId: string({ versions: '5+', nullable: '5+', default: null }),
    nodeId: int32({ versions: '5+', default: -1 }),
  },
)

export const apiVersionsResponse = message(
  'ApiVersionsResponse',
  { key: 18, versions: '0-5', flexible: '3+' },
  {
    errorCode: int16(),
    apiKeys: array({
      apiKey: int16(),
      minVersion: int16(),
      maxVersion: int16(),
    }),
    throttleTimeMs: int32({ versions: '1+', default: 0 }),
    supportedFeatures: array(
      {
        name: string(),
        minVersion: int16(),
        maxVersion: int16(),
      },
      { versions: '3+', tag: 0 },
    ),
    finalizedFeaturesEpoch: offset({ versions: '3+', tag: 1, default: -1 }),
    finalizedFeatures: array(
      {
        name: string(),
        maxVersionLevel: int16(),
        minVersionLevel: int16(),
      },
      { versions: '3+', tag: 2 },
    ),
    zkMigrationReady: bool({ versions: '3+', tag: 3 }),
  },
)

export const apiVersions = api(apiVersionsRequest, apiVersionsResponse)
