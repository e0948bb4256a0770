import { ErrorCode } from '#protocol'
import type { allocateProducerIds as api } from '#protocol/messages'
import { brokerEpochProblem } from './brokers.ts'
import { answer, apiError, type Operation } from './operation.ts'

const BLOCK_LENGTH = 1000
const INT64_MAX = 2n ** 63n - 1n

/** AllocateProducerIds: gives a broker the next thousand producer ids, which nobody else ever gets (INV-43, KIP-730). */
export const allocateProducerIds: Operation<typeof api> = {
  run(scope, request) {
    const problem = brokerEpochProblem(scope, request)
    if (problem !== undefined) return answer(allocateProducerIds.refuse(problem, request))
    const { brokerId, brokerEpoch } = request
    const first = scope.image.nextProducerId
    if (first > INT64_MAX - BigInt(BLOCK_LENGTH)) {
      return answer(allocateProducerIds.refuse(apiError(ErrorCode.UNKNOWN_SERVER_ERROR), request))
    }
    const nextProducerId = first + BigInt(BLOCK_LENGTH)
    return {
      records: [{ type: 'PRODUCER_IDS_RECORD', version: 0, data: { brokerId, brokerEpoch, nextProducerId } }],
      response: { errorCode: 0, producerIdStart: first, producerIdLen: BLOCK_LENGTH },
    }
  },

  refuse: ({ error }) => ({ errorCode: error, producerIdStart: -1n, producerIdLen: 0 }),
}
