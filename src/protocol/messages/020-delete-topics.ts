/**
 * DeleteTopics: deletes topics by name or id.
 *
 * What versions brought:
 *    5  error messages (KIP-599)
 *    6  by id (KIP-516)
 */
import { ZERO_UUID } from '#core'
import { api } from '../api.ts'
import { array, int16, int32, message, string, uuid } from '../schema.ts'

export const deleteTopicsRequest = message(
  'DeleteTopicsRequest',
  { key: 20, versions: '1-6', flexible: '4+' },
  {
    topics: array(
      {
        name: string({ nullable: '6+', default: null }),
        topicId: uuid(),
      },
      { versions: '6+', default: [] },
    ),
    topicNames: array(string(), { versions: '1-5', default: [] }),
    timeoutMs: int32(),
  },
)

export const deleteTopicsResponse = message(
  'DeleteTopicsResponse',
  { key: 20, versions: '1-6', flexible: '4+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    responses: array({
      name: string({ nullable: '6+' }),
      topicId: uuid({ versions: '6+', default: ZERO_UUID }),
      errorCode: int16(),
      errorMessage: string({ versions: '5+', nullable: '5+', default: null }),
    }),
  },
)

export const deleteTopics = api(deleteTopicsRequest, deleteTopicsResponse)
