/** `ottla topic`: make, list, describe, alter and delete topics. */
import { Command } from 'commander'
import { type Cluster, throwIfError } from '#client'
import { ZERO_UUID } from '#core'
import { ErrorCode } from '#protocol'
import {
  createPartitions,
  createTopics,
  deleteTopics,
  describeConfigs,
  incrementalAlterConfigs,
} from '#protocol/messages'
import { collectPairs, parseCount } from '../arguments.ts'
import { print, table } from '../output.ts'
import { inSession, type SessionOptions, withSession } from '../session.ts'
import { UsageError } from '../usage-error.ts'

const TOPIC_RESOURCE = 2
const SET = 0
const DELETE = 1
const DYNAMIC_TOPIC_CONFIG = 1
const REQUEST_TIMEOUT_MS = 30_000

interface CreateOptions extends SessionOptions {
  readonly partitions: number
  readonly replicationFactor: number
  readonly config: ReadonlyMap<string, string>
  readonly ifNotExists?: boolean
}

interface AlterOptions extends SessionOptions {
  readonly partitions?: number
  readonly config: ReadonlyMap<string, string>
  readonly deleteConfig: readonly string[]
}

export function topicCommand(): Command {
  const topic = new Command('topic').description('make, list, describe, alter and delete topics')

  withSession(topic.command('create <name...>'))
    .description('make topics')
    .option('-p, --partitions <count>', 'partitions; -1: the default of the broker', parseCount('--partitions', -1), -1)
    .option('-r, --replication-factor <count>', 'replicas of each; -1: the default', parseCount('-r', -1), -1)
    .option('-c, --config <name=value>', 'a configuration of the topic; may be given again', collectPairs, new Map())
    .option('--if-not-exists', 'a topic that is already there is fine')
    .action(async (names: string[], options: CreateOptions) => {
      const made = await inSession(options, async (cluster) => await create(cluster, names, options))
      print(options.output, made, (topics) =>
        topics.map(({ name, partitions }) => `Made ${name}, ${plural(partitions, 'partition')}.`),
      )
    })

  withSession(topic.command('list'))
    .alias('ls')
    .description('list the topics')
    .option('-a, --all', 'internal topics too')
    .action(async (options: SessionOptions & { all?: boolean }) => {
      const topics = await inSession(options, async (cluster) => await list(cluster, options.all === true))
      print(options.output, topics, (all) =>
        table(
          ['TOPIC', 'PARTITIONS', 'REPLICAS', 'ID'],
          all.map(({ name, partitions, replicas, id }) => [name, partitions, replicas, id]),
        ),
      )
    })

  withSession(topic.command('describe <name...>'))
    .description('show partitions, replicas and what is configured')
    .option('-a, --all-configs', 'configurations that have their default too')
    .action(async (names: string[], options: SessionOptions & { allConfigs?: boolean }) => {
      const topics = await inSession(options, async (cluster) =>
        Promise.all(names.map((name) => describe(cluster, name, options.allConfigs === true))),
      )
      print(options.output, topics, (all) => all.flatMap(describeText))
    })

  withSession(topic.command('alter <name>'))
    .description('add partitions, set or remove configurations')
    .option('-p, --partitions <count>', 'how many it shall have; there can only be more', parseCount('--partitions', 1))
    .option('-c, --config <name=value>', 'set a configuration; may be given again', collectPairs, new Map())
    .option('-d, --delete-config <name>', 'back to the default; may be given again', collect, [])
    .action(async (name: string, options: AlterOptions) => {
      await inSession(options, async (cluster) => await alter(cluster, name, options))
      print(options.output, { name, altered: true }, () => [`Altered ${name}.`])
    })

  withSession(topic.command('delete <name...>'))
    .alias('rm')
    .description('delete topics and all that is in them')
    .action(async (names: string[], options: SessionOptions) => {
      await inSession(options, async (cluster) => await remove(cluster, names))
      print(options.output, names, (all) => all.map((name) => `Deleted ${name}.`))
    })

  return topic
}

async function create(cluster: Cluster, names: readonly string[], options: CreateOptions) {
  return await cluster.retry(async () => {
    const answer = await cluster.sendToAny(createTopics, {
      topics: names.map((name) => ({
        name,
        numPartitions: options.partitions,
        replicationFactor: options.replicationFactor,
        assignments: [],
        configs: Array.from(options.config, ([config, value]) => ({ name: config, value })),
      })),
      timeoutMs: REQUEST_TIMEOUT_MS,
      validateOnly: false,
    })
    return answer.topics.flatMap(({ name, errorCode, errorMessage, numPartitions }) => {
      if (errorCode === ErrorCode.TOPIC_ALREADY_EXISTS && options.ifNotExists === true) return []
      throwIfError(errorCode, `Cannot make topic ${name}`, errorMessage)
      return [{ name, partitions: numPartitions }]
    })
  })
}

async function list(cluster: Cluster, all: boolean) {
  const answer = await cluster.retry(async () => await cluster.refresh(null))
  return answer.topics
    .filter(({ isInternal }) => all || !isInternal)
    .map(({ name, topicId, partitions }) => ({
      name: name ?? '',
      partitions: partitions.length,
      replicas: partitions[0]?.replicaNodes.length ?? 0,
      id: topicId,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function describe(cluster: Cluster, name: string, allConfigs: boolean) {
  const topic = await cluster.topic(name)
  const configs = await cluster.retry(async () => {
    const answer = await cluster.sendToAny(describeConfigs, {
      resources: [{ resourceType: TOPIC_RESOURCE, resourceName: name, configurationKeys: null }],
      includeSynonyms: false,
      includeDocumentation: false,
    })
    const [result] = answer.results
    throwIfError(result?.errorCode ?? -1, `Cannot read the configuration of ${name}`, result?.errorMessage)
    return (result?.configs ?? []).filter(({ configSource }) => allConfigs || configSource === DYNAMIC_TOPIC_CONFIG)
  })
  return {
    name,
    id: topic.topicId,
    partitions: topic.partitions,
    configs: Object.fromEntries(configs.map((config) => [config.name, config.value])),
  }
}

function describeText({ name, id, partitions, configs }: Awaited<ReturnType<typeof describe>>): string[] {
  const settings = Object.entries(configs).map(([config, value]) => `  ${config}=${value}`)
  return [
    `${name}  ${id === ZERO_UUID ? '' : id}`.trimEnd(),
    ...(settings.length > 0 ? ['Configured:', ...settings] : ['Configured: nothing, all is as the broker has it']),
    ...table(
      ['PARTITION', 'LEADER', 'EPOCH', 'REPLICAS', 'IN SYNC'],
      partitions.map(({ partition, leader, leaderEpoch, replicas, isr }) => [
        partition,
        leader,
        leaderEpoch,
        replicas.join(','),
        isr.join(','),
      ]),
    ),
  ]
}

async function alter(cluster: Cluster, name: string, options: AlterOptions): Promise<void> {
  if (options.partitions === undefined && options.config.size === 0 && options.deleteConfig.length === 0) {
    throw new UsageError('There is nothing to alter', 'Give --partitions, --config or --delete-config.')
  }
  if (options.config.size > 0 || options.deleteConfig.length > 0) {
    const answer = await cluster.sendToAny(incrementalAlterConfigs, {
      resources: [
        {
          resourceType: TOPIC_RESOURCE,
          resourceName: name,
          configs: [
            ...Array.from(options.config, ([config, value]) => ({ name: config, configOperation: SET, value })),
            ...options.deleteConfig.map((config) => ({ name: config, configOperation: DELETE, value: null })),
          ],
        },
      ],
      validateOnly: false,
    })
    const [response] = answer.responses
    throwIfError(response?.errorCode ?? -1, `Cannot configure topic ${name}`, response?.errorMessage)
  }
  if (options.partitions !== undefined) {
    const answer = await cluster.sendToAny(createPartitions, {
      topics: [{ name, count: options.partitions, assignments: null }],
      timeoutMs: REQUEST_TIMEOUT_MS,
      validateOnly: false,
    })
    const [result] = answer.results
    throwIfError(result?.errorCode ?? -1, `Cannot add partitions to ${name}`, result?.errorMessage)
  }
}

async function remove(cluster: Cluster, names: readonly string[]): Promise<void> {
  const answer = await cluster.sendToAny(deleteTopics, {
    topics: names.map((name) => ({ name, topicId: ZERO_UUID })),
    topicNames: names,
    timeoutMs: REQUEST_TIMEOUT_MS,
  })
  for (const { name, errorCode, errorMessage } of answer.responses) {
    throwIfError(errorCode, `Cannot delete topic ${name}`, errorMessage)
  }
}

function collect(text: string, before: readonly string[]): string[] {
  return [...before, text]
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
