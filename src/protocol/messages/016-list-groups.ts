/**
 * ListGroups: the groups that a broker coordinates.
 *
 * What versions brought:
 *    4  by state (KIP-518)
 *    5  by type (KIP-848)
 */
import { api } from '../api.ts'
import { array, int16, int32, message, string } from '../schema.ts'

export const listGroupsRequest = message(
  'ListGroupsRequest',
  { key: 16, versions: '0-5', flexible: '3+' },
  {
    statesFilter: array(string(), { versions: '4+', default: [] }),
    typesFilter: array(string(), { versions: '5+', default: [] }),
  },
)

export const listGroupsResponse = message(
  'ListGroupsResponse',
  { key: 16, versions: '0-5', flexible: '3+' },
  {
    throttleTimeMs: int32({ versions: '1+', default: 0 }),
    errorCode: int16(),
    groups: array({
      groupId: string(),
      protocolType: string(),
      groupState: string({ versions: '4+', default: '' }),
      groupType: string({ versions: '5+', default: '' }),
    }),
  },
)

export const listGroups = api(listGroupsRequest, listGroupsResponse)
