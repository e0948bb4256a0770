/**
 * The numbers and texts that name things in a cluster, each a type of its own, so that an epoch cannot be passed for an
 * offset. A plain number or string is accepted where one comes from (the wire, a literal); two different ids are not
 * interchangeable.
 */
declare const flavor: unique symbol
type Id<Value, Name extends string> = Value & { readonly [flavor]?: Name }

/** Position of a record in its partition, from 0. A `number`: the door refuses what is beyond 2^53 (see `isOffset`). */
export type Offset = Id<number, 'Offset'>
/** Grows by one with each leader of a partition. -1: none known. */
export type LeaderEpoch = Id<number, 'LeaderEpoch'>
/** `node.id` of a broker or controller. -1: none. */
export type BrokerId = Id<number, 'BrokerId'>
/** Names an idempotent or transactional producer; any int64. -1n: none. */
export type ProducerId = Id<bigint, 'ProducerId'>
/** A UUID in Kafka's text form: 22 characters of unpadded base64url. */
export type Uuid = string
export type TopicId = Id<Uuid, 'TopicId'>

/** Kafka's `Uuid.ZERO_UUID`: no id. */
export const ZERO_UUID: Uuid = 'AAAAAAAAAAAAAAAAAAAAAA'
/** Kafka's `Uuid.METADATA_TOPIC_ID`: the id of `__cluster_metadata`. */
export const METADATA_TOPIC_ID: TopicId = 'AAAAAAAAAAAAAAAAAAAAAQ'

/** True where an offset that a peer sent can be counted with exactly: a whole number from 0 to 2^53 - 1. */
export function isOffset(value: number): value is Offset {
  return Number.isSafeInteger(value) && value >= 0
}

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** `orders-3`: how Kafka names a partition in folders, logs and messages. */
export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}
