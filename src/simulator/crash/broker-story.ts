/**
 * A broker without its network: metadata, controller, partitions, and two log directories; and what it has promised.
 *
 * Topics are there when their creation was answered, and gone when their deletion was; every record that was acknowledged is
 * read again, wherever a move between the directories was, whatever snapshot of the metadata was being written.
 */
import { BrokerConfig, type BrokerKey } from '#config'
import { ZERO_UUID } from '#core'
import { HostError, type Logger, type Random, silentLogger } from '#host'
import { MemoryDisk, seededRandom, VirtualClock } from '#host/memory'
import { nodeCompute } from '#host/node'
import { DamagedLogError, DEFAULT_LOG_CONFIG, LogDirectory, TailCache } from '#log'
import { MetadataNode, StorageError, supportedFeatures } from '#metadata'
import { encodeBatch, readRecords, sizeOf } from '#protocol/records'
import { type Partition, Partitions } from '#replication'
import { filesIn, type Specimen, type Verdict } from './damage.ts'
import { Recording } from './recording.ts'
import type { Promised, Recovered, Scenario } from './scenario.ts'

const PATHS = ['/a', '/b'] as const
const PARTITION = 0
const SETTINGS: { readonly [Key in BrokerKey]?: string } = {
  'node.id': '1',
  'log.dirs': PATHS.join(','),
  'internal.metadata.log.segment.bytes': '1500',
  'metadata.log.max.record.bytes.between.snapshots': '700',
  'metadata.max.retention.bytes': '2500',
}

/** What a topic has to be after a crash. */
interface TopicPromise {
  readonly presence: 'yes' | 'no' | 'maybe'
  /** What was sent, in order; it has a beginning of it, with the first `acknowledged` at the least. */
  readonly sent: readonly string[]
  readonly acknowledged: number
}

interface BrokerPromise extends Promised {
  readonly topics: ReadonlyMap<string, TopicPromise>
}

/** A broker between a start and an end. */
class Broker {
  readonly directories: readonly LogDirectory[]
  readonly node: MetadataNode
  readonly partitions: Partitions

  private constructor(directories: readonly LogDirectory[], node: MetadataNode, partitions: Partitions) {
    this.directories = directories
    this.node = node
    this.partitions = partitions
  }

  /** `life` is another number for each start. */
  static async start(disk: MemoryDisk, life: number, logger = silentLogger): Promise<Broker> {
    const host = {
      clock: new VirtualClock(),
      compute: nodeCompute,
      disk,
      logger,
      random: seededRandom(life),
    }
    const config = BrokerConfig.parse(SETTINGS as Record<string, string>)
    const directories: LogDirectory[] = []
    for (const path of PATHS) directories.push(await LogDirectory.open(path, { host, tailCache: new TailCache(0) }))
    const node = await MetadataNode.open({ host, config, directories })
    const partitions = new Partitions({
      brokerId: 1,
      image: node.image,
      directories: new Map(directories.map((directory) => [node.directoryIds.get(directory.path)!, directory])),
      offlinePaths: [],
      assignments: { assign() {} },
      configOf: () => ({ log: { ...DEFAULT_LOG_CONFIG, segmentBytes: 1000 }, minInsyncReplicas: 1 }),
      logger,
    })
    await register(node, host.random.uuid())
    node.subscribe((delta) => partitions.apply(delta))
    await partitions.settled()
    await partitions.setStraysAside()
    return new Broker(directories, node, partitions)
  }

  async stop(): Promise<void> {
    await this.partitions.close()
    await this.node.close()
    for (const directory of this.directories) await directory.close({ brokerEpoch: 7 })
  }

  partition(topic: string): Partition {
    const partition = this.partitions.find(topic, PARTITION)
    if (typeof partition === 'number') throw new Error(`${topic} is not served: error ${partition}`)
    return partition
  }
}

async function register({ controller, clusterId, directoryIds, image }: MetadataNode, incarnationId: string) {
  const { errorCode, brokerEpoch = -1 } = await controller.brokerRegistration({
    brokerId: 1,
    clusterId,
    incarnationId,
    listeners: [{ name: 'PLAINTEXT', host: 'localhost', port: 9092, securityProtocol: 0 }],
    features: Array.from(supportedFeatures, ([name, { min, max }]) => ({
      name,
      minSupportedVersion: min,
      maxSupportedVersion: max,
    })),
    rack: null,
    isMigratingZkBroker: false,
    logDirs: [...directoryIds.values()],
    previousBrokerEpoch: -1,
  })
  if (errorCode !== 0) throw new Error(`the broker is not registered: error ${errorCode}`)
  const answer = await controller.brokerHeartbeat({
    brokerId: 1,
    brokerEpoch,
    currentMetadataOffset: image.offset,
    wantFence: false,
    wantShutDown: false,
    offlineLogDirs: [],
    cordonedLogDirs: null,
  })
  if (answer.errorCode !== 0 || answer.isFenced !== false) throw new Error('the broker is not unfenced')
}

class BrokerStory {
  readonly random: Random
  readonly recording: Recording<BrokerPromise>
  readonly #disk: MemoryDisk
  readonly #topics = new Map<string, { presence: TopicPromise['presence']; sent: string[]; acknowledged: number }>()
  #broker!: Broker
  #lives = 0
  #values = 0

  constructor(seed: number) {
    this.random = seededRandom(seed)
    this.recording = new Recording(() => this.#promised())
    this.#disk = new MemoryDisk({ observe: this.recording.observe })
  }

  #promised(): BrokerPromise {
    const topics = new Map(
      Array.from(this.#topics, ([name, { presence, sent, acknowledged }]) => [name, { presence, sent, acknowledged }]),
    )
    const key = Array.from(topics, ([name, { presence, acknowledged }]) => `${name}:${presence}:${acknowledged}`).join(
      ' ',
    )
    return { key, topics }
  }

  async start(): Promise<void> {
    this.#broker = await Broker.start(this.#disk, ++this.#lives)
  }

  async stop(): Promise<MemoryDisk> {
    await this.#broker.stop()
    return this.#disk
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  async create(name: string): Promise<void> {
    const topic = { presence: 'maybe' as TopicPromise['presence'], sent: [], acknowledged: 0 }
    this.#topics.set(name, topic)
    const { topics } = await this.#broker.node.controller.createTopics({
      topics: [{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
      timeoutMs: 60_000,
      validateOnly: false,
    })
    if (topics[0]?.errorCode !== 0) throw new Error(`${name} is not created: error ${topics[0]?.errorCode}`)
    topic.presence = 'yes'
    await this.#broker.partitions.settled()
  }

  async delete(name: string): Promise<void> {
    const topic = this.#topics.get(name)!
    topic.presence = 'maybe'
    const { responses } = await this.#broker.node.controller.deleteTopics({
      topics: [{ name, topicId: ZERO_UUID }],
      topicNames: [],
      timeoutMs: 60_000,
    })
    if (responses[0]?.errorCode !== 0) throw new Error(`${name} is not deleted: error ${responses[0]?.errorCode}`)
    topic.presence = 'no'
  }

  /** Appends records; they are acknowledged when they are stored. */
  write(name: string, count: number): void {
    const topic = this.#topics.get(name)!
    for (let i = 0; i < count; i++) {
      const value = `value ${this.#values++}`
      const batch = encodeBatch([{ timestamp: 1, value: new TextEncoder().encode(value) }])
      const partition = this.#broker.partition(name)
      const outcome = partition.append(batch, 'client', -1)
      if (outcome.error !== undefined) throw new Error(outcome.message)
      topic.sent.push(value)
      partition.whenStored(outcome.lastOffset, -1, (error) => {
        if (error === 0) topic.acknowledged = Math.max(topic.acknowledged, outcome.lastOffset + 1)
      })
    }
  }

  /** Begins to move a partition to the other directory. */
  async move(name: string): Promise<void> {
    const { folder } = this.#broker.partition(name).log
    const error = await this.#broker.partitions.move(
      { topic: name, partition: PARTITION },
      folder.startsWith('/a/') ? '/b' : '/a',
    )
    if (error !== 0) throw new Error(`${name} is not moved: error ${error}`)
  }

  async checkpoint(): Promise<void> {
    for (const directory of this.#broker.directories) await directory.checkpoint()
  }

  async pause(turnsMax = 30): Promise<void> {
    for (let i = this.random.below(turnsMax + 1); i > 0; i--) await undefined
  }
}

class NotServed extends Error {
  override readonly name = 'NotServed'
}

async function valuesIn({ log }: Partition): Promise<string[]> {
  const values: string[] = []
  for (let next = log.logStartOffset; next < log.logEndOffset; ) {
    const slice = await log.read(next, { maxBytes: 100_000, atLeastOne: true, endOffset: log.logEndOffset })
    if (slice.error !== 0 || slice.nextOffset <= next)
      throw new NotServed(`a read at ${next} gives error ${slice.error}`)
    for (const chunk of slice.chunks) {
      for (let at = 0; at < chunk.length; at += sizeOf(chunk, at)) {
        for (const { value } of readRecords(chunk.subarray(at), nodeCompute))
          values.push(new TextDecoder().decode(value!))
      }
    }
    next = slice.nextOffset
  }
  return values
}

/** What a start finds: the records of each topic. */
async function found(broker: Broker): Promise<ReadonlyMap<string, readonly string[]>> {
  const topics = new Map<string, readonly string[]>()
  for (const name of [...broker.node.image.topics.byName.keys()].sort()) {
    topics.set(name, await valuesIn(broker.partition(name)))
  }
  return topics
}

function textOf(topics: ReadonlyMap<string, readonly string[]>): string {
  return Array.from(topics, ([name, values]) => `${name}: ${values.join(', ')}`).join('\n')
}

async function recoverBroker(disk: MemoryDisk): Promise<Recovered<BrokerPromise>> {
  const broker = await Broker.start(disk, 1000)
  const topics = await found(broker)
  const folders = (await Promise.all(PATHS.map((path) => disk.list(path)))).flat().map(({ name }) => name)
  return {
    summary: textOf(topics),
    disputeOf: ({ topics: promised }) => brokerDispute(topics, folders, promised),
    goOn: () => goOn(disk, broker, topics),
  }
}

function brokerDispute(
  topics: ReadonlyMap<string, readonly string[]>,
  folders: readonly string[],
  promised: BrokerPromise['topics'],
): string | undefined {
  for (const [name, { presence, sent, acknowledged }] of promised) {
    const values = topics.get(name)
    if (presence === 'yes' && values === undefined) return `${name} was created and is gone`
    if (presence === 'no' && values !== undefined) return `${name} was deleted and is there`
    if (presence === 'no' && folders.includes(`${name}-${PARTITION}`)) return `the folder of ${name} is there`
    if (values === undefined) continue
    if (values.length < acknowledged) return `${name} has ${values.length} records, ${acknowledged} were acknowledged`
    const wrong = values.findIndex((value, index) => value !== sent[index])
    if (wrong >= 0) return `${name} has ${values[wrong]} at ${wrong}, not ${sent[wrong]}`
  }
  for (const name of topics.keys()) if (!promised.has(name)) return `${name} was never created`
  return undefined
}

/** Writes to each topic, makes another, stops and starts again. */
async function goOn(
  disk: MemoryDisk,
  broker: Broker,
  topics: ReadonlyMap<string, readonly string[]>,
): Promise<string | undefined> {
  const expected = new Map<string, readonly string[]>()
  for (const [name, values] of topics) {
    const batch = encodeBatch([{ timestamp: 1, value: new TextEncoder().encode('once more') }])
    const outcome = broker.partition(name).append(batch, 'client', -1)
    if (outcome.error !== undefined) return `${name} takes no append: ${outcome.message}`
    expected.set(name, [...values, 'once more'])
  }
  await broker.stop()
  const failed = broker.directories.find(({ failure }) => failure !== undefined)
  if (failed !== undefined) return `${failed.path} is fenced: ${failed.failure?.message}`
  const again = await Broker.start(disk, 1001)
  if (again.directories.some(({ wasCleanShutdown }) => !wasCleanShutdown))
    return 'it was stopped, and is recovered all the same'
  const text = textOf(await found(again))
  return text === textOf(expected) ? undefined : `it was stopped with\n${textOf(expected)}\nand starts with\n${text}`
}

function brokerScenario(name: string, script: (story: BrokerStory) => Promise<void>): Scenario<BrokerPromise> {
  return {
    name,
    async record(seed) {
      const story = new BrokerStory(seed)
      await story.start()
      await script(story)
      await story.pause(200)
      return story.recording
    },
    recover: recoverBroker,
  }
}

/** Topics that come, are written to, and go, under the same name too, until snapshots take the place of the log. */
async function topics(story: BrokerStory): Promise<void> {
  await story.create('orders')
  story.write('orders', 3)
  await story.create('payments')
  await story.pause()
  story.write('payments', 2)
  for (let i = 0; i < 4; i++) {
    await story.create(`short-lived-${i}`)
    await story.pause()
    await story.delete(`short-lived-${i}`)
  }
  await story.restart()
  story.write('orders', 2)
  await story.pause(100)
  await story.delete('payments')
  await story.pause(100)
}

/** A partition that moves to the other directory and back, while it is written to. */
async function moves(story: BrokerStory): Promise<void> {
  await story.create('orders')
  story.write('orders', 20)
  await story.pause(200)
  for (let i = 0; i < 3; i++) {
    await story.move('orders')
    for (let j = 0; j < 4; j++) {
      story.write('orders', 2)
      await story.pause(150)
      if (story.random.below(3) === 0) await story.checkpoint()
    }
    if (i === 1) await story.restart()
  }
}

export const brokerScenarios: readonly Scenario<BrokerPromise>[] = [
  brokerScenario('topics and snapshots', topics),
  brokerScenario('moves between directories', moves),
]

/** The folders of a broker that was stopped: metadata log, snapshots, quorum state, and topics in two log directories. */
export async function brokerSpecimen(): Promise<Specimen> {
  const story = new BrokerStory(1)
  await story.start()
  await topics(story)
  await story.create('invoices')
  await story.pause(1000)
  story.write('invoices', 3)
  await story.pause(1000)
  const tree = (await story.stop()).tree()
  const expected = await found(await Broker.start(new MemoryDisk({}, tree.copy()), 1000))
  const files = filesIn(tree).filter((path) => !path.endsWith('.lock'))
  const inspectIt = (disk: MemoryDisk, logger: Logger) => inspect(disk, logger, expected)
  return { name: 'a broker that was stopped', tree, files, inspect: inspectIt }
}

async function inspect(
  disk: MemoryDisk,
  logger: Logger,
  expected: ReadonlyMap<string, readonly string[]>,
): Promise<Verdict> {
  let broker: Broker
  try {
    broker = await Broker.start(disk, 1000, logger)
  } catch (error) {
    if (!isRefusal(error)) throw error
    return { outcome: 'refused', words: error.message }
  }
  const refused: string[] = []
  const names = [...broker.node.image.topics.byName.keys()].sort()
  if (`${names}` !== `${[...expected.keys()]}`) throw new Error(`it has the topics ${names}`)
  for (const [name, values] of expected) {
    const partition = broker.partitions.find(name, PARTITION)
    if (typeof partition === 'number') {
      refused.push(`${name}-${PARTITION}`)
      continue
    }
    try {
      const given = await valuesIn(partition)
      if (`${given}` !== `${values}`) throw new Error(`${name} has ${given}, not ${values}`)
    } catch (error) {
      if (!(error instanceof NotServed)) throw error
      refused.push(`${name}-${PARTITION}`)
    }
  }
  // One file is damaged: the others are served.
  if (refused.length > 1) throw new Error(`these are not served: ${refused}`)
  return refused.length === 0 ? { outcome: 'same' } : { outcome: 'refused', words: refused.join(' ') }
}

/** What a start says where it cannot go on. */
function isRefusal(error: unknown): error is Error {
  return error instanceof StorageError || error instanceof DamagedLogError || error instanceof HostError
}
