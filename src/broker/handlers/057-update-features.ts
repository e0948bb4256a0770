/** UpdateFeatures: raises or lowers the levels of the cluster's features. */
import type { ControllerApi } from '#metadata'
import { updateFeatures } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'

export function updateFeaturesHandler({
  controller,
}: {
  readonly controller: Pick<ControllerApi, 'updateFeatures'>
}): Handler<typeof updateFeatures> {
  return handler(updateFeatures, (request) => controller.updateFeatures(request))
}
