/** PushTelemetry: a client pushes its metrics (KIP-714). */
import { api } from '../api.ts'
import { bool, bytes, int8, int16, int32, message, uuid } from '../schema.ts'

export const pushTelemetryRequest = message(
  'PushTelemetryRequest',
  { key: 72, versions: '0', flexible: '0+' },
  {
    clientInstanceId: uuid(),
    subscriptionId: int32(),
    terminating: bool(),
    compressionType: int8(),
    metrics: bytes(),
  },
)

export const pushTelemetryResponse = message(
  'PushTelemetryResponse',
  { key: 72, versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
  },
)

export const pushTelemetry = api(pushTelemetryRequest, pushTelemetryResponse)
