/** A broker on a disk in memory and a client of it, as its operator sees them: what the tests of log directories share. */
import assert from 'node:assert/strict'
import { Cluster } from '#client'
import { BrokerConfig } from '#config'
import { utf8, ZERO_UUID } from '#core'
import type { Clock } from '#host'
import { MemoryDisk, type MemoryDiskOptions, MemoryNetwork } from '#host/memory'
import { createNodeHost, nodeCompute } from '#host/node'
import {
  alterReplicaLogDirs,
  createTopics,
  deleteTopics,
  describeLogDirs,
  fetch,
  incrementalAlterConfigs,
  metadata,
  produce,
} from '#protocol/messages'
import { batchesIn, encodeBatch, readRecords } from '#protocol/records'
import { BrokerServer } from './broker-server.ts'

export const TOPIC = 'orders'

export interface WorldOptions {
  readonly disk?: Omit<MemoryDiskOptions, 'clock'>
  /** How much faster timers end than they say. Default 1. */
  readonly haste?: number
}

/** A broker with some log directories on a disk in memory, and what it warned of. */
export class World {
  readonly disk: MemoryDisk
  readonly cluster: Cluster
  /** Another client: answers come in order, so what waits on one connection holds up what is asked after it there. */
  readonly otherCluster: Cluster
  readonly warnings: string[] = []
  readonly #host
  readonly #settings: Record<string, string>
  #server: BrokerServer | undefined

  constructor(paths: readonly string[], settings: Record<string, string> = {}, { disk, haste = 1 }: WorldOptions = {}) {
    const clock = hurried(createNodeHost().clock, haste)
    this.disk = new MemoryDisk({ ...disk, clock })
    const note = (message: string) => void this.warnings.push(message)
    const logger = { error: note, warn: note, info() {}, debug() {} }
    this.#host = createNodeHost({ clock, disk: this.disk, network: new MemoryNetwork(), logger })
    this.#settings = { 'log.dirs': paths.join(), listeners: 'PLAINTEXT://127.0.0.1:9092', ...settings }
    const bootstrap = [{ host: '127.0.0.1', port: 9092 }]
    this.cluster = new Cluster(this.#host, { bootstrap, retryTimeoutMs: 5000 })
    this.otherCluster = new Cluster(this.#host, { bootstrap, retryTimeoutMs: 5000 })
  }

  async start(): Promise<void> {
    this.warnings.length = 0
    this.#server = await BrokerServer.start(BrokerConfig.parse(this.#settings), this.#host)
  }

  async stop(): Promise<void> {
    await this.#server?.stop()
    this.#server = undefined
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  get failed(): Promise<Error> {
    return this.#server!.failed
  }

  async createTopic(name = TOPIC, numPartitions = 1): Promise<string> {
    const { errorCode, topicId } = await this.tryToCreateTopic(name, numPartitions)
    assert.equal(errorCode, 0)
    return topicId
  }

  async tryToCreateTopic(name: string, numPartitions = 1) {
    const { topics } = await this.cluster.sendToAny(createTopics, {
      topics: [{ name, numPartitions, replicationFactor: 1, assignments: [], configs: [] }],
      timeoutMs: 1000,
      validateOnly: false,
    })
    return topics[0]!
  }

  /** Sets `cordoned.log.dirs`. */
  async cordon(value: string): Promise<void> {
    const configs = [{ name: 'cordoned.log.dirs', configOperation: 0, value }]
    const resources = [{ resourceType: 4, resourceName: '1', configs }]
    const { responses } = await this.cluster.sendToAny(incrementalAlterConfigs, { resources, validateOnly: false })
    assert.equal(responses[0]!.errorCode, 0, responses[0]!.errorMessage ?? '')
  }

  async deleteTopic(name: string): Promise<void> {
    await this.cluster.sendToAny(deleteTopics, { topics: [{ name, topicId: ZERO_UUID }], timeoutMs: 1000 })
  }

  /** Writes a record under acks=all; gives the error of the answer. */
  async write(value: string, where: { topic?: string; partition?: number; cluster?: Cluster } = {}): Promise<number> {
    return (await this.tryToWrite(value, where)).errorCode
  }

  async tryToWrite(value: string, { topic = TOPIC, partition = 0, cluster = this.cluster } = {}) {
    const { topicId } = await cluster.topic(topic, { waitMs: 10_000 })
    const { responses } = await cluster.sendToAny(produce, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 30_000,
      topicData: [
        {
          name: topic,
          topicId,
          partitionData: [
            { index: partition, records: [encodeBatch([{ timestamp: 1, key: null, value: utf8(value) }], {})] },
          ],
        },
      ],
    })
    return responses[0]!.partitionResponses[0]!
  }

  async read({ topic = TOPIC, partition = 0 } = {}): Promise<string[]> {
    const { topicId } = await this.cluster.topic(topic, { waitMs: 10_000 })
    const values: string[] = []
    for (let next = 0; ; ) {
      const { responses } = await this.cluster.sendToAny(fetch, {
        maxWaitMs: 0,
        minBytes: 0,
        isolationLevel: 0,
        topics: [
          {
            topic,
            topicId,
            partitions: [{ partition, fetchOffset: next, partitionMaxBytes: 1_000_000 }],
          },
        ],
        forgottenTopicsData: [],
      })
      const answer = responses[0]!.partitions[0]!
      assert.equal(answer.errorCode, 0)
      const before = next
      for (const chunk of answer.records ?? []) {
        for (const { at, sizeBytes } of batchesIn(chunk)) {
          for (const { value, offset } of readRecords(chunk.subarray(at, at + sizeBytes), nodeCompute)) {
            values.push(new TextDecoder().decode(value ?? new Uint8Array()))
            next = offset + 1
          }
        }
      }
      if (next === before) return values
    }
  }

  /** Where replicas are, as DescribeLogDirs tells: `orders-0` by path; `orders-0 (future)` for one that catches up. */
  async places(): Promise<Record<string, string[]>> {
    const { results } = await this.cluster.sendToAny(describeLogDirs, { topics: null })
    return Object.fromEntries(
      results.map(({ logDir, topics, errorCode, isCordoned }) => [
        logDir,
        errorCode !== 0
          ? [`error ${errorCode}`]
          : topics
              .flatMap(({ name, partitions }) =>
                partitions.map(
                  ({ partitionIndex, isFutureKey }) =>
                    `${name}-${partitionIndex}${isFutureKey ? ' (future)' : ''}${isCordoned ? ' (cordoned)' : ''}`,
                ),
              )
              .sort(),
      ]),
    )
  }

  async move(path: string, { topic = TOPIC, partition = 0 } = {}): Promise<number> {
    const { results } = await this.cluster.sendToAny(alterReplicaLogDirs, {
      dirs: [{ path, topics: [{ name: topic, partitions: [partition] }] }],
    })
    return results[0]!.partitions[0]!.errorCode
  }

  async leaderOf(partition: number, topic = TOPIC): Promise<number> {
    const { topics } = await this.cluster.sendToAny(metadata, {
      topics: [{ name: topic, topicId: ZERO_UUID }],
      allowAutoTopicCreation: false,
    })
    return topics[0]!.partitions.find(({ partitionIndex }) => partitionIndex === partition)!.leaderId
  }

  /** Waits for something that the broker does by itself. */
  async until(holds: () => Promise<boolean> | boolean): Promise<void> {
    while (!(await holds())) await this.cluster.pause(2)
  }
}

export async function inWorld(
  paths: readonly string[],
  work: (world: World) => Promise<void>,
  settings: Record<string, string> = {},
  options: WorldOptions = {},
): Promise<void> {
  const world = new World(paths, settings, options)
  // Timers alone do not keep the process alive, and here there is no socket that would.
  const alive = setInterval(() => {}, 60_000)
  try {
    await world.start()
    await work(world)
  } finally {
    await world.cluster.close()
    await world.otherCluster.close()
    await world.stop()
    clearInterval(alive)
  }
}

function hurried(clock: Clock, haste: number): Clock {
  return {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
    setTimer: (delayMs, action) => clock.setTimer(delayMs / haste, action),
    atTurnEnd: (action) => clock.atTurnEnd(action),
  }
}
