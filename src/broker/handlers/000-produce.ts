/**
 * Produce: append record batches to partitions that this broker leads.
 *
 * All partitions are appended to in one turn, then the answer waits until the last of them is stored as `acks` asks.
 * One that fails says so for itself; the others go on.
 */
import { type BrokerId, type Deadline, type Deadlines, nameOf } from '#core'
import { ErrorCode, errorMessage, type RequestOf, type ResponseOf } from '#protocol'
import { produce } from '#protocol/messages'
import { BATCH_HEADER_BYTES, codecOf, isTransactional } from '#protocol/records'
import { isInternalTopic, type Partition, type Partitions } from '#replication'
import type { BrokerEndpoint } from '../broker-endpoints.ts'
import { CloseConnection, type Handler, handler, type NoResponse, noResponse } from '../handler.ts'

type Request = RequestOf<typeof produce>
type Response = ResponseOf<typeof produce>
type PartitionResponse = Mutable<Response['responses'][number]['partitionResponses'][number]>
type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** What clients may write to an internal topic with: Kafka's own name for tools that repair them. */
const ADMIN_CLIENT_ID = '__admin_client'
const ZSTD = 4
const ZSTD_VERSION_MIN = 7
const BY_TOPIC_ID_VERSION_MIN = 13
/** A producer's time-out is for replicas: Kafka writes to its own disk before it looks at it. */
const TIMEOUT_MS_MIN = 1000

export interface ProducePorts {
  readonly partitions: Pick<Partitions, 'find' | 'topicNameOf'>
  readonly deadlines: Deadlines
  /** Where clients of a listener reach the leaders that an answer names (KIP-951). */
  readonly endpointsOf: (listenerName: string, leaders: ReadonlySet<BrokerId>) => readonly BrokerEndpoint[]
}

export function produceHandler(ports: ProducePorts): Handler<typeof produce> {
  const seen = new Set<Partition>()
  const handle: Handler<typeof produce>['handle'] = (request, context) => {
    const { acks } = request
    if (request.transactionalId !== null) {
      return refuseAll(
        request,
        ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        'This broker does not serve transactions yet',
      )
    }
    // Who names no transactional id may not write in a transaction either: it would stay open for ever.
    if (
      request.topicData.some(({ partitionData }) => partitionData.some(({ records }) => beginsTransactional(records)))
    ) {
      return refuseAll(
        request,
        ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        'A transactional batch came without a transactional id',
      )
    }
    const byTopicId = context.apiVersion >= BY_TOPIC_ID_VERSION_MIN
    const twice = namedTwice(request, { byTopicId, partitions: ports.partitions, seen })
    if (twice !== undefined) {
      return refuseAll(request, ErrorCode.INVALID_REQUEST, `The request names ${nameOf(twice.topicPartition)} twice`)
    }
    const work = new Appending(request.timeoutMs, context.listenerName, ports)
    for (const topic of request.topicData) {
      const name = byTopicId ? ports.partitions.topicNameOf(topic.topicId) : topic.name
      const responses: PartitionResponse[] = []
      for (const { index, records } of topic.partitionData) {
        const response: PartitionResponse = { index, errorCode: ErrorCode.NONE, baseOffset: -1 }
        responses.push(response)
        const partition = name === undefined ? ErrorCode.UNKNOWN_TOPIC_ID : ports.partitions.find(name, index)
        if (typeof partition === 'number') {
          fail(response, partition, errorMessage(partition))
          continue
        }
        const bytes = records?.[0]
        const refusal = check(bytes, partition.topicPartition.topic, context)
        if (bytes === undefined || refusal !== undefined) {
          fail(response, refusal?.error ?? ErrorCode.INVALID_RECORD, refusal?.message ?? 'There are no records')
        } else if (acks !== 0 && acks !== 1 && acks !== -1) {
          fail(response, ErrorCode.INVALID_REQUIRED_ACKS, `acks is ${acks}, it can be 0, 1 or -1`)
        } else {
          work.append(partition, bytes, acks, response)
        }
      }
      // Kafka does not speak of a topic without partitions either.
      if (responses.length === 0) continue
      work.responses.push({ name: topic.name, topicId: topic.topicId, partitionResponses: responses })
    }
    return acks === 0 ? work.withoutAnswer() : work.answer()
  }
  // All appending is done when it returns, and the log holds what it keeps: what a producer sends next may be stored
  // together with it, and may lie in memory that is used again.
  return handler(produce, handle, { concurrent: true, holdsFrame: true })
}

/** One request on its way: what has been answered so far and for how many partitions the disk is still to speak. */
class Appending {
  readonly responses: { name: string; topicId: string; partitionResponses: PartitionResponse[] }[] = []
  readonly #timeoutMs: number
  readonly #listenerName: string
  readonly #ports: ProducePorts
  #leaders: Set<BrokerId> | undefined
  readonly #waiting = new Set<PartitionResponse>()
  #deadline: Deadline | undefined
  #resolve: ((response: Response) => void) | undefined

  constructor(timeoutMs: number, listenerName: string, ports: ProducePorts) {
    this.#timeoutMs = Math.max(TIMEOUT_MS_MIN, timeoutMs)
    this.#listenerName = listenerName
    this.#ports = ports
  }

  append(partition: Partition, bytes: Uint8Array, acks: number, response: PartitionResponse): void {
    const outcome = partition.append(bytes, 'client', acks)
    if (outcome.error !== undefined) {
      fail(response, outcome.error, outcome.message)
      this.#nameLeader(partition, response)
      response.recordErrors = outcome.recordErrors.map(({ batchIndex, message }) => ({
        batchIndex,
        batchIndexErrorMessage: message,
      }))
      response.logStartOffset = partition.log.logStartOffset
      return
    }
    response.baseOffset = outcome.baseOffset
    response.logAppendTimeMs = BigInt(outcome.logAppendTimeMs)
    response.logStartOffset = outcome.logStartOffset
    if (acks === 0 && !partition.log.isBehind) return
    this.#waiting.add(response)
    partition.whenStored(outcome.lastOffset, acks, (error) => {
      // After a time-out the answer has left: nobody is waiting any more.
      if (!this.#waiting.delete(response)) return
      if (error !== ErrorCode.NONE) {
        fail(response, error, errorMessage(error))
        this.#nameLeader(partition, response)
      }
      if (this.#waiting.size === 0) this.#finish()
    })
  }

  /** The answer, at once where nothing is left to wait for. */
  answer(): Response | Promise<Response> {
    if (this.#waiting.size === 0) return this.#response()
    return new Promise((resolve) => {
      this.#resolve = resolve
      this.#deadline = this.#ports.deadlines.add(this.#timeoutMs, () => this.#expire())
    })
  }

  /**
   * A producer that asked for no answer cannot be told of an error. Closing its connection is the one sign that it sees:
   * it then asks for the metadata again, as it would have after NOT_LEADER_OR_FOLLOWER. Where the disk does not keep up it
   * is held back: its requests count as unanswered until they are stored.
   */
  withoutAnswer(): NoResponse | CloseConnection | Promise<NoResponse | CloseConnection> {
    const stored = this.answer()
    return stored instanceof Promise ? stored.then(() => this.#silence()) : this.#silence()
  }

  #silence(): NoResponse | CloseConnection {
    for (const { name, partitionResponses } of this.responses) {
      for (const { index, errorCode, errorMessage: message } of partitionResponses) {
        if (errorCode !== ErrorCode.NONE) {
          return new CloseConnection(`Produce with acks=0 failed for ${name}-${index}: ${message}`)
        }
      }
    }
    return noResponse
  }

  #expire(): void {
    for (const response of this.#waiting) {
      fail(response, ErrorCode.REQUEST_TIMED_OUT, `The records were not stored within ${this.#timeoutMs} ms`)
    }
    this.#waiting.clear()
    this.#finish()
  }

  #finish(): void {
    this.#deadline?.cancel()
    this.#resolve?.(this.#response())
  }

  #response(): Response {
    if (this.#leaders === undefined) return { responses: this.responses }
    return { responses: this.responses, nodeEndpoints: this.#ports.endpointsOf(this.#listenerName, this.#leaders) }
  }

  /** KIP-951: a client that came to the wrong broker is told where to go, and saves itself a Metadata request. */
  #nameLeader({ state: { leader, leaderEpoch } }: Partition, response: PartitionResponse): void {
    if (response.errorCode !== ErrorCode.NOT_LEADER_OR_FOLLOWER) return
    response.currentLeader = { leaderId: leader, leaderEpoch }
    this.#leaders ??= new Set()
    this.#leaders.add(leader)
  }
}

function fail(response: PartitionResponse, error: number, message: string): void {
  response.errorCode = error
  response.errorMessage = message
  response.baseOffset = -1
  response.logAppendTimeMs = -1n
}

/** As Kafka does, by the first batch: there may be one only. */
function beginsTransactional(records: readonly Uint8Array[] | null): boolean {
  const batch = records?.[0]
  return batch !== undefined && batch.length >= BATCH_HEADER_BYTES && isTransactional(batch)
}

/** What can be said without looking into the batches. */
function check(
  bytes: Uint8Array | undefined,
  topic: string,
  { apiVersion, clientId }: { readonly apiVersion: number; readonly clientId: string | null },
): { readonly error: ErrorCode; readonly message: string } | undefined {
  if (bytes === undefined || bytes.length === 0) {
    return { error: ErrorCode.INVALID_RECORD, message: `There are no records for a partition of ${topic}` }
  }
  if (isInternalTopic(topic) && clientId !== ADMIN_CLIENT_ID) {
    return { error: ErrorCode.INVALID_TOPIC_EXCEPTION, message: `${topic} is internal: only the broker writes to it` }
  }
  if (apiVersion < ZSTD_VERSION_MIN && bytes.length > 22 && codecOf(bytes) === ZSTD) {
    return {
      error: ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
      message: `zstd needs Produce version ${ZSTD_VERSION_MIN} or newer, this is ${apiVersion}`,
    }
  }
  return undefined
}

/**
 * A partition that a request has twice. Kafka stores the last of its batches and says nothing of the others; here such a
 * request is refused before any of it is stored. `seen` is cleared and used, so that looking allocates nothing.
 */
function namedTwice(
  { topicData }: Request,
  { byTopicId, partitions, seen }: { byTopicId: boolean; partitions: ProducePorts['partitions']; seen: Set<Partition> },
): Partition | undefined {
  if (topicData.length === 1 && topicData[0]!.partitionData.length === 1) return undefined
  seen.clear()
  for (const topic of topicData) {
    const name = byTopicId ? partitions.topicNameOf(topic.topicId) : topic.name
    if (name === undefined) continue
    for (const { index } of topic.partitionData) {
      const partition = partitions.find(name, index)
      if (typeof partition === 'number') continue
      if (seen.has(partition)) return partition
      seen.add(partition)
    }
  }
  return undefined
}

function refuseAll(request: Request, errorCode: ErrorCode, message: string): Response | CloseConnection {
  if (request.acks === 0) return new CloseConnection(message)
  return {
    responses: request.topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index }) => ({
        index,
        errorCode,
        baseOffset: -1,
        errorMessage: message,
      })),
    })),
  }
}
