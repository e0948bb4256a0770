/**
 * FindCoordinator: which broker coordinates a group, a transactional id or a share group's partition.
 *
 * What versions brought:
 *    1  the kind of the key (KIP-98)
 *    4  many keys at once (KIP-699)
 *    6  share groups (KIP-932)
 */
import { api } from '../api.ts'
import { array, int8, int16, int32, message, string } from '../schema.ts'

export const findCoordinatorRequest = message(
  'FindCoordinatorRequest',
  { key: 10, versions: '0-6', flexible: '3+' },
  {
    key: string({ versions: '0-3', default: '' }),
    keyType: int8({ versions: '1+', default: 0 }),
    coordinatorKeys: array(string(), { versions: '4+', default: [] }),
  },
)

export const findCoordinatorResponse = message(
  'FindCoordinatorResponse',
  { key: 10, versions: '0-6', flexible: '3+' },
  {
    throttleTimeMs: int32({ versions: '1+', default: 0 }),
    errorCode: int16({ versions: '0-3', default: 0 }),
    errorMessage: string({ versions: '1-3', nullable: '1-3', default: null }),
    nodeId: int32({ versions: '0-3', default: 0 }),
    host: string({ versions: '0-3', default: '' }),
    port: int32({ versions: '0-3', default: 0 }),
    coordinators: array(
      {
        key: string(),
        nodeId: int32(),
        host: string(),
        port: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: '4+', default: null }),
      },
      { versions: '4+', default: [] },
    ),
  },
)

export const findCoordinator = api(findCoordinatorRequest, findCoordinatorResponse)
