/**
 * Tells the controller in which log directory each replica of this broker is, where the metadata has it otherwise (KIP-858).
 *
 * The broker decides, the controller takes note: when a directory fails it then knows which replicas are gone. What is to be
 * told is gathered while a request is under way; a refusal that may pass is tried again.
 *
 * Invariant: of a partition only the newest assignment is told, and until the controller has taken it.
 */
import type { BrokerId, TopicId, Uuid } from '#core'
import type { CancelTimer, Clock, Logger } from '#host'
import type { ControllerApi } from '#metadata'
import { ErrorCode, errorName } from '#protocol'

export interface DirectoryAssignmentsOptions {
  readonly brokerId: BrokerId
  readonly brokerEpoch: () => number
  readonly controller: Pick<ControllerApi, 'assignReplicasToDirs'>
  readonly clock: Clock
  readonly logger: Logger
}

interface Assignment {
  readonly topicId: TopicId
  readonly partition: number
  readonly directoryId: Uuid
}

/** As many as Kafka puts into a request. */
const ASSIGNMENTS_MAX = 2250
const RETRY_MS = 500

export class DirectoryAssignments {
  readonly #options: DirectoryAssignmentsOptions
  readonly #waiting = new Map<string, Assignment>()
  #cancelRetry: CancelTimer | undefined
  #isTelling = false
  #isClosed = false

  constructor(options: DirectoryAssignmentsOptions) {
    this.#options = options
  }

  assign(assignment: Assignment): void {
    this.#waiting.set(`${assignment.topicId}-${assignment.partition}`, assignment)
    if (!this.#isTelling && !this.#isClosed) void this.#tell()
  }

  close(): void {
    this.#isClosed = true
    this.#waiting.clear()
    this.#cancelRetry?.()
  }

  async #tell(): Promise<void> {
    const { brokerId, brokerEpoch, controller, logger } = this.#options
    this.#isTelling = true
    try {
      while (this.#waiting.size > 0) {
        const told = [...this.#waiting].slice(0, ASSIGNMENTS_MAX)
        const { errorCode, directories } = await controller.assignReplicasToDirs({
          brokerId,
          brokerEpoch: brokerEpoch(),
          directories: byDirectory(told.map(([, assignment]) => assignment)),
        })
        if (errorCode !== ErrorCode.NONE) {
          logger.warn(
            `The controller does not take the log directories of ${told.length} replicas: ${errorName(errorCode)}`,
          )
          return this.#retry()
        }
        for (const [key, assignment] of told) if (this.#waiting.get(key) === assignment) this.#waiting.delete(key)
        for (const { topics } of directories) {
          for (const { topicId, partitions } of topics) {
            for (const { partitionIndex, errorCode: error } of partitions) {
              // A topic may have been deleted meanwhile: then there is nothing to tell any more.
              if (error === ErrorCode.NONE || error === ErrorCode.UNKNOWN_TOPIC_ID) continue
              logger.warn(
                `The log directory of partition ${partitionIndex} of ${topicId} is refused: ${errorName(error)}`,
              )
            }
          }
        }
      }
    } finally {
      this.#isTelling = false
    }
  }

  #retry(): void {
    if (this.#isClosed) return
    this.#cancelRetry?.()
    this.#cancelRetry = this.#options.clock.setTimer(RETRY_MS, () => {
      if (!this.#isTelling && !this.#isClosed) void this.#tell()
    })
  }
}

function byDirectory(assignments: readonly Assignment[]) {
  const directories = new Map<Uuid, Map<TopicId, { partitionIndex: number }[]>>()
  for (const { topicId, partition, directoryId } of assignments) {
    const topics = directories.get(directoryId) ?? new Map<TopicId, { partitionIndex: number }[]>()
    directories.set(directoryId, topics)
    const partitions = topics.get(topicId) ?? []
    topics.set(topicId, partitions)
    partitions.push({ partitionIndex: partition })
  }
  return Array.from(directories, ([id, topics]) => ({
    id,
    topics: Array.from(topics, ([topicId, partitions]) => ({ topicId, partitions })),
  }))
}
