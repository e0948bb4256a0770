/** UnregisterBroker: forgets a broker that will not come back. */
import type { ControllerApi } from '#metadata'
import { unregisterBroker } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'

export function unregisterBrokerHandler({
  controller,
}: {
  readonly controller: Pick<ControllerApi, 'unregisterBroker'>
}): Handler<typeof unregisterBroker> {
  return handler(unregisterBroker, (request) => controller.unregisterBroker(request))
}
