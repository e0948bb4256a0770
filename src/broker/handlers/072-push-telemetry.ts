/** PushTelemetry: metrics of a client (KIP-714). They are checked for their form and kept nowhere. */
import { pushTelemetry } from '#protocol/messages'
import type { ClientTelemetry } from '../client-telemetry.ts'
import { type Handler, handler } from '../handler.ts'

export function pushTelemetryHandler({
  telemetry,
}: {
  readonly telemetry: ClientTelemetry
}): Handler<typeof pushTelemetry> {
  return handler(pushTelemetry, (request) => ({ errorCode: telemetry.push(request) }), { advertised: false })
}
