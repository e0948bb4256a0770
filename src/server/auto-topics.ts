/**
 * Topics that nobody made by hand: those that a client names where the broker makes what is missing, and those that
 * coordinators keep their state in.
 */
import type { CoordinatorTopic } from '#coordinator'
import type { Logger } from '#host'
import type { ControllerApi, MetadataImage } from '#metadata'
import { ErrorCode } from '#protocol'
import type { Partitions } from '#replication'

export interface AutoTopicsPorts {
  readonly controller: Pick<ControllerApi, 'createTopics'>
  readonly partitions: Pick<Partitions, 'fullness' | 'settled'>
  readonly image: MetadataImage
  readonly logger: Logger
  /** How an internal topic is made; undefined for others. */
  readonly internalTopic: (name: string) => CoordinatorTopic | undefined
}

const TIMEOUT_MS = 30_000
const DEFAULT_COUNT = -1

export class AutoTopics {
  readonly #ports: AutoTopicsPorts
  /** Under way: many clients may name the same topic at once. */
  readonly #making = new Map<string, Promise<number>>()

  constructor(ports: AutoTopicsPorts) {
    this.#ports = ports
  }

  /** Makes a topic if it is missing; resolves with 0 when it is served here, or with Kafka's error. */
  async create(name: string): Promise<number> {
    if (this.#ports.image.topics.byName.has(name)) return ErrorCode.NONE
    let making = this.#making.get(name)
    if (making === undefined) {
      making = this.#create(name).finally(() => this.#making.delete(name))
      this.#making.set(name, making)
    }
    return await making
  }

  async #create(name: string): Promise<number> {
    const internal = this.#ports.internalTopic(name)
    const { fullness } = this.#ports.partitions
    if (internal === undefined && fullness !== undefined) {
      this.#ports.logger.warn(`Cannot make topic ${name}: ${fullness}`)
      return ErrorCode.KAFKA_STORAGE_ERROR
    }
    const { topics } = await this.#ports.controller.createTopics({
      topics: [
        {
          name,
          numPartitions: internal?.partitionCount ?? DEFAULT_COUNT,
          replicationFactor: internal?.replicationFactor ?? DEFAULT_COUNT,
          assignments: [],
          configs: Object.entries(internal?.configs ?? {}).map(([key, value]) => ({ name: key, value })),
        },
      ],
      timeoutMs: TIMEOUT_MS,
      validateOnly: false,
    })
    const errorCode = topics[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
    if (errorCode === ErrorCode.TOPIC_ALREADY_EXISTS) return ErrorCode.NONE
    if (errorCode !== ErrorCode.NONE) {
      this.#ports.logger.warn(`Cannot make topic ${name}: ${topics[0]?.errorMessage}`)
      return errorCode
    }
    await this.#ports.partitions.settled()
    return ErrorCode.NONE
  }
}
