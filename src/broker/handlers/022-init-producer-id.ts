/**
 * InitProducerId: a new identity for an idempotent producer (KIP-98).
 *
 * Transactional producers are refused with the one error that every client takes as final, instead of leaving them to
 * look for a transaction coordinator for ever.
 */
import { ErrorCode } from '#protocol'
import { initProducerId } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'
import type { ProducerIds } from '../producer-ids.ts'

/** Declared in 4.4, but not released: Kafka does not advertise it either. */
const VERSION_MAX = 5
const NO_PRODUCER_ID = -1n
const NO_PRODUCER_EPOCH = -1

export function initProducerIdHandler({
  producerIds,
}: {
  readonly producerIds: ProducerIds
}): Handler<typeof initProducerId> {
  return handler(
    initProducerId,
    async ({ transactionalId, producerId: oldId, producerEpoch: oldEpoch }) => {
      const isHalf = (oldId === NO_PRODUCER_ID) !== (oldEpoch === NO_PRODUCER_EPOCH)
      if (transactionalId === '' || isHalf) return { errorCode: ErrorCode.INVALID_REQUEST, producerEpoch: -1 }
      if (transactionalId !== null) {
        return { errorCode: ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, producerEpoch: -1 }
      }
      const { errorCode, producerId } = await producerIds.next()
      if (errorCode !== ErrorCode.NONE) return { errorCode, producerEpoch: -1 }
      return { errorCode, producerId, producerEpoch: 0 }
    },
    { max: VERSION_MAX },
  )
}
