/**
 * Fetch: read record batches from partitions that this broker leads, waiting a while where there is too little.
 *
 * A fetch reads all its partitions in order until the byte limit is reached. If that gave less than `minBytes`, it waits
 * to be told by any of the partitions, and reads again when about half of what is missing can have come, at the end of the
 * turn: many small appends, or those of one request to several partitions, then cost one read and one answer. When its time
 * is over, it reads once more and answers. Bytes at the tail come out of memory, in the same turn; others from the disk, or they
 * stay there and are sent from the file.
 */
import {
  type BrokerId,
  type Chunk,
  type Deadline,
  type Deadlines,
  isBytes,
  isOffset,
  releaseSlab,
  ZERO_UUID,
} from '#core'
import type { Clock } from '#host'
import type { SentSlice } from '#log'
import { ErrorCode, type RequestOf, type ResponseOf } from '#protocol'
import { fetch } from '#protocol/messages'
import type { Partition, PartitionChange, Partitions } from '#replication'
import type { BrokerEndpoint } from '../broker-endpoints.ts'
import type { FetchPartition, FetchPlan, FetchSessions } from '../fetch-sessions.ts'
import { type Handler, handler, type RequestContext } from '../handler.ts'

type Request = RequestOf<typeof fetch>
type Response = ResponseOf<typeof fetch>
type PartitionResponse = Response['responses'][number]['partitions'][number]

const READ_COMMITTED = 1
const BY_TOPIC_ID_VERSION_MIN = 13
const NOTHING: readonly Chunk[] = []

export interface FetchPorts {
  readonly partitions: Pick<Partitions, 'find' | 'topicNameOf'>
  /** Where clients of a listener reach the leaders that an answer names (KIP-951). */
  readonly endpointsOf: (listenerName: string, leaders: ReadonlySet<BrokerId>) => readonly BrokerEndpoint[]
  readonly sessions: FetchSessions
  readonly deadlines: Deadlines
  readonly clock: Pick<Clock, 'monotonicMs' | 'atTurnEnd'>
  /** `fetch.max.bytes` */
  readonly fetchMaxBytes: () => number
}

export function fetchHandler(ports: FetchPorts): Handler<typeof fetch> {
  return handler(fetch, (request, context) => {
    const replicaId = context.apiVersion >= 15 ? request.replicaState.replicaId : request.replicaId
    if (replicaId >= 0) return { errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED, responses: [] }
    const byTopicId = context.apiVersion >= BY_TOPIC_ID_VERSION_MIN
    const plan = ports.sessions.plan(
      {
        sessionId: request.sessionId,
        sessionEpoch: request.sessionEpoch,
        byTopicId,
        partitions: partitionsOf(request),
        forgotten: request.forgottenTopicsData.flatMap(({ topic, topicId, partitions }) =>
          partitions.map((partition) => ({ topic, topicId, partition })),
        ),
      },
      ports.clock.monotonicMs(),
    )
    if (plan.errorCode !== ErrorCode.NONE) return { errorCode: plan.errorCode, responses: [] }
    return new Fetching(request, plan, { ports, byTopicId, context }).answer()
  })
}

function partitionsOf(request: Request): FetchPartition[] {
  const partitions: FetchPartition[] = []
  for (const { topic, topicId, partitions: inTopic } of request.topics) {
    for (const { partition, currentLeaderEpoch, fetchOffset, lastFetchedEpoch, partitionMaxBytes } of inTopic) {
      partitions.push({
        topic,
        topicId,
        partition,
        // Whatever is negative is a client that does not know.
        currentLeaderEpoch: Math.max(-1, currentLeaderEpoch),
        fetchOffset,
        lastFetchedEpoch: Math.max(-1, lastFetchedEpoch),
        partitionMaxBytes,
      })
    }
  }
  return partitions
}

/** A partition as it was when it was read. */
interface Reading {
  readonly partition: Partition
  readonly highWatermark: number
  readonly logEndOffset: number
  readonly sizeBytes: number
}

/** About how many bytes can be read that could not be then: as many records, of the size of those appended since. */
function bytesSince({ partition: { log }, highWatermark, logEndOffset, sizeBytes }: Reading): number {
  const appended = log.logEndOffset - logEndOffset
  const grownBytes = log.sizeBytes - sizeBytes
  // Nothing is known where all that is new was appended before, or where old segments went.
  if (appended <= 0 || grownBytes <= 0) return log.highWatermark > highWatermark ? Number.POSITIVE_INFINITY : 0
  return ((log.highWatermark - highWatermark) * grownBytes) / appended
}

/** One request on its way. */
class Fetching {
  readonly #ports: FetchPorts
  readonly #byTopicId: boolean
  readonly #context: RequestContext
  readonly #request: Request
  readonly #plan: FetchPlan
  readonly #asked: readonly FetchPartition[]
  /** The partitions that are here, by place in `#asked`: who is listened to, and how far they were when they were read. */
  readonly #found: (Reading | undefined)[] = []
  #answers: PartitionResponse[] = []
  #sizeBytes = 0
  /** Whether files are held open for the answer. */
  #hasRanges = false
  #hasError = false
  #reading = false
  /** Something moved while a read from the disk was under way: what it gives may be old already. */
  #moved = false
  /** At the end of this turn it is read again: what else is written in it goes along. */
  #isDue = false
  #timeIsOver = false
  #isFinished = false
  #deadline: Deadline | undefined
  #offClosed: (() => void) | undefined
  #resolve: ((response: Response) => void) | undefined
  #reject: ((error: unknown) => void) | undefined

  constructor(
    request: Request,
    plan: FetchPlan,
    options: { readonly ports: FetchPorts; readonly byTopicId: boolean; readonly context: RequestContext },
  ) {
    this.#request = request
    this.#plan = plan
    this.#ports = options.ports
    this.#byTopicId = options.byTopicId
    this.#context = options.context
    this.#asked = Array.from(plan.partitions)
  }

  /** The answer, at once where the data is in memory and enough. */
  answer(): Response | Promise<Response> {
    const read = this.#read()
    if (read === undefined && this.#isEnough()) return this.#response()
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = (error) => {
        this.#release()
        reject(error)
      }
      if (read === undefined) this.#wait()
      else void read.then(() => this.#afterRead(), this.#reject)
    })
  }

  #isEnough(): boolean {
    return (
      this.#sizeBytes >= this.#request.minBytes ||
      this.#hasError ||
      this.#timeIsOver ||
      this.#request.maxWaitMs <= 0 ||
      this.#asked.length === 0
    )
  }

  readonly #onChange = (change: PartitionChange): void => {
    if (this.#reading) {
      this.#moved = true
    } else if (!this.#isDue && (change === 'ended' || this.#mayBeEnough())) {
      this.#isDue = true
      this.#ports.clock.atTurnEnd(() => {
        this.#isDue = false
        if (!this.#reading && !this.#isFinished) this.#readAgain()
      })
    }
  }

  #wait(): void {
    for (const reading of this.#found) reading?.partition.listen(this.#onChange)
    this.#deadline = this.#ports.deadlines.add(this.#request.maxWaitMs, () => {
      this.#timeIsOver = true
      if (!this.#reading) this.#readAgain()
    })
    this.#offClosed = this.#context.onClosed(() => {
      // Nobody is there to be answered: what was read last will do.
      this.#timeIsOver = true
      if (!this.#reading) this.#finish()
    })
  }

  /** Whether what has come since the last reading may be half of what is missing. */
  #mayBeEnough(): boolean {
    let comeBytes = 0
    for (const reading of this.#found) comeBytes += reading === undefined ? 0 : bytesSince(reading)
    return 2 * comeBytes >= this.#request.minBytes - this.#sizeBytes
  }

  #readAgain(): void {
    const read = this.#read()
    if (read === undefined) this.#afterRead()
    else read.then(() => this.#afterRead(), this.#reject)
  }

  #afterRead(): void {
    if (this.#isEnough()) {
      this.#finish()
    } else if (this.#deadline === undefined) {
      this.#wait()
    } else if (this.#moved) {
      this.#readAgain()
    }
  }

  #finish(): void {
    this.#isFinished = true
    this.#deadline?.cancel()
    this.#offClosed?.()
    for (const reading of this.#found) reading?.partition.unlisten(this.#onChange)
    this.#resolve?.(this.#response())
  }

  #sent(): void {
    if (this.#hasRanges) this.#offClosed?.()
    this.#release()
  }

  /** What was read is not looked at any more. */
  #release(): void {
    for (const { records } of this.#answers) for (const chunk of records ?? NOTHING) release(chunk)
  }

  /** Reads all partitions anew. */
  #read(): Promise<void> | undefined {
    this.#release()
    this.#answers = []
    this.#sizeBytes = 0
    this.#hasRanges = false
    this.#hasError = false
    this.#moved = false
    this.#reading = true
    const rest = this.#readFrom(0)
    if (rest === undefined) this.#reading = false
    return rest?.finally(() => {
      this.#reading = false
    })
  }

  #readFrom(first: number): Promise<void> | undefined {
    for (let i = first; i < this.#asked.length; i++) {
      const answer = this.#readPartition(i)
      if (answer instanceof Promise) {
        return answer.then((answered) => {
          this.#take(answered)
          return this.#readFrom(i + 1)
        })
      }
      this.#take(answer)
    }
    return undefined
  }

  #take(answer: PartitionResponse): void {
    this.#answers.push(answer)
    for (const chunk of answer.records ?? NOTHING) {
      this.#sizeBytes += chunk.length
      this.#hasRanges ||= !isBytes(chunk)
    }
    if (answer.errorCode !== ErrorCode.NONE || answer.divergingEpoch !== undefined) this.#hasError = true
  }

  #readPartition(place: number): PartitionResponse | Promise<PartitionResponse> {
    const asked = this.#asked[place]!
    const name = this.#byTopicId ? this.#ports.partitions.topicNameOf(asked.topicId) : asked.topic
    const partition =
      name === undefined ? ErrorCode.UNKNOWN_TOPIC_ID : this.#ports.partitions.find(name, asked.partition)
    if (typeof partition === 'number') return this.#refusal(asked, partition)
    const { log } = partition
    const { highWatermark, logEndOffset, sizeBytes } = log
    this.#found[place] = { partition, highWatermark, logEndOffset, sizeBytes }
    const leaderError = partition.checkLeader(asked.currentLeaderEpoch)
    if (leaderError !== ErrorCode.NONE) return this.#refusal(asked, leaderError, partition)
    if (asked.lastFetchedEpoch !== -1) {
      const { epoch, endOffset } = log.endOffsetForEpoch(asked.lastFetchedEpoch)
      if (endOffset === -1) return this.#refusal(asked, ErrorCode.OFFSET_OUT_OF_RANGE, partition)
      if (epoch < asked.lastFetchedEpoch || endOffset < asked.fetchOffset) {
        return { ...answerOf(asked, log, NOTHING, null), divergingEpoch: { epoch, endOffset } }
      }
    }
    if (
      !isOffset(asked.fetchOffset) ||
      asked.fetchOffset > log.logEndOffset ||
      asked.fetchOffset < log.logStartOffset
    ) {
      return this.#refusal(asked, ErrorCode.OFFSET_OUT_OF_RANGE, partition)
    }
    return this.#readLog(asked, partition)
  }

  #readLog(asked: FetchPartition, partition: Partition): PartitionResponse | Promise<PartitionResponse> {
    const { log } = partition
    const readCommitted = this.#request.isolationLevel === READ_COMMITTED
    const endOffset = readCommitted ? log.lastStableOffset : log.highWatermark
    const leftBytes = Math.min(this.#request.maxBytes, this.#ports.fetchMaxBytes()) - this.#sizeBytes
    // The first batch comes whole, however large, or the consumer could never get past it; later ones must fit.
    const atLeastOne = this.#sizeBytes === 0
    if (asked.fetchOffset >= endOffset || (leftBytes <= 0 && !atLeastOne)) {
      return answerOf(asked, log, NOTHING, readCommitted ? [] : null)
    }
    const maxBytes = Math.max(0, Math.min(asked.partitionMaxBytes, leftBytes))
    const options = { maxBytes, atLeastOne, endOffset }
    if (readCommitted) {
      const committed = log.readCommitted(asked.fetchOffset, options)
      return committed.then(({ slice, aborted }) => this.#fromSlice(asked, partition, slice, aborted))
    }
    const slice = log.readToSend(asked.fetchOffset, options)
    if (slice instanceof Promise) return slice.then((read) => this.#fromSlice(asked, partition, read, null))
    return this.#fromSlice(asked, partition, slice, null)
  }

  #fromSlice(
    asked: FetchPartition,
    partition: Partition,
    slice: SentSlice,
    abortedTransactions: PartitionResponse['abortedTransactions'],
  ): PartitionResponse {
    if (slice.error !== ErrorCode.NONE) return this.#refusal(asked, slice.error, partition)
    return answerOf(asked, partition.log, slice.chunks, abortedTransactions)
  }

  #refusal(asked: FetchPartition, errorCode: number, partition?: Partition): PartitionResponse {
    return {
      partitionIndex: asked.partition,
      errorCode,
      highWatermark: -1,
      lastStableOffset: -1,
      logStartOffset: -1,
      abortedTransactions: partition === undefined ? [] : null,
      records: NOTHING,
      // KIP-951: who came to the wrong broker is told where to go.
      ...(partition !== undefined && isLeaderError(errorCode)
        ? { currentLeader: { leaderId: partition.state.leader, leaderEpoch: partition.leaderEpoch } }
        : undefined),
    }
  }

  #response(): Response {
    if (this.#sizeBytes > 0) this.#context.onSent(() => this.#sent())
    // Memory that is never released goes by itself, a file does not.
    if (this.#hasRanges) this.#offClosed = this.#context.onClosed(() => this.#release())
    const responses: { topic: string; topicId: string; partitions: PartitionResponse[] }[] = []
    let leaders: Set<BrokerId> | undefined
    for (const [place, answer] of this.#answers.entries()) {
      const asked = this.#asked[place]!
      if (!this.#plan.answers(asked, answer)) continue
      if (answer.currentLeader?.leaderId !== undefined) {
        leaders ??= new Set()
        leaders.add(answer.currentLeader.leaderId)
      }
      const last = responses.at(-1)
      if (last !== undefined && last.topic === asked.topic && last.topicId === asked.topicId) {
        last.partitions.push(answer)
      } else {
        responses.push({ topic: asked.topic, topicId: asked.topicId ?? ZERO_UUID, partitions: [answer] })
      }
    }
    return {
      sessionId: this.#plan.sessionId,
      responses,
      ...(leaders !== undefined
        ? { nodeEndpoints: this.#ports.endpointsOf(this.#context.listenerName, leaders) }
        : undefined),
    }
  }
}

/** What is read of a partition. Written out: it is made for each partition of each fetch. */
function answerOf(
  { partition }: FetchPartition,
  { highWatermark, lastStableOffset, logStartOffset }: Partition['log'],
  records: readonly Chunk[],
  abortedTransactions: PartitionResponse['abortedTransactions'],
): PartitionResponse {
  return {
    partitionIndex: partition,
    errorCode: ErrorCode.NONE,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    abortedTransactions,
    records,
  }
}

function release(chunk: Chunk): void {
  if (isBytes(chunk)) releaseSlab(chunk)
  else chunk.release()
}

function isLeaderError(errorCode: number): boolean {
  return errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER || errorCode === ErrorCode.FENCED_LEADER_EPOCH
}
