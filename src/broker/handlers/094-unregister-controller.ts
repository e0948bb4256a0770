/** UnregisterController: forgets a controller that will not come back. There is one, and it is active. */
import type { BrokerId } from '#core'
import { ErrorCode } from '#protocol'
import { unregisterController } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'

export function unregisterControllerHandler({
  controllerId,
}: {
  readonly controllerId: () => BrokerId
}): Handler<typeof unregisterController> {
  return handler(unregisterController, (request) =>
    request.controllerId === controllerId()
      ? {
          errorCode: ErrorCode.INVALID_REQUEST,
          errorMessage: 'Controller cannot unregister itself while it is active.',
        }
      : {
          errorCode: ErrorCode.CONTROLLER_ID_NOT_REGISTERED,
          errorMessage: `Controller ID ${request.controllerId} is not currently registered.`,
        },
  )
}
