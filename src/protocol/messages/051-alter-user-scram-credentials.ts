/** AlterUserScramCredentials: sets and deletes SCRAM credentials of users (KIP-554). */
import { api } from '../api.ts'
import { array, bytes, int8, int16, int32, message, string } from '../schema.ts'

export const alterUserScramCredentialsRequest = message(
  'AlterUserScramCredentialsRequest',
  { key: 51, versions: '0', flexible: '0+' },
  {
    deletions: array({
      name: string(),
      mechanism: int8(),
    }),
    upsertions: array({
      name: string(),
      mechanism: int8(),
      iterations: int32(),
      salt: bytes(),
      saltedPassword: bytes(),
    }),
  },
)

export const alterUserScramCredentialsResponse = message(
  'AlterUserScramCredentialsResponse',
  { key: 51, versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    results: array({
      user: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: '0+', default: null }),
    }),
  },
)

export const alterUserScramCredentials = api(alterUserScramCredentialsRequest, alterUserScramCredentialsResponse)
