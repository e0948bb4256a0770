/**
 * The offsets that groups have committed, and those inside transactions that have not ended.
 *
 * An offset committed in a transaction takes effect at its end. If the group committed the partition outside the
 * transaction after it, that later commit stays: the place in the log decides, not the order of materialization, or
 * compaction would change the answer.
 */
import { type Offset, type ProducerId, type TopicId, ZERO_UUID } from '#core'
import type { RecordPlace } from '../runtime/coordinator-shard.ts'
import { type Timeline, TimelineMap } from '../runtime/timeline.ts'
import type { OffsetRecord } from './group-record.ts'

export interface CommittedOffset {
  readonly groupId: string
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
  /** Leader epoch of the last record consumed; -1: unknown. */
  readonly leaderEpoch: number
  readonly metadata: string
  readonly commitTimestampMs: number
  /** When it expires whatever the group does; -1: when the broker's retention says so. */
  readonly expireTimestampMs: number
  /** The topic it was committed for; `ZERO_UUID`: written before that was noted. */
  readonly topicId: TopicId
  /** Where its record stands. */
  readonly recordOffset: Offset
}

/** By topic and partition; see `keyOf`. */
type OffsetsOfGroup = TimelineMap<string, CommittedOffset>

export class Offsets {
  readonly #timeline: Timeline
  readonly #byGroup: TimelineMap<string, OffsetsOfGroup>
  /** Of transactions that have not ended: by producer, then by group and partition. */
  readonly #pending: TimelineMap<ProducerId, TimelineMap<string, CommittedOffset>>

  constructor(timeline: Timeline) {
    this.#timeline = timeline
    this.#byGroup = new TimelineMap(timeline)
    this.#pending = new TimelineMap(timeline)
  }

  apply({ groupId, topic, partition, value }: OffsetRecord, { offset: recordOffset, producerId }: RecordPlace): void {
    if (value === null) {
      this.#delete(groupId, topic, partition)
      const key = pendingKeyOf(groupId, topic, partition)
      for (const pending of this.#pending.values()) pending.delete(key)
      return
    }
    const committed: CommittedOffset = {
      groupId,
      topic,
      partition,
      offset: value.offset,
      leaderEpoch: value.leaderEpoch,
      metadata: value.metadata,
      commitTimestampMs: value.commitTimestamp,
      expireTimestampMs: value.expireTimestamp,
      topicId: value.topicId,
      recordOffset,
    }
    if (producerId === -1n) this.#put(committed)
    else putIn(this.#pending, producerId, this.#timeline).set(pendingKeyOf(groupId, topic, partition), committed)
  }

  endTransaction(producerId: ProducerId, committed: boolean): void {
    const pending = this.#pending.get(producerId)
    if (pending === undefined) return
    this.#pending.delete(producerId)
    if (!committed) return
    for (const offset of pending.values()) {
      const other = this.get(offset.groupId, offset.topic, offset.partition)
      if (other === undefined || offset.recordOffset > other.recordOffset) this.#put(offset)
    }
  }

  get(groupId: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#byGroup.get(groupId)?.get(keyOf(topic, partition))
  }

  getCommitted(groupId: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#byGroup.getCommitted(groupId)?.getCommitted(keyOf(topic, partition))
  }

  /** All of a group, in the latest view. */
  of(groupId: string): Iterable<CommittedOffset> {
    return this.#byGroup.get(groupId)?.values() ?? []
  }

  /** All of a group, in the committed view. */
  committedOf(groupId: string): Iterable<CommittedOffset> {
    return this.#byGroup.getCommitted(groupId)?.committedValues() ?? []
  }

  /** True where a transaction that has not ended has an offset for the partition. */
  isPending(groupId: string, topic: string, partition: number): boolean {
    const key = pendingKeyOf(groupId, topic, partition)
    for (const pending of this.#pending.values()) if (pending.has(key)) return true
    return false
  }

  /** Those that transactions have not yet committed. */
  *pendingOf(groupId: string): Generator<CommittedOffset> {
    for (const pending of this.#pending.values()) {
      for (const offset of pending.values()) if (offset.groupId === groupId) yield offset
    }
  }

  /** Those for topics that have been deleted, in and outside transactions. */
  *forTopics(topics: ReadonlyMap<string, TopicId>): Generator<CommittedOffset> {
    const isTold = ({ topic, topicId }: CommittedOffset) =>
      topics.has(topic) && (topicId === ZERO_UUID || topicId === topics.get(topic))
    for (const maps of [this.#byGroup, this.#pending]) {
      for (const offsets of maps.values()) for (const offset of offsets.values()) if (isTold(offset)) yield offset
    }
  }

  #put(offset: CommittedOffset): void {
    putIn(this.#byGroup, offset.groupId, this.#timeline).set(keyOf(offset.topic, offset.partition), offset)
  }

  #delete(groupId: string, topic: string, partition: number): void {
    const offsets = this.#byGroup.get(groupId)
    if (offsets === undefined) return
    offsets.delete(keyOf(topic, partition))
    if (offsets.size === 0) this.#byGroup.delete(groupId)
  }
}

/** One partition, one key: what is behind the last colon is a number. */
function keyOf(topic: string, partition: number): string {
  return `${topic}:${partition}`
}

function pendingKeyOf(groupId: string, topic: string, partition: number): string {
  return `${groupId.length}:${groupId}${topic}:${partition}`
}

function putIn<Key, InnerKey, Value extends NonNullable<unknown>>(
  maps: TimelineMap<Key, TimelineMap<InnerKey, Value>>,
  key: Key,
  timeline: Timeline,
): TimelineMap<InnerKey, Value> {
  let map = maps.get(key)
  if (map === undefined) {
    map = new TimelineMap(timeline)
    maps.set(key, map)
  }
  return map
}
