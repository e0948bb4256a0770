/** ElectLeaders: makes the preferred replica the leader, or, where all in-sync ones are gone, any that lives. */
import type { ControllerApi } from '#metadata'
import { electLeaders } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'

export function electLeadersHandler({
  controller,
}: {
  readonly controller: Pick<ControllerApi, 'electLeaders'>
}): Handler<typeof electLeaders> {
  return handler(electLeaders, (request) => controller.electLeaders(request))
}
