/** `ottla cluster`: who is in it. */
import { Command } from 'commander'
import { throwIfError } from '#client'
import { apiVersions, describeCluster, describeQuorum } from '#protocol/messages'
import { type SessionOptions, withSession } from '../options.ts'
import { print, table } from '../output.ts'
import { inSession } from '../session.ts'
import { VERSION } from '../version.ts'

const METADATA_TOPIC = '__cluster_metadata'

export function clusterCommand(): Command {
  return withSession(new Command('cluster')).action(async (options: SessionOptions) => {
    const shown = await inSession(options, async (cluster) => {
      const described = await cluster.ask(describeCluster, {
        includeClusterAuthorizedOperations: false,
        includeFencedBrokers: true,
      })
      throwIfError(described.errorCode, 'Cannot describe the cluster', described.errorMessage)
      const quorum = await cluster.ask(describeQuorum, {
        topics: [{ topicName: METADATA_TOPIC, partitions: [{ partitionIndex: 0 }] }],
      })
      throwIfError(quorum.errorCode, 'Cannot describe the metadata quorum', quorum.errorMessage)
      const [partition] = quorum.topics[0]?.partitions ?? []
      const { finalizedFeatures } = await cluster.ask(apiVersions, {
        clientSoftwareName: 'ottla-cli',
        clientSoftwareVersion: VERSION,
      })
      return {
        clusterId: described.clusterId,
        brokers: described.brokers
          .map(({ brokerId, host, port, rack, isFenced }) => ({ brokerId, host, port, rack, isFenced }))
          .sort((a, b) => a.brokerId - b.brokerId),
        quorum: {
          leaderId: partition?.leaderId ?? -1,
          leaderEpoch: partition?.leaderEpoch ?? -1,
          highWatermark: partition?.highWatermark ?? -1,
          voters: partition?.currentVoters.map(({ replicaId }) => replicaId) ?? [],
          observers: partition?.observers.map(({ replicaId }) => replicaId) ?? [],
        },
        features: Object.fromEntries(
          finalizedFeatures
            .map(({ name, maxVersionLevel }) => [name, maxVersionLevel] as const)
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        ),
      }
    })
    await print(options.output, shown, ({ clusterId, brokers, quorum, features }) => [
      `Cluster ${clusterId}`,
      ...table(
        ['BROKER', 'HOST', 'PORT', 'RACK', 'STATE'],
        brokers.map((one) => [one.brokerId, one.host, one.port, one.rack ?? '-', one.isFenced ? 'fenced' : 'serving']),
      ),
      `Metadata quorum: leader ${quorum.leaderId} in epoch ${quorum.leaderEpoch}, voters ${quorum.voters.join(', ')}, committed to offset ${quorum.highWatermark}`,
      `Features: ${
        Object.entries(features)
          .map(([name, level]) => `${name} ${level}`)
          .join(', ') || 'none'
      }`,
    ])
  })
}
