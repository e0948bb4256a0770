/**
 * UpdateFeatures: finalizes feature levels, up or down (KIP-584).
 *
 * What versions brought:
 *    1  the kind of upgrade, and validation only
 *    2  one error for all features
 */
import { api } from '../api.ts'
import { array, bool, int8, int16, int32, message, string } from '../schema.ts'

export const updateFeaturesRequest = message(
  'UpdateFeaturesRequest',
  { key: 57, versions: '0-2', flexible: '0+' },
  {
    timeoutMs: int32({ default: 60000 }),
    featureUpdates: array({
      feature: string(),
      maxVersionLevel: int16(),
      allowDowngrade: bool({ versions: '0', default: false }),
      upgradeType: int8({ versions: '1+', default: 1 }),
    }),
    validateOnly: bool({ versions: '1+', default: false }),
  },
)

export const updateFeaturesResponse = message(
  'UpdateFeaturesResponse',
  { key: 57, versions: '0-2', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    results: array(
      {
        feature: string(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0-1', default: null }),
      },
      { versions: '0-1', default: [] },
    ),
  },
)

export const updateFeatures = api(updateFeaturesRequest, updateFeaturesResponse)
