/** Metadata records of access control and credentials. */
import { array, bytes, int8, int32, message, offset, string, uuid } from '../schema.ts'

/** An access control entry is added. */
export const accessControlEntryRecord = message(
  'AccessControlEntryRecord',
  { key: 18, versions: '0', flexible: '0+' },
  {
    id: uuid(),
    resourceType: int8(),
    resourceName: string(),
    patternType: int8(),
    principal: string(),
    host: string(),
    operation: int8(),
    permissionType: int8(),
  },
)

/** An access control entry is removed. */
export const removeAccessControlEntryRecord = message(
  'RemoveAccessControlEntryRecord',
  { key: 19, versions: '0', flexible: '0+' },
  {
    id: uuid(),
  },
)

/** A user's SCRAM credential is set. */
export const userScramCredentialRecord = message(
  'UserScramCredentialRecord',
  { key: 11, versions: '0', flexible: '0+' },
  {
    name: string(),
    mechanism: int8(),
    salt: bytes(),
    storedKey: bytes(),
    serverKey: bytes(),
    iterations: int32(),
  },
)

/** A user's SCRAM credential is removed. */
export const removeUserScramCredentialRecord = message(
  'RemoveUserScramCredentialRecord',
  { key: 22, versions: '0', flexible: '0+' },
  {
    name: string(),
    mechanism: int8(),
  },
)

/** A delegation token is issued or renewed. */
export const delegationTokenRecord = message(
  'DelegationTokenRecord',
  { key: 10, versions: '0', flexible: '0+' },
  {
    owner: string(),
    requester: string(),
    renewers: array(string()),
    issueTimestamp: offset(),
    maxTimestamp: offset(),
    expirationTimestamp: offset(),
    tokenId: string(),
  },
)

/** A delegation token is removed. */
export const removeDelegationTokenRecord = message(
  'RemoveDelegationTokenRecord',
  { key: 26, versions: '0', flexible: '0+' },
  {
    tokenId: string(),
  },
)
