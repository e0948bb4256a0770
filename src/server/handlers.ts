/**
 * Which API is answered by what: every handler of a broker, with the ports it takes.
 */

import {
  type ApiVersionsPorts,
  addRaftVoterHandler,
  alterConfigsHandler,
  alterPartitionReassignmentsHandler,
  alterReplicaLogDirsHandler,
  apiVersionsHandler,
  ClientTelemetry,
  createPartitionsHandler,
  createTopicsHandler,
  deleteGroupsHandler,
  deleteRecordsHandler,
  deleteTopicsHandler,
  describeClusterHandler,
  describeConfigsHandler,
  describeGroupsHandler,
  describeLogDirsHandler,
  describeProducersHandler,
  describeQuorumHandler,
  describeTopicPartitionsHandler,
  electLeadersHandler,
  endpointsOf,
  FetchSessions,
  fetchHandler,
  findCoordinatorHandler,
  getTelemetrySubscriptionsHandler,
  type Handler,
  heartbeatHandler,
  incrementalAlterConfigsHandler,
  initProducerIdHandler,
  joinGroupHandler,
  leaveGroupHandler,
  listConfigResourcesHandler,
  listGroupsHandler,
  listOffsetsHandler,
  listPartitionReassignmentsHandler,
  metadataHandler,
  offsetCommitHandler,
  offsetDeleteHandler,
  offsetFetchHandler,
  offsetForLeaderEpochHandler,
  ProducerIds,
  produceHandler,
  pushTelemetryHandler,
  removeRaftVoterHandler,
  syncGroupHandler,
  unregisterBrokerHandler,
  unregisterControllerHandler,
  updateFeaturesHandler,
} from '#broker'
import type { BrokerConfig } from '#config'
import type { GroupCoordinator } from '#coordinator'
import type { Deadlines } from '#core'
import type { Host } from '#host'
import { type MetadataNode, supportedFeatures } from '#metadata'
import type { Partitions } from '#replication'
import type { AutoTopics } from './auto-topics.ts'
import type { Loggers } from './loggers.ts'
import { type Directories, isCordoned } from './starting.ts'
import { coordinatorTopicsOf, groupTopicsOf } from './topics.ts'

export interface HandlerPorts {
  readonly config: BrokerConfig
  readonly host: Host
  readonly node: MetadataNode
  readonly partitions: Partitions
  readonly groups: GroupCoordinator
  readonly autoTopics: AutoTopics
  readonly deadlines: Deadlines
  readonly directories: Directories
  readonly loggers: Loggers
  readonly brokerEpoch: () => number
}

export function createHandlers(ports: HandlerPorts): Handler[] {
  const { config, host, node, partitions, groups, autoTopics, deadlines, directories, loggers } = ports
  const { image, controller, clusterId } = node
  const brokerId = config.get('node.id')
  const topics = groupTopicsOf(image)
  const configChange = { config, image, logLevels: loggers.levels, logger: loggers.of('broker') }
  const coordinatorTopics = coordinatorTopicsOf(image, ({ name }) => void autoTopics.create(name))
  const leaderEndpoints = (listenerName: string, leaders: ReadonlySet<number>) =>
    endpointsOf(image, listenerName, leaders)
  // Any broker forwards to the controller; a client is best served by the one it speaks with.
  const controllerId = () => brokerId
  const sessions = new FetchSessions(
    config.get('max.incremental.fetch.session.cache.slots'),
    () => 1 + host.random.below(0x7ffffffe),
  )
  const telemetry = new ClientTelemetry(host.clock, host.random)
  const quorum = () => node.quorum()
  const handlers: Handler[] = []
  handlers.push(
    produceHandler({ partitions, deadlines, endpointsOf: leaderEndpoints }),
    fetchHandler({
      partitions,
      deadlines,
      sessions,
      endpointsOf: leaderEndpoints,
      clock: host.clock,
      fetchMaxBytes: () => config.get('fetch.max.bytes'),
    }),
    listOffsetsHandler({ partitions }),
    metadataHandler({
      image,
      clusterId,
      controllerId,
      createTopic: (name) => autoTopics.create(name),
      autoCreates: () => config.get('auto.create.topics.enable'),
    }),
    offsetCommitHandler({ groups, topics }),
    offsetFetchHandler({ groups, topics }),
    findCoordinatorHandler({ groups, topics: coordinatorTopics }),
    joinGroupHandler({ groups }),
    heartbeatHandler({ groups }),
    leaveGroupHandler({ groups }),
    syncGroupHandler({ groups }),
    describeGroupsHandler({ groups }),
    listGroupsHandler({ groups }),
    createTopicsHandler({ controller, partitions }),
    deleteTopicsHandler({ controller, partitions }),
    deleteRecordsHandler({ partitions }),
    initProducerIdHandler({ producerIds: new ProducerIds(brokerId, ports.brokerEpoch, { controller }) }),
    offsetForLeaderEpochHandler({ partitions }),
    describeConfigsHandler({ config, image, logLevels: loggers.levels }),
    alterConfigsHandler({ controller, ...configChange }),
    alterReplicaLogDirsHandler({ partitions }),
    describeLogDirsHandler({
      directories: () => directories.open,
      offlinePaths: directories.offlinePaths,
      isCordoned: (path) => isCordoned(config, path),
      disk: host.disk,
    }),
    createPartitionsHandler({ controller, partitions }),
    deleteGroupsHandler({ groups }),
    incrementalAlterConfigsHandler({ controller, ...configChange }),
    electLeadersHandler({ controller }),
    alterPartitionReassignmentsHandler({ controller }),
    listPartitionReassignmentsHandler({ controller }),
    offsetDeleteHandler({ groups, topics }),
    describeQuorumHandler({ quorum }),
    updateFeaturesHandler({ controller }),
    describeClusterHandler({ image, clusterId, controllerId }),
    describeProducersHandler({ partitions }),
    unregisterBrokerHandler({ controller }),
    getTelemetrySubscriptionsHandler({ telemetry }),
    pushTelemetryHandler({ telemetry }),
    listConfigResourcesHandler({ image }),
    describeTopicPartitionsHandler({
      image,
      partitionsMax: () => config.get('max.request.partition.size.limit'),
    }),
    addRaftVoterHandler({ clusterId, quorum }),
    removeRaftVoterHandler({ clusterId, quorum }),
    unregisterControllerHandler({ controllerId: () => node.quorum().leaderId }),
    apiVersionsHandler({ handlers, clusterId, nodeId: brokerId, features: featuresOf(node) }),
  )
  return handlers
}

/** What ApiVersions tells of features: a view, as their levels may rise while the broker runs. */
function featuresOf(node: MetadataNode): ApiVersionsPorts['features'] {
  const { image } = node
  return {
    supported: Array.from(supportedFeatures, ([name, { min, max }]) => ({ name, min, max })),
    get epoch() {
      return image.offset
    },
    get finalized() {
      return [
        { name: 'metadata.version', level: image.features.metadataVersion },
        ...Array.from(image.features.finalized, ([name, level]) => ({ name, level })),
        // In no metadata record, so not in the image.
        ...(node.kraftVersion > 0 ? [{ name: 'kraft.version', level: node.kraftVersion }] : []),
      ]
    },
  }
}
