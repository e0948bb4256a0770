/** DescribeUserScramCredentials: which SCRAM mechanisms a user has credentials for (KIP-554). */
import { api } from '../api.ts'
import { array, int8, int16, int32, message, string } from '../schema.ts'

export const describeUserScramCredentialsRequest = message(
  'DescribeUserScramCredentialsRequest',
  { key: 50, versions: '0', flexible: '0+' },
  {
    users: array(
      {
        name: string(),
      },
      { nullable: '0+' },
    ),
  },
)

export const describeUserScramCredentialsResponse = message(
  'DescribeUserScramCredentialsResponse',
  { key: 50, versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    results: array({
      user: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: '0+', default: null }),
      credentialInfos: array({
        mechanism: int8(),
        iterations: int32(),
      }),
    }),
  },
)

export const describeUserScramCredentials = api(
  describeUserScramCredentialsRequest,
  describeUserScramCredentialsResponse,
)
