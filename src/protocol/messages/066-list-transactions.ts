/**
 * ListTransactions: transactions that a broker coordinates (KIP-664).
 *
 * What versions brought:
 *    1  by duration (KIP-994)
 *    2  by a pattern of transactional ids (KIP-1152)
 */
import { api } from '../api.ts'
import { array, int16, int32, int64, message, offset, string } from '../schema.ts'

export const listTransactionsRequest = message(
  'ListTransactionsRequest',
  { key: 66, versions: '0-2', flexible: '0+' },
  {
    stateFilters: array(string()),
    producerIdFilters: array(int64()),
    durationFilter: offset({ versions: '1+', default: -1 }),
    transactionalIdPattern: string({ versions: '2+', nullable: '2+', default: null }),
  },
)

export const listTransactionsResponse = message(
  'ListTransactionsResponse',
  { key: 66, versions: '0-2', flexible: '0+' },
  {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    unknownStateFilters: array(string()),
    transactionStates: array({
      transactionalId: string(),
      producerId: int64(),
      transactionState: string(),
    }),
  },
)

export const listTransactions = api(listTransactionsRequest, listTransactionsResponse)
