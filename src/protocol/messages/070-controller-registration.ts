/** ControllerRegistration: a controller that starts introduces itself to the active one (KIP-919). */
import { api } from '../api.ts'
import { array, bool, int16, int32, message, string, uint16, uuid } from '../schema.ts'

export const controllerRegistrationRequest = message(
  'ControllerRegistrationRequest',
  { key: 70, versions: '0', flexible: '0+' },
  {
    controllerId: int32(),
    incarnationId: uuid(),
    zkMigrationReady: bool(),
    listeners: array({
      name: string(),
      host: string(),
      port: uint16(),
      securityProtocol: int16(),
    }),
    features: array({
      name: string(),
      minSupportedVersion: int16(),
      maxSupportedVersion: int16(),
    }),
  },
)

export const controllerRegistrationResponse = message(
  'ControllerRegistrationResponse',
  { key: 70, versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
  },
)

export const controllerRegistration = api(controllerRegistrationRequest, controllerRegistrationResponse)
