/** GetTelemetrySubscriptions: which of its metrics a client shall report, and how often (KIP-714). */
import { ZERO_UUID } from '#core'
import { ErrorCode } from '#protocol'
import { getTelemetrySubscriptions } from '#protocol/messages'
import {
  ACCEPTED_COMPRESSION_TYPES,
  type ClientTelemetry,
  PUSH_INTERVAL_MS,
  TELEMETRY_BYTES_MAX,
} from '../client-telemetry.ts'
import { type Handler, handler } from '../handler.ts'

const NOTHING = {
  clientInstanceId: ZERO_UUID,
  subscriptionId: 0,
  acceptedCompressionTypes: [],
  pushIntervalMs: 0,
  telemetryMaxBytes: 0,
  deltaTemporality: false,
  requestedMetrics: [],
}

export function getTelemetrySubscriptionsHandler({
  telemetry,
}: {
  readonly telemetry: ClientTelemetry
}): Handler<typeof getTelemetrySubscriptions> {
  // As in Kafka without a plugin for metrics: it answers, but no client is told that it would.
  return handler(
    getTelemetrySubscriptions,
    (request) => {
      const clientInstanceId = telemetry.subscribe(request.clientInstanceId)
      if (typeof clientInstanceId === 'number') return { ...NOTHING, errorCode: clientInstanceId }
      return {
        errorCode: ErrorCode.NONE,
        clientInstanceId,
        subscriptionId: telemetry.subscriptionIdOf(clientInstanceId),
        acceptedCompressionTypes: ACCEPTED_COMPRESSION_TYPES,
        pushIntervalMs: PUSH_INTERVAL_MS,
        telemetryMaxBytes: TELEMETRY_BYTES_MAX,
        deltaTemporality: true,
        requestedMetrics: [],
      }
    },
    { advertised: false },
  )
}
