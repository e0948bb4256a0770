/** UnregisterController: makes the active controller forget a controller that is gone for good. */
import { api } from '../api.ts'
import { int16, int32, message, string } from '../schema.ts'

export const unregisterControllerRequest = message(
  'UnregisterControllerRequest',
  { key: 94, versions: '0', flexible: '0+' },
  {
    controllerId: int32(),
  },
)

export const unregisterControllerResponse = message(
  'UnregisterControllerResponse',
  { key: 94, versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
  },
)

export const unregisterController = api(unregisterControllerRequest, unregisterControllerResponse)
