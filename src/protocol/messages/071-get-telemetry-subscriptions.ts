/** GetTelemetrySubscriptions: which metrics a client shall push, and how often (KIP-714). */
import { api } from '../api.ts'
import { array, bool, int8, int16, int32, message, string, uuid } from '../schema.ts'

export const getTelemetrySubscriptionsRequest = message(
  'GetTelemetrySubscriptionsRequest',
  { key: 71, versions: '0', flexible: '0+' },
  {
    clientInstanceId: uuid(),
  },
)

export const getTelemetrySubscriptionsResponse = message(
  'GetTelemetrySubscriptionsResponse',
  { key: 71, versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    clientInstanceId: uuid(),
    subscriptionId: int32(),
    acceptedCompressionTypes: array(int8()),
    pushIntervalMs: int32(),
    telemetryMaxBytes: int32(),
    deltaTemporality: bool(),
    requestedMetrics: array(string()),
  },
)

export const getTelemetrySubscriptions = api(getTelemetrySubscriptionsRequest, getTelemetrySubscriptionsResponse)
