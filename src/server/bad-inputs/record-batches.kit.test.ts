/** What a producer says about its records: rows 51 to 54. Batches themselves are tried where they are checked. */
import { produce } from '#protocol/messages'
import { encodeBatch } from '#protocol/records'
import { ask, type BadInput } from './bad-input.kit.test.ts'
import { batchOf, INT32_MAX, producing, sequence } from './requests.kit.test.ts'

export const recordBatches: readonly BadInput[] = [
  ask(51, 'a gap in the sequence', [produce, 9], sequence(51_001n, [0, 0], [6, 0]), 'OUT_OF_ORDER_SEQUENCE_NUMBER', {
    stores: true,
  }),
  ask(51, 'the same batch again is stored once', [produce, 9], sequence(51_002n, [0, 0], [0, 0]), 'NONE', {
    stores: true,
  }),
  ask(
    51,
    'the sequence after 2^31 - 1 is 0',
    [produce, 9],
    [...sequence(51_003n, [0, 0]), ...sequence(51_003n, [INT32_MAX - 2, 0])],
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    { stores: true },
  ),
  ask(51, 'an epoch that is over', [produce, 9], sequence(51_004n, [0, 1], [3, 0]), 'INVALID_PRODUCER_EPOCH', {
    stores: true,
  }),
  ask(
    53,
    'acks of 2',
    [produce, 9],
    producing(({ nowMs }) => batchOf(1, nowMs), { acks: 2 }),
    'INVALID_REQUIRED_ACKS',
  ),
  ask(
    53,
    'acks of -2',
    [produce, 9],
    producing(({ nowMs }) => batchOf(1, nowMs), { acks: -2 }),
    'INVALID_REQUIRED_ACKS',
  ),
  ask(
    53,
    'acks of 0, with an error',
    [produce, 9],
    producing(({ nowMs }) => batchOf(1, nowMs), { acks: 0, topic: 'nobody' }),
    'closed',
  ),
  ask(
    54,
    'as many partitions as there may be in one Produce',
    [produce, 9],
    producing(() => null, { topic: 'nobody', indexes: Array.from({ length: 10_400 }, (_, i) => i) }),
    'UNKNOWN_TOPIC_OR_PARTITION',
    { isLarge: true, kafka: { answer: 'closed', but: 'null records are an answer of each partition here' } },
  ),
  ask(
    54,
    'a record of 2 MiB',
    [produce, 9],
    producing(({ nowMs }) => encodeBatch([{ timestamp: nowMs, value: new Uint8Array(2_097_152) }])),
    'MESSAGE_TOO_LARGE',
    { isLarge: true },
  ),
]
