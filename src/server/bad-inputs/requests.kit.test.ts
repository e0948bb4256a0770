/** Requests as a client would send them, of which a bad input changes a field. */
import { utf8, ZERO_UUID } from '#core'
import type { RequestOf } from '#protocol'
import type { createTopics, fetch, joinGroup } from '#protocol/messages'
import { type BatchOptions, encodeBatch, setCrc } from '#protocol/records'
import type { BadInputWorld } from './bad-input.kit.test.ts'

export const AN_ID = 'dMiNfBBIREgOZUjyp0HuZA'
export const INT32_MAX = 2 ** 31 - 1

export function batchOf(
  count: number,
  nowMs: number,
  options: BatchOptions = {},
  key: Uint8Array | null = utf8('k'),
): Uint8Array {
  return encodeBatch(
    Array.from({ length: count }, (_, i) => ({ timestamp: nowMs, key, value: utf8(`value ${i}`) })),
    options,
  )
}

export interface Produced {
  readonly topic?: string
  readonly acks?: number
  readonly indexes?: readonly number[]
  readonly transactionalId?: string | null
}

/** A Produce request of version 12 or older, by name. */
export function producing(records: (world: BadInputWorld) => Uint8Array | null, produced: Produced = {}) {
  const { topic: name = 'orders', acks = -1, indexes = [0], transactionalId = null } = produced
  return (world: BadInputWorld) => {
    const bytes = records(world)
    const partitionData = indexes.map((index) => ({ index, records: bytes === null ? null : [bytes] }))
    return { transactionalId, acks, timeoutMs: 3000, topicData: [{ name, topicId: ZERO_UUID, partitionData }] }
  }
}

/** Records of an idempotent producer, one request after another. */
export function sequence(producerId: bigint, ...batches: readonly (readonly [sequence: number, epoch: number])[]) {
  return batches.map(([baseSequence, producerEpoch]) =>
    producing(({ nowMs }) => batchOf(3, nowMs, { producerId, producerEpoch, baseSequence })),
  )
}

export function fetching(more: Record<string, unknown>, partition: Record<string, unknown> = {}) {
  return ({ ordersId }: BadInputWorld): Partial<RequestOf<typeof fetch>> => ({
    replicaId: -1,
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1_000_000,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [
      {
        topic: 'orders',
        topicId: ordersId,
        partitions: [
          {
            partition: 0,
            currentLeaderEpoch: -1,
            fetchOffset: 0,
            lastFetchedEpoch: -1,
            logStartOffset: -1,
            partitionMaxBytes: 1_000_000,
            replicaDirectoryId: ZERO_UUID,
            highWatermark: 2n ** 63n - 1n,
            ...partition,
          },
        ],
      },
    ],
    forgottenTopicsData: [],
    ...more,
  })
}

export function joining(more: Partial<RequestOf<typeof joinGroup>>): Partial<RequestOf<typeof joinGroup>> {
  return {
    groupId: 'bad-group',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 1000,
    memberId: '',
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Uint8Array.of(0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff) }],
    reason: null,
    ...more,
  }
}

export function committing(partition: Record<string, unknown>, more: Record<string, unknown> = {}) {
  return {
    groupId: 'bad-offsets',
    generationIdOrMemberEpoch: -1,
    memberId: '',
    groupInstanceId: null,
    retentionTimeMs: -1,
    topics: [
      {
        name: 'orders',
        topicId: ZERO_UUID,
        partitions: [
          { partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: null, ...partition },
        ],
      },
    ],
    ...more,
  }
}

export function creating(topics: readonly unknown[], validateOnly = true): Partial<RequestOf<typeof createTopics>> {
  return { topics: topics as never, timeoutMs: 3000, validateOnly }
}

export function finding(timestamp: bigint, more: Record<string, unknown> = {}) {
  const partitions = [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp, maxNumOffsets: 1 }]
  return { replicaId: -1, isolationLevel: 0, topics: [{ name: 'orders', partitions }], timeoutMs: 1000, ...more }
}

/** A batch with one record, whose body is `body`. */
export function oddRecord(body: readonly number[], nowMs: number): Uint8Array {
  const batch = batchOf(1, nowMs)
  const odd = new Uint8Array(61 + 1 + body.length)
  odd.set(batch.subarray(0, 61))
  odd.set([body.length * 2, ...body], 61)
  new DataView(odd.buffer).setInt32(8, odd.length - 12)
  setCrc(odd, 0)
  return odd
}
