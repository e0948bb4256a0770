/**
 * The table of all APIs: who serves them, and in which versions.
 *
 * What versions exist is declared by each API's messages; the table adds what Kafka keeps beside them. Whether Ottla has
 * an API yet is not said here: a broker advertises what it has handlers for.
 */
import type { Api } from './api.ts'
import * as messages from './messages/index.ts'

export type ListenerRole = 'broker' | 'controller'

export interface ApiEntry {
  readonly api: Api
  /** Which kinds of node serve it. */
  readonly listeners: readonly ListenerRole[]
  /** What ApiVersions announces: the range of the messages, but without versions that are not stable. */
  readonly advertisedMin: number
  readonly advertisedMax: number
  /** Only other nodes may send it: it needs CLUSTER_ACTION. */
  readonly clusterAction: boolean
  /** A broker passes it on to the active controller. */
  readonly forwardable: boolean
}

const BROKER: readonly ListenerRole[] = ['broker']
const CONTROLLER: readonly ListenerRole[] = ['controller']
const BOTH: readonly ListenerRole[] = ['broker', 'controller']

interface Exceptions {
  readonly advertisedMin?: number
  readonly stableMax?: number
  readonly clusterAction?: boolean
  readonly forwardable?: boolean
}

function entry(api: Api, listeners: readonly ListenerRole[], exceptions: Exceptions = {}): ApiEntry {
  return {
    api,
    listeners,
    advertisedMin: exceptions.advertisedMin ?? api.request.versionMin,
    advertisedMax: exceptions.stableMax ?? api.request.versionMax,
    clusterAction: exceptions.clusterAction ?? false,
    forwardable: exceptions.forwardable ?? false,
  }
}

/** Every API of Kafka 4.4, by rising key. Produce is announced from 0, as Kafka does it for old librdkafkas; 0-2 are refused. */
export const apiEntries: readonly ApiEntry[] = [
  entry(messages.produce, BROKER, { advertisedMin: 0 }),
  entry(messages.fetch, BOTH),
  entry(messages.listOffsets, BROKER),
  entry(messages.metadata, BROKER),
  entry(messages.offsetCommit, BROKER),
  entry(messages.offsetFetch, BROKER),
  entry(messages.findCoordinator, BROKER),
  entry(messages.joinGroup, BROKER),
  entry(messages.heartbeat, BROKER),
  entry(messages.leaveGroup, BROKER),
  entry(messages.syncGroup, BROKER),
  entry(messages.describeGroups, BROKER),
  entry(messages.listGroups, BROKER),
  entry(messages.saslHandshake, BOTH),
  entry(messages.apiVersions, BOTH),
  entry(messages.createTopics, BOTH, { forwardable: true }),
  entry(messages.deleteTopics, BOTH, { forwardable: true }),
  entry(messages.deleteRecords, BROKER),
  entry(messages.initProducerId, BROKER, { stableMax: 5 }),
  entry(messages.offsetForLeaderEpoch, BROKER),
  entry(messages.addPartitionsToTxn, BROKER),
  entry(messages.addOffsetsToTxn, BROKER),
  entry(messages.endTxn, BROKER),
  entry(messages.writeTxnMarkers, BROKER, { clusterAction: true }),
  entry(messages.txnOffsetCommit, BROKER),
  entry(messages.describeAcls, BOTH),
  entry(messages.createAcls, BOTH, { forwardable: true }),
  entry(messages.deleteAcls, BOTH, { forwardable: true }),
  entry(messages.describeConfigs, BOTH),
  entry(messages.alterConfigs, BOTH, { forwardable: true }),
  entry(messages.alterReplicaLogDirs, BROKER),
  entry(messages.describeLogDirs, BROKER),
  entry(messages.saslAuthenticate, BOTH),
  entry(messages.createPartitions, BOTH, { forwardable: true }),
  entry(messages.createDelegationToken, BOTH, { forwardable: true }),
  entry(messages.renewDelegationToken, BOTH, { forwardable: true }),
  entry(messages.expireDelegationToken, BOTH, { forwardable: true }),
  entry(messages.describeDelegationToken, BOTH),
  entry(messages.deleteGroups, BROKER),
  entry(messages.electLeaders, BOTH, { forwardable: true }),
  entry(messages.incrementalAlterConfigs, BOTH, { forwardable: true }),
  entry(messages.alterPartitionReassignments, BOTH, { forwardable: true }),
  entry(messages.listPartitionReassignments, BOTH, { forwardable: true }),
  entry(messages.offsetDelete, BROKER),
  entry(messages.describeClientQuotas, BROKER),
  entry(messages.alterClientQuotas, BOTH, { forwardable: true }),
  entry(messages.describeUserScramCredentials, BOTH),
  entry(messages.alterUserScramCredentials, BOTH, { forwardable: true }),
  entry(messages.vote, CONTROLLER, { clusterAction: true }),
  entry(messages.beginQuorumEpoch, CONTROLLER, { clusterAction: true }),
  entry(messages.endQuorumEpoch, CONTROLLER, { clusterAction: true }),
  entry(messages.describeQuorum, BOTH, { clusterAction: true, forwardable: true }),
  entry(messages.alterPartition, CONTROLLER, { clusterAction: true }),
  entry(messages.updateFeatures, BOTH, { clusterAction: true, forwardable: true }),
  entry(messages.envelope, CONTROLLER, { clusterAction: true }),
  entry(messages.fetchSnapshot, CONTROLLER),
  entry(messages.describeCluster, BOTH),
  entry(messages.describeProducers, BROKER),
  entry(messages.brokerRegistration, CONTROLLER, { clusterAction: true }),
  entry(messages.brokerHeartbeat, CONTROLLER, { clusterAction: true }),
  entry(messages.unregisterBroker, BOTH, { forwardable: true }),
  entry(messages.describeTransactions, BROKER),
  entry(messages.listTransactions, BROKER),
  entry(messages.allocateProducerIds, CONTROLLER, { clusterAction: true, forwardable: true }),
  entry(messages.consumerGroupHeartbeat, BROKER),
  entry(messages.consumerGroupDescribe, BROKER),
  entry(messages.controllerRegistration, CONTROLLER),
  entry(messages.getTelemetrySubscriptions, BROKER),
  entry(messages.pushTelemetry, BROKER),
  entry(messages.assignReplicasToDirs, CONTROLLER),
  entry(messages.listConfigResources, BROKER),
  entry(messages.describeTopicPartitions, BROKER),
  entry(messages.shareGroupHeartbeat, BROKER),
  entry(messages.shareGroupDescribe, BROKER),
  entry(messages.shareFetch, BROKER),
  entry(messages.shareAcknowledge, BROKER),
  entry(messages.addRaftVoter, BOTH, { forwardable: true }),
  entry(messages.removeRaftVoter, BOTH, { forwardable: true }),
  entry(messages.updateRaftVoter, CONTROLLER),
  entry(messages.initializeShareGroupState, BROKER, { clusterAction: true }),
  entry(messages.readShareGroupState, BROKER, { clusterAction: true }),
  entry(messages.writeShareGroupState, BROKER, { clusterAction: true }),
  entry(messages.deleteShareGroupState, BROKER, { clusterAction: true }),
  entry(messages.readShareGroupStateSummary, BROKER, { clusterAction: true }),
  entry(messages.streamsGroupHeartbeat, BROKER),
  entry(messages.streamsGroupDescribe, BROKER),
  entry(messages.describeShareGroupOffsets, BROKER),
  entry(messages.alterShareGroupOffsets, BROKER),
  entry(messages.deleteShareGroupOffsets, BROKER),
  entry(messages.streamsGroupTopologyDescriptionUpdate, BROKER),
  entry(messages.unregisterController, BOTH, { forwardable: true }),
]

const byKey = new Map(apiEntries.map((entry) => [entry.api.key, entry]))

/** The API of a key, or undefined where Kafka 4.4 has none. */
export function apiByKey(key: number): Api | undefined {
  return byKey.get(key)?.api
}

/** The row of a key in the table, or undefined where Kafka 4.4 has none. */
export function apiEntry(key: number): ApiEntry | undefined {
  return byKey.get(key)
}
