/**
 * DescribeAcls: lists access control entries that match a filter (KIP-140).
 *
 * What versions brought:
 *    1  prefixed resource patterns (KIP-290)
 */
import { api } from '../api.ts'
import { array, int8, int16, int32, message, string } from '../schema.ts'

export const describeAclsRequest = message(
  'DescribeAclsRequest',
  { key: 29, versions: '1-3', flexible: '2+' },
  {
    resourceTypeFilter: int8(),
    resourceNameFilter: string({ nullable: '1+' }),
    patternTypeFilter: int8({ default: 3 }),
    principalFilter: string({ nullable: '1+' }),
    hostFilter: string({ nullable: '1+' }),
    operation: int8(),
    permissionType: int8(),
  },
)

export const describeAclsResponse = message(
  'DescribeAclsResponse',
  { key: 29, versions: '1-3', flexible: '2+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: '1+', default: null }),
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      patternType: int8({ default: 3 }),
      acls: array({
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8(),
      }),
    }),
  },
)

export const describeAcls = api(describeAclsRequest, describeAclsResponse)
