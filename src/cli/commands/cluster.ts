/** `ottla cluster`: who is in it. */
import { Command } from 'commander'
import { throwIfError } from '#client'
import { apiVersions, describeCluster, describeQuorum } from '#protocol/messages'
import { print, table } from '../output.ts'
import { inSession, type SessionOptions, withSession } from '../session.ts'

const METADATA_TOPIC = '__cluster_metadata'

export function clusterCommand(): Command {
  return withSession(new Command('cluster'))
    .description('show the brokers, the metadata quorum and the features of a cluster')
    .action(async (options: SessionOptions) => {
      const shown = await inSession(options, async (cluster) => {
        const described = await cluster.retry(
          async () =>
            await cluster.sendToAny(describeCluster, {
              includeClusterAuthorizedOperations: false,
            }),
        )
        throwIfError(described.errorCode, 'Cannot describe the cluster', described.errorMessage)
        const quorum = await cluster.sendToAny(describeQuorum, {
          topics: [{ topicName: METADATA_TOPIC, partitions: [{ partitionIndex: 0 }] }],
        })
        const versions = await cluster.sendToAny(apiVersions, {
          clientSoftwareName: 'ottla-cli',
          clientSoftwareVersion: '1',
        })
        const [partition] = quorum.topics[0]?.partitions ?? []
        return {
          clusterId: described.clusterId,
          controller: described.controllerId,
          brokers: described.brokers.map(({ brokerId, host, port, rack }) => ({ id: brokerId, host, port, rack })),
          quorum: {
            leader: partition?.leaderId ?? -1,
            epoch: partition?.leaderEpoch ?? -1,
            highWatermark: partition?.highWatermark ?? -1,
            voters: partition?.currentVoters.map(({ replicaId }) => replicaId) ?? [],
          },
          features: Object.fromEntries(
            versions.finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]),
          ),
        }
      })
      print(options.output, shown, ({ clusterId, controller, brokers, quorum, features }) => [
        `Cluster ${clusterId}, controller ${controller}`,
        ...table(
          ['BROKER', 'HOST', 'PORT', 'RACK'],
          brokers.map(({ id, host, port, rack }) => [id, host, port, rack ?? '-']),
        ),
        `Quorum: leader ${quorum.leader}, epoch ${quorum.epoch}, voters ${quorum.voters.join(',')}, committed up to ${quorum.highWatermark}`,
        `Features: ${
          Object.entries(features)
            .map(([name, level]) => `${name} ${level}`)
            .join(', ') || 'none'
        }`,
      ])
    })
}
