/** DeleteGroups: deletes groups without members, and their offsets (KIP-229). */
import { api } from '../api.ts'
import { array, int16, int32, message, string } from '../schema.ts'

export const deleteGroupsRequest = message(
  'DeleteGroupsRequest',
  { key: 42, versions: '0-3', flexible: '2+' },
  {
    groupsNames: array(string()),
  },
)

export const deleteGroupsResponse = message(
  'DeleteGroupsResponse',
  { key: 42, versions: '0-3', flexible: '2+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    results: array({
      groupId: string(),
      errorCode: int16(),
      errorMessage: string({ versions: '3+', nullable: '3+', default: null }),
    }),
  },
)

export const deleteGroups = api(deleteGroupsRequest, deleteGroupsResponse)
