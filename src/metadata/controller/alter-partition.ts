/**
 * AlterPartition: the leader of a partition tells which replicas are in sync with it.
 *
 * It names the epochs of what it knows, so that a leader that has missed something changes nothing: an answer here is
 * either the state that is now in force, or an error after which the leader waits for newer metadata.
 */
import { ErrorCode, type RequestOf, type ResponseOf } from '#protocol'
import type { alterPartition as api } from '#protocol/messages'
import { changePartition, NO_LEADER_CHANGE, type PartitionRegistration } from '../image/partition-registration.ts'
import type { TopicImage } from '../image/topics-image.ts'
import type { MetadataRecord } from '../metadata-record.ts'
import { brokerEpochProblem } from './brokers.ts'
import { changePartitionOf, topicRules } from './leadership.ts'
import { answer, type Operation, type Scope } from './operation.ts'

type Asked = RequestOf<typeof api>['topics'][number]['partitions'][number]
type Result = ResponseOf<typeof api>['topics'][number]['partitions'][number]

export const alterPartition: Operation<typeof api> = {
  run(scope, request) {
    const problem = brokerEpochProblem(scope, request)
    if (problem !== undefined) return answer(alterPartition.refuse(problem, request))
    const records: MetadataRecord[] = []
    const topics = request.topics.map(({ topicId, partitions }) => {
      const topic = scope.image.topics.byId.get(topicId)
      const results = partitions.map((asked) => {
        if (topic === undefined) return refused(asked, ErrorCode.UNKNOWN_TOPIC_ID)
        const { record, result } = alter(scope, { topic, asked, brokerId: request.brokerId })
        if (record !== undefined) records.push(record)
        return result
      })
      return { topicId, partitions: results }
    })
    return { records, response: { errorCode: 0, topics } }
  },

  refuse(error) {
    return { errorCode: error.error, topics: [] }
  },
}

function refused({ partitionIndex }: Asked, errorCode: number): Result {
  return {
    partitionIndex,
    errorCode,
    leaderId: 0,
    leaderEpoch: 0,
    isr: [],
    leaderRecoveryState: 0,
    partitionEpoch: 0,
  }
}

function alter(
  scope: Scope,
  { topic, asked, brokerId }: { topic: TopicImage; asked: Asked; brokerId: number },
): { readonly record?: MetadataRecord; readonly result: Result } {
  const before = topic.partitions.get(asked.partitionIndex)
  const isr = newIsr(asked)
  const problem = problemOf(scope, { partition: before, asked, isr, brokerId })
  if (problem !== 0 || before === undefined) return { result: refused(asked, problem) }
  const rules = topicRules(scope, topic)
  const target = {
    isr: isr.map((member) => member.brokerId),
    recoveryState: asked.leaderRecoveryState === 1 ? 1 : 0,
    election: rules.election,
  } as const
  const record = changePartitionOf({ topic, partitionId: asked.partitionIndex }, target, rules)
  if (record?.type !== 'PARTITION_CHANGE_RECORD') return { result: accepted(asked, before) }
  const { leader } = record.data
  if (leader !== brokerId && leader !== NO_LEADER_CHANGE) {
    // The new ISR completed a reassignment that this leader is not part of: the change stands, the leader is another.
    return { record, result: refused(asked, ErrorCode.NEW_LEADER_ELECTED) }
  }
  return { record, result: accepted(asked, changePartition(before, record.data)) }
}

function accepted({ partitionIndex }: Asked, partition: PartitionRegistration): Result {
  return {
    partitionIndex,
    errorCode: 0,
    leaderId: partition.leader,
    leaderEpoch: partition.leaderEpoch,
    isr: partition.isr,
    leaderRecoveryState: partition.leaderRecoveryState,
    partitionEpoch: partition.partitionEpoch,
  }
}

interface Member {
  readonly brokerId: number
  /** -1: not told, not checked. */
  readonly brokerEpoch: number
}

/** Version 2 names the members only, version 3 their epochs too (KIP-903). */
function newIsr({ newIsr: ids, newIsrWithEpochs }: Asked): readonly Member[] {
  if (newIsrWithEpochs.length > 0) return newIsrWithEpochs
  return ids.map((brokerId) => ({ brokerId, brokerEpoch: -1 }))
}

/** The error code for a request that does not fit what is in force; 0 where it does. */
function problemOf(
  scope: Scope,
  {
    partition,
    asked,
    isr,
    brokerId,
  }: { partition: PartitionRegistration | undefined; asked: Asked; isr: readonly Member[]; brokerId: number },
): number {
  if (partition === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  // A leader that knows more than we do has heard from a newer controller.
  if (asked.leaderEpoch > partition.leaderEpoch) return ErrorCode.NOT_CONTROLLER
  if (asked.partitionEpoch > partition.partitionEpoch) return ErrorCode.NOT_CONTROLLER
  if (asked.leaderEpoch < partition.leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH
  if (brokerId !== partition.leader) return ErrorCode.INVALID_REQUEST
  if (asked.partitionEpoch < partition.partitionEpoch) return ErrorCode.INVALID_UPDATE_VERSION
  const ids = isr.map((member) => member.brokerId)
  const distinct = new Set(ids).size === ids.length && ids.length > 0
  if (!distinct || ids.some((id) => !partition.replicas.includes(id))) return ErrorCode.INVALID_REQUEST
  if (!ids.includes(partition.leader)) return ErrorCode.INVALID_REQUEST
  const recovering = asked.leaderRecoveryState === 1
  if (recovering && (ids.length > 1 || partition.leaderRecoveryState === 0)) return ErrorCode.INVALID_REQUEST
  return isr.every((member) => isEligible(scope, member)) ? 0 : ErrorCode.INELIGIBLE_REPLICA
}

function isEligible({ image: { cluster } }: Scope, { brokerId, brokerEpoch }: Member): boolean {
  return cluster.isActive(brokerId) && (brokerEpoch === -1 || cluster.brokers.get(brokerId)?.epoch === brokerEpoch)
}
