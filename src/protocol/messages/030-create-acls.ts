/**
 * CreateAcls: adds access control entries (KIP-140).
 *
 * What versions brought:
 *    1  prefixed resource patterns (KIP-290)
 */
import { api } from '../api.ts'
import { array, int8, int16, int32, message, string } from '../schema.ts'

export const createAclsRequest = message(
  'CreateAclsRequest',
  { key: 30, versions: '1-3', flexible: '2+' },
  {
    creations: array({
      resourceType: int8(),
      resourceName: string(),
      resourcePatternType: int8({ default: 3 }),
      principal: string(),
      host: string(),
      operation: int8(),
      permissionType: int8(),
    }),
  },
)

export const createAclsResponse = message(
  'CreateAclsResponse',
  { key: 30, versions: '1-3', flexible: '2+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    results: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '1+', default: null }),
    }),
  },
)

export const createAcls = api(createAclsRequest, createAclsResponse)
