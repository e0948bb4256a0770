/** Row 54: requests with about as many elements as they may have. None holds up the others for long. */
import { ZERO_UUID } from '#core'
import type { Api } from '#protocol'
import {
  alterConfigs,
  alterPartitionReassignments,
  createPartitions,
  deleteGroups,
  deleteRecords,
  deleteTopics,
  describeConfigs,
  describeGroups,
  describeLogDirs,
  describeProducers,
  describeTopicPartitions,
  electLeaders,
  fetch,
  findCoordinator,
  incrementalAlterConfigs,
  listOffsets,
  metadata,
  offsetCommit,
  offsetFetch,
  offsetForLeaderEpoch,
} from '#protocol/messages'
import { ask, type BadInput } from './bad-input.kit.test.ts'
import { committing, fetching, finding } from './requests.kit.test.ts'

export function fullRequests(): readonly BadInput[] {
  const names = Array.from({ length: 10_400 }, (_, i) => `nobody-${i}`)
  const some = names.map((_, i) => i)
  const all = Array.from({ length: 39_800 }, (_, i) => i)
  const inOrders = (partitions: readonly unknown[]) => [
    { name: 'orders', topic: 'orders', topicId: ZERO_UUID, partitions },
  ]
  const large = (api: Api, version: number, body: Record<string, unknown>, answer: string): BadInput =>
    ask(54, `as many as there may be in one ${api.name}`, [api, version], body as never, answer, { isLarge: true })
  const resources = names.map((resourceName) => ({
    resourceType: 2,
    resourceName,
    configs: [],
    configurationKeys: null,
  }))
  const epoch = { currentLeaderEpoch: -1, leaderEpoch: 0 }
  const commits = { committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: '' }
  const NOBODY = 'UNKNOWN_TOPIC_OR_PARTITION'
  return [
    large(metadata, 8, { topics: names.map((name) => ({ name })), allowAutoTopicCreation: false }, `${NOBODY} NONE`),
    large(
      listOffsets,
      7,
      {
        ...finding(-1n),
        topics: inOrders(all.map((partitionIndex) => ({ partitionIndex, timestamp: -1n, ...epoch }))),
      },
      `NONE ${NOBODY}`,
    ),
    large(
      offsetCommit,
      8,
      { ...committing({}), topics: inOrders(all.map((partitionIndex) => ({ partitionIndex, ...commits }))) },
      `${NOBODY} NONE`,
    ),
    large(
      offsetFetch,
      7,
      { groupId: 'bad-offsets', topics: [{ name: 'orders', partitionIndexes: all }], requireStable: false },
      'NONE',
    ),
    large(describeConfigs, 4, { resources, includeSynonyms: false, includeDocumentation: false }, NOBODY),
    large(
      createPartitions,
      3,
      { topics: names.map((name) => ({ name, count: 3, assignments: null })), timeoutMs: 1, validateOnly: false },
      NOBODY,
    ),
    large(deleteTopics, 5, { topicNames: names, timeoutMs: 1000 }, NOBODY),
    large(alterConfigs, 2, { resources, validateOnly: false }, NOBODY),
    large(incrementalAlterConfigs, 1, { resources, validateOnly: false }, NOBODY),
    large(
      deleteRecords,
      2,
      { topics: inOrders(all.map((partitionIndex) => ({ partitionIndex, offset: 0 }))), timeoutMs: 1000 },
      `NONE ${NOBODY}`,
    ),
    large(describeGroups, 5, { groups: names, includeAuthorizedOperations: false }, 'NONE'),
    large(deleteGroups, 2, { groupsNames: names }, 'GROUP_ID_NOT_FOUND'),
    large(findCoordinator, 4, { keyType: 0, coordinatorKeys: names }, 'NONE'),
    large(
      offsetForLeaderEpoch,
      4,
      { replicaId: -1, topics: inOrders(all.map((partition) => ({ partition, ...epoch }))) },
      `NONE ${NOBODY}`,
    ),
    large(
      describeTopicPartitions,
      0,
      { topics: names.map((name) => ({ name })), responsePartitionLimit: 2000, cursor: null },
      NOBODY,
    ),
    large(describeProducers, 0, { topics: [{ name: 'orders', partitionIndexes: some }] }, `NONE ${NOBODY}`),
    large(
      electLeaders,
      2,
      { electionType: 0, topicPartitions: [{ topic: 'orders', partitions: some }], timeoutMs: 1000 },
      `NONE ELECTION_NOT_NEEDED ${NOBODY}`,
    ),
    large(
      alterPartitionReassignments,
      0,
      { timeoutMs: 1000, topics: inOrders(some.map((partitionIndex) => ({ partitionIndex, replicas: null }))) },
      `NONE NO_REASSIGNMENT_IN_PROGRESS ${NOBODY}`,
    ),
    large(describeLogDirs, 4, { topics: [{ topic: 'orders', partitions: some }] }, 'NONE'),
    ask(
      54,
      'as many as there may be in one Fetch',
      [fetch, 12],
      (world) => {
        const { topics: [first] = [], ...rest } = fetching({})(world)
        const partitions = all.map((partition) => ({ ...first!.partitions[0]!, partition }))
        return { ...rest, topics: [{ ...first!, partitions }] }
      },
      `NONE ${NOBODY}`,
      { isLarge: true },
    ),
  ]
}
