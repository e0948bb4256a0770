/**
 * DeleteAcls: removes access control entries that match filters (KIP-140).
 *
 * What versions brought:
 *    1  prefixed resource patterns (KIP-290)
 */
import { api } from '../api.ts'
import { array, int8, int16, int32, message, string } from '../schema.ts'

export const deleteAclsRequest = message(
  'DeleteAclsRequest',
  { key: 31, versions: '1-3', flexible: '2+' },
  {
    filters: array({
      resourceTypeFilter: int8(),
      resourceNameFilter: string({ nullable: '1+' }),
      patternTypeFilter: int8({ default: 3 }),
      principalFilter: string({ nullable: '1+' }),
      hostFilter: string({ nullable: '1+' }),
      operation: int8(),
      permissionType: int8(),
    }),
  },
)

export const deleteAclsResponse = message(
  'DeleteAclsResponse',
  { key: 31, versions: '1-3', flexible: '2+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    filterResults: array({
      errorCode: int16(),
      errorMessage: string({ nullable: '1+', default: null }),
      matchingAcls: array({
        errorCode: int16(),
        errorMessage: string({ nullable: '1+', default: null }),
        resourceType: int8(),
        resourceName: string(),
        patternType: int8({ default: 3 }),
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8(),
      }),
    }),
  },
)

export const deleteAcls = api(deleteAclsRequest, deleteAclsResponse)
