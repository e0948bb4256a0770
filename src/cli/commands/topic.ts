/** `ottla topic`: create, list, describe, alter and delete topics. */
import { Command } from 'commander'
import { type Cluster, findOffsets, OffsetPoint, throwIfError } from '#client'
import { ZERO_UUID } from '#core'
import { ErrorCode } from '#protocol'
import {
  createPartitions,
  createTopics,
  deleteTopics,
  describeConfigs,
  incrementalAlterConfigs,
} from '#protocol/messages'
import { collect, collectPairs, parseCount } from '../arguments.ts'
import { type SessionOptions, withSession } from '../options.ts'
import { plural, print, printable, table } from '../output.ts'
import { eachPart, type Parts, throwFailures } from '../parts.ts'
import { inSession } from '../session.ts'
import { UsageError } from '../usage-error.ts'

const TOPIC_RESOURCE = 2
const SET = 0
const DELETE = 1
const DYNAMIC_TOPIC_CONFIG = 1
const REQUEST_TIMEOUT_MS = 30_000

interface CreateOptions extends SessionOptions {
  readonly partitions: number
  readonly replicationFactor: number
  readonly config?: ReadonlyMap<string, string>
  readonly ifNotExists?: boolean
}

interface AlterOptions extends SessionOptions {
  readonly partitions?: number
  readonly config?: ReadonlyMap<string, string>
  readonly deleteConfig?: readonly string[]
}

export function topicCommand(): Command {
  const topic = new Command('topic')

  withSession(
    topic
      .command('create <new-topic...>')
      .description('create topics')
      .option('-p, --partitions <count>', 'partitions; -1: as many as the broker has as default', parseCount(-1), -1)
      .option('-r, --replication-factor <count>', 'replicas of each; -1: as the broker has it', parseCount(-1), -1)
      .option('-c, --config <key=value>', 'a configuration of the topic; may be given again', collectPairs)
      .option('--if-not-exists', 'a topic that is there already is fine'),
  )
    .addHelpText(
      'after',
      `
Examples:
  ottla topic create orders -p 6 -c retention.ms=604800000
  ottla topic create users --config cleanup.policy=compact`,
    )
    .action(async (names: string[], options: CreateOptions) => {
      const created = await inSession(options, async (cluster) => await create(cluster, names, options))
      await print(options.output, created.done, (topics) =>
        topics.map((one) =>
          one.created
            ? `Created ${one.topic}${one.partitions === null ? '' : ` with ${plural(one.partitions, 'partition')}`}.`
            : `${one.topic} is there already.`,
        ),
      )
      throwFailures(created)
    })

  withSession(
    topic.command('list').alias('ls').description('list the topics').option('-a, --all', 'internal topics too'),
  ).action(async (options: SessionOptions & { readonly all?: boolean }) => {
    const topics = await inSession(options, async (cluster) => await list(cluster, options.all === true))
    await print(options.output, topics, (all) =>
      all.length === 0
        ? ['There are no topics.']
        : table(
            ['TOPIC', 'PARTITIONS', 'REPLICAS', 'ID'],
            all.map((one) => [one.topic, one.partitions, one.replicationFactor, one.topicId]),
          ),
    )
  })

  withSession(
    topic
      .command('describe <topic...>')
      .description('show partitions, offsets, replicas and what is configured')
      .option('-a, --all-configs', 'configurations that have their default, too'),
  ).action(async (names: string[], options: SessionOptions & { readonly allConfigs?: boolean }) => {
    const described = await inSession(options, async (cluster) =>
      eachPart(names, (name) => describe(cluster, name, options.allConfigs === true)),
    )
    await print(options.output, described.done, (all) => all.flatMap(describeText))
    throwFailures(described)
  })

  withSession(
    topic
      .command('alter <topic>')
      .description('add partitions, set or remove configurations')
      .option('-p, --partitions <count>', 'how many it shall have; there can only be more', parseCount(1))
      .option('-c, --config <key=value>', 'set a configuration; may be given again', collectPairs)
      .option('-d, --delete-config <key>', 'back to the default; may be given again', collect),
  )
    .addHelpText(
      'after',
      `
Examples:
  ottla topic alter orders --partitions 12
  ottla topic alter orders -c retention.ms=86400000 -d max.message.bytes`,
    )
    .action(async (name: string, options: AlterOptions) => {
      const { partitions, config = new Map<string, string>(), deleteConfig = [] } = options
      if (partitions === undefined && config.size === 0 && deleteConfig.length === 0) {
        throw new UsageError('There is nothing to alter', 'Give --partitions, --config or --delete-config.')
      }
      await inSession(options, async (cluster) => {
        if (partitions !== undefined) await addPartitions(cluster, name, partitions)
        if (config.size > 0 || deleteConfig.length > 0) await configure(cluster, name, { config, deleteConfig })
      })
      const altered = {
        topic: name,
        partitions: partitions ?? null,
        configs: Object.fromEntries(config),
        deletedConfigs: deleteConfig,
      }
      await print(options.output, altered, () => [`Altered ${name}.`])
    })

  withSession(
    topic.command('delete <topic...>').alias('rm').description('delete topics and all that is in them'),
  ).action(async (names: string[], options: SessionOptions) => {
    const deleted = await inSession(options, async (cluster) => await remove(cluster, names))
    await print(options.output, deleted.done, (all) => all.map((one) => `Deleted ${one.topic}.`))
    throwFailures(deleted)
  })

  return topic
}

interface CreatedTopic {
  readonly topic: string
  readonly topicId: string
  /** Null where the broker does not let us know. */
  readonly partitions: number | null
  readonly replicationFactor: number | null
  /** False where it was there already. */
  readonly created: boolean
}

async function create(
  cluster: Cluster,
  names: readonly string[],
  { partitions, replicationFactor, config = new Map(), ifNotExists }: CreateOptions,
): Promise<Parts<CreatedTopic>> {
  const answer = await cluster.ask(createTopics, {
    topics: names.map((name) => ({
      name,
      numPartitions: partitions,
      replicationFactor,
      assignments: [],
      configs: Array.from(config, ([key, value]) => ({ name: key, value })),
    })),
    timeoutMs: REQUEST_TIMEOUT_MS,
    validateOnly: false,
  })
  return await eachPart(answer.topics, async ({ name, topicId, errorCode, errorMessage, ...made }) => {
    if (errorCode === ErrorCode.TOPIC_ALREADY_EXISTS && ifNotExists === true) {
      const there = await cluster.topic(name)
      const replicas = there.partitions[0]?.replicas.length ?? 0
      return {
        topic: name,
        topicId: there.topicId,
        partitions: there.partitions.length,
        replicationFactor: replicas,
        created: false,
      }
    }
    throwIfError(errorCode, `Cannot create topic ${printable(name)}`, errorMessage)
    const known = (count: number) => (count < 0 ? null : count)
    return {
      topic: name,
      topicId,
      partitions: known(made.numPartitions),
      replicationFactor: known(made.replicationFactor),
      created: true,
    }
  })
}

async function list(cluster: Cluster, all: boolean) {
  const answer = await cluster.retry(async () => await cluster.refresh(null))
  return answer.topics
    .filter(({ isInternal }) => all || !isInternal)
    .map(({ name, topicId, partitions, isInternal }) => ({
      topic: name ?? '',
      topicId,
      partitions: partitions.length,
      replicationFactor: partitions[0]?.replicaNodes.length ?? 0,
      isInternal,
    }))
    .sort((a, b) => (a.topic < b.topic ? -1 : 1))
}

async function describe(cluster: Cluster, name: string, allConfigs: boolean) {
  const { topicId, partitions } = await cluster.topic(name)
  const led = partitions.filter(({ leader }) => leader >= 0).map(({ partition }) => partition)
  const [first, end, configs] = await Promise.all([
    findOffsets(cluster, { topic: name, partitions: led }, OffsetPoint.EARLIEST),
    findOffsets(cluster, { topic: name, partitions: led }, OffsetPoint.LATEST),
    configsOf(cluster, name),
  ])
  return {
    topic: name,
    topicId,
    partitions: partitions.map((partition) => ({
      ...partition,
      firstOffset: first.get(partition.partition) ?? null,
      endOffset: end.get(partition.partition) ?? null,
    })),
    configs: Object.fromEntries(
      configs
        .filter(({ configSource }) => allConfigs || configSource === DYNAMIC_TOPIC_CONFIG)
        .map((config) => [config.name, config.value]),
    ),
  }
}

async function configsOf(cluster: Cluster, name: string) {
  const answer = await cluster.ask(describeConfigs, {
    resources: [{ resourceType: TOPIC_RESOURCE, resourceName: name, configurationKeys: null }],
    includeSynonyms: false,
  })
  const [result] = answer.results
  throwIfError(result?.errorCode ?? -1, `Cannot read the configuration of ${name}`, result?.errorMessage)
  return result?.configs ?? []
}

function describeText({ topic, topicId, partitions, configs }: Awaited<ReturnType<typeof describe>>): string[] {
  const settings = Object.entries(configs).map(([name, value]) => `  ${name}=${printable(value ?? '')}`)
  return [
    `${topic}  ${topicId === ZERO_UUID ? '' : topicId}`.trimEnd(),
    ...(settings.length > 0 ? ['Configured:', ...settings] : ['Configured: nothing, all is as the broker has it']),
    ...table(
      ['PARTITION', 'LEADER', 'EPOCH', 'REPLICAS', 'IN SYNC', 'FIRST', 'END'],
      partitions.map(({ partition, leader, leaderEpoch, replicas, isr, firstOffset, endOffset }) => [
        partition,
        leader < 0 ? '-' : leader,
        leaderEpoch,
        replicas.join(','),
        isr.join(','),
        firstOffset ?? '-',
        endOffset ?? '-',
      ]),
    ),
  ]
}

async function addPartitions(cluster: Cluster, name: string, count: number): Promise<void> {
  const answer = await cluster.ask(createPartitions, {
    topics: [{ name, count, assignments: null }],
    timeoutMs: REQUEST_TIMEOUT_MS,
    validateOnly: false,
  })
  const [result] = answer.results
  throwIfError(result?.errorCode ?? -1, `Cannot add partitions to ${name}`, result?.errorMessage)
}

async function configure(
  cluster: Cluster,
  name: string,
  { config, deleteConfig }: Required<Pick<AlterOptions, 'config' | 'deleteConfig'>>,
): Promise<void> {
  const answer = await cluster.ask(incrementalAlterConfigs, {
    resources: [
      {
        resourceType: TOPIC_RESOURCE,
        resourceName: name,
        configs: [
          ...Array.from(config, ([key, value]) => ({ name: key, configOperation: SET, value })),
          ...deleteConfig.map((key) => ({ name: key, configOperation: DELETE, value: null })),
        ],
      },
    ],
    validateOnly: false,
  })
  const [response] = answer.responses
  throwIfError(response?.errorCode ?? -1, `Cannot configure topic ${name}`, response?.errorMessage)
}

async function remove(cluster: Cluster, names: readonly string[]): Promise<Parts<{ readonly topic: string }>> {
  const answer = await cluster.ask(deleteTopics, {
    topics: names.map((name) => ({ name, topicId: ZERO_UUID })),
    topicNames: names,
    timeoutMs: REQUEST_TIMEOUT_MS,
  })
  return await eachPart(answer.responses, ({ name, errorCode, errorMessage }) => {
    throwIfError(errorCode, `Cannot delete topic ${printable(name ?? '')}`, errorMessage)
    return { topic: name ?? '' }
  })
}
