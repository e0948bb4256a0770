/**
 * Fetch sessions (KIP-227): a consumer of a thousand partitions names them once; afterwards it sends what changed, and
 * is told what changed.
 *
 * A session remembers, for each partition, where the client wants to read on and what it was last told. Its epoch rises
 * with each request, so that a lost request or answer is noticed: the client then starts over with a full one.
 *
 *   sessionEpoch -1   no session; one with `sessionId` ends
 *   sessionEpoch  0   begin a session; one with `sessionId` ends
 *   sessionEpoch  n   go on with the session, if n is the epoch it expects
 *
 * Invariant: the partitions of a session are kept in the order in which they are to be served: one that had data goes
 * to the end, so that a busy partition cannot starve the others of the request's byte limit.
 */
import type { Chunk, TopicId } from '#core'
import { ErrorCode } from '#protocol'

/** What a client asks of one partition. `topic` is empty in requests by id (v13+), `topicId` is zero in those by name. */
export interface FetchPartition {
  readonly topic: string
  readonly topicId: TopicId
  readonly partition: number
  readonly currentLeaderEpoch: number
  readonly fetchOffset: number
  readonly lastFetchedEpoch: number
  readonly partitionMaxBytes: number
}

/** What decides whether an answer about a partition says anything new. */
export interface FetchNews {
  readonly errorCode: number
  readonly highWatermark: number
  readonly logStartOffset?: number | undefined
  readonly records?: readonly Chunk[] | null | undefined
}

export interface FetchSessionRequest {
  readonly sessionId: number
  readonly sessionEpoch: number
  readonly byTopicId: boolean
  /** Of this request; in an incremental one those that are new or changed. */
  readonly partitions: readonly FetchPartition[]
  readonly forgotten: readonly { readonly topic: string; readonly topicId: TopicId; readonly partition: number }[]
}

const FINAL_EPOCH = -1
const INITIAL_EPOCH = 0
const EPOCH_MAX = 0x7fffffff

/** What a request fetches from, and how its answer is to be trimmed. */
export interface FetchPlan {
  readonly errorCode: ErrorCode
  /** For the answer; 0 where there is no session. */
  readonly sessionId: number
  /** In the order in which they are to be served. */
  readonly partitions: Iterable<FetchPartition>
  /** True where the answer must have this partition; called once for each partition when the answer is final. */
  answers(partition: FetchPartition, news: FetchNews): boolean
}

interface CachedPartition {
  request: FetchPartition
  highWatermark: number
  logStartOffset: number
}

interface Session {
  readonly id: number
  readonly byTopicId: boolean
  epoch: number
  usedMs: number
  /** By topic (name or id), then partition. */
  readonly byTopic: Map<string, Map<number, CachedPartition>>
  /** All of them in serving order. */
  readonly order: Set<CachedPartition>
}

export class FetchSessions {
  readonly #sessions = new Map<number, Session>()
  readonly #slots: number
  readonly #evictionMs: number
  readonly #newId: () => number

  /**
   * `slots`: `max.incremental.fetch.session.cache.slots`. `newId`: a random id, 1 to 2^31 - 1.
   * `evictionMs`: `min.incremental.fetch.session.eviction.ms`, how long a session must be unused before another takes its place.
   */
  constructor(slots: number, newId: () => number, { evictionMs = 120_000 }: { evictionMs?: number } = {}) {
    this.#slots = slots
    this.#newId = newId
    this.#evictionMs = evictionMs
  }

  get size(): number {
    return this.#sessions.size
  }

  /** Takes a request in and says what to fetch. */
  plan(request: FetchSessionRequest, nowMs: number): FetchPlan {
    if (request.sessionEpoch === FINAL_EPOCH || request.sessionEpoch === INITIAL_EPOCH) {
      this.#sessions.delete(request.sessionId)
      const session = request.sessionEpoch === INITIAL_EPOCH ? this.#begin(request, nowMs) : undefined
      return fullPlan(request.partitions, session)
    }
    const session = this.#sessions.get(request.sessionId)
    if (session === undefined) return refusal(ErrorCode.FETCH_SESSION_ID_NOT_FOUND)
    if (session.byTopicId !== request.byTopicId) return refusal(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR)
    if (session.epoch !== request.sessionEpoch) return refusal(ErrorCode.INVALID_FETCH_SESSION_EPOCH)
    session.epoch = session.epoch === EPOCH_MAX ? 1 : session.epoch + 1
    session.usedMs = nowMs
    // Least recently used first: see #makeRoom.
    this.#sessions.delete(session.id)
    this.#sessions.set(session.id, session)
    for (const partition of request.partitions) remember(session, partition)
    for (const partition of request.forgotten) forget(session, partition)
    if (session.order.size === 0) {
      // Nothing is left to remember: it ends, and the request is one without a session.
      this.#sessions.delete(session.id)
      return fullPlan(request.partitions, undefined)
    }
    return incrementalPlan(session)
  }

  #begin(request: FetchSessionRequest, nowMs: number): Session | undefined {
    if (!this.#makeRoom(nowMs)) return undefined
    let id = this.#newId()
    while (this.#sessions.has(id)) id = this.#newId()
    const session: Session = {
      id,
      byTopicId: request.byTopicId,
      epoch: 1,
      usedMs: nowMs,
      byTopic: new Map(),
      order: new Set(),
    }
    for (const partition of request.partitions) remember(session, partition)
    this.#sessions.set(id, session)
    return session
  }

  #makeRoom(nowMs: number): boolean {
    if (this.#sessions.size < this.#slots) return true
    const [oldest] = this.#sessions.values()
    if (oldest === undefined || nowMs - oldest.usedMs < this.#evictionMs) return false
    this.#sessions.delete(oldest.id)
    return true
  }
}

const nothing = {
  sessionId: 0,
  partitions: [] as readonly FetchPartition[],
  answers: () => true,
}

function refusal(errorCode: ErrorCode): FetchPlan {
  return { ...nothing, errorCode }
}

function fullPlan(partitions: readonly FetchPartition[], session: Session | undefined): FetchPlan {
  return {
    errorCode: ErrorCode.NONE,
    sessionId: session?.id ?? 0,
    partitions,
    answers(partition, news) {
      const cached = session === undefined ? undefined : find(session, partition)
      if (cached !== undefined && session !== undefined) hasNews(session, cached, news)
      return true
    },
  }
}

function incrementalPlan(session: Session): FetchPlan {
  // A copy of the order: serving moves partitions to its end.
  const partitions = Array.from(session.order, (cached) => cached.request)
  return {
    errorCode: ErrorCode.NONE,
    sessionId: session.id,
    partitions,
    answers(partition, news) {
      const cached = find(session, partition)
      return cached === undefined || hasNews(session, cached, news)
    },
  }
}

function hasNews(session: Session, cached: CachedPartition, news: FetchNews): boolean {
  let mustAnswer = false
  if (news.records !== undefined && news.records !== null && news.records.length > 0) {
    mustAnswer = true
    session.order.delete(cached)
    session.order.add(cached)
  }
  if (cached.highWatermark !== news.highWatermark) {
    mustAnswer = true
    cached.highWatermark = news.highWatermark
  }
  const logStartOffset = news.logStartOffset ?? -1
  if (cached.logStartOffset !== logStartOffset) {
    mustAnswer = true
    cached.logStartOffset = logStartOffset
  }
  if (news.errorCode !== ErrorCode.NONE) {
    mustAnswer = true
    // So that the answer after the error is over is news again.
    cached.highWatermark = -1
  }
  return mustAnswer
}

function topicKey(session: Session, { topic, topicId }: { topic: string; topicId: TopicId }): string {
  return session.byTopicId ? topicId : topic
}

function find(session: Session, partition: FetchPartition): CachedPartition | undefined {
  return session.byTopic.get(topicKey(session, partition))?.get(partition.partition)
}

function remember(session: Session, partition: FetchPartition): void {
  const key = topicKey(session, partition)
  let byPartition = session.byTopic.get(key)
  if (byPartition === undefined) {
    byPartition = new Map()
    session.byTopic.set(key, byPartition)
  }
  const cached = byPartition.get(partition.partition)
  if (cached !== undefined) {
    cached.request = partition
    return
  }
  const added = { request: partition, highWatermark: -1, logStartOffset: -1 }
  byPartition.set(partition.partition, added)
  session.order.add(added)
}

function forget(session: Session, partition: FetchSessionRequest['forgotten'][number]): void {
  const key = topicKey(session, partition)
  const byPartition = session.byTopic.get(key)
  const cached = byPartition?.get(partition.partition)
  if (byPartition === undefined || cached === undefined) return
  byPartition.delete(partition.partition)
  if (byPartition.size === 0) session.byTopic.delete(key)
  session.order.delete(cached)
}
