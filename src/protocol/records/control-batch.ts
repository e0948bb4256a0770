/**
 * Control batches: records that the log keeps for brokers and shows to no consumer. One ends a transaction in each
 * partition that it touched; others are the quorum's own.
 *
 * The key of such a record is a version (int16, 0) and the type (int16); its value is a message of
 * `#protocol/control-records`, which says its own version first.
 */
import { MalformedError } from '#core'
import { int16At, int32At, putInt16, putInt32 } from './big-endian.ts'
import { type BatchOptions, encodeBatch } from './encode-batch.ts'

/** What a control record says, by the number in its key. */
export const ControlType = {
  ABORT: 0,
  COMMIT: 1,
  LEADER_CHANGE: 2,
  SNAPSHOT_HEADER: 3,
  SNAPSHOT_FOOTER: 4,
  KRAFT_VERSION: 5,
  KRAFT_VOTERS: 6,
} as const
export type ControlType = (typeof ControlType)[keyof typeof ControlType]

const VERSION = 0
const TYPE_MAX = ControlType.KRAFT_VOTERS

export interface ControlRecord {
  readonly type: ControlType
  readonly value: Uint8Array
}

/** One batch of control records, which all get `timestamp`. */
export function encodeControlBatch(
  records: readonly ControlRecord[],
  timestamp: bigint | number,
  options: Omit<BatchOptions, 'control' | 'codec'> = {},
): Uint8Array {
  return encodeBatch(
    records.map(({ type, value }) => ({ timestamp, key: controlKey(type), value })),
    { ...options, control: true },
  )
}

export function controlKey(type: ControlType): Uint8Array {
  const key = new Uint8Array(4)
  putInt16(key, 0, VERSION)
  putInt16(key, 2, type)
  return key
}

/**
 * The type that the key of a control record says, or undefined for one that newer brokers know: Kafka passes over these.
 * Throws `MalformedError` where it is no such key.
 */
export function controlTypeOf(key: Uint8Array | null): ControlType | undefined {
  if (key === null || key.length < 4) throw new MalformedError('A control record has no type in its key')
  const version = int16At(key, 0)
  if (version < VERSION) throw new MalformedError(`A control record has a key of version ${version}`)
  const type = int16At(key, 2)
  return type >= 0 && type <= TYPE_MAX ? (type as ControlType) : undefined
}

/**
 * The batch that ends a transaction in a partition: by it, and not before, read-committed consumers see or skip what the
 * producer wrote. KIP-98.
 */
export function encodeEndTxnMarker(
  type: typeof ControlType.ABORT | typeof ControlType.COMMIT,
  coordinatorEpoch: number,
  options: {
    readonly timestamp: bigint | number
    readonly producerId: bigint
    readonly producerEpoch: number
    readonly baseOffset?: number
    readonly leaderEpoch?: number
  },
): Uint8Array {
  const { timestamp, ...batch } = options
  const value = new Uint8Array(6)
  putInt16(value, 0, VERSION)
  putInt32(value, 2, coordinatorEpoch)
  return encodeControlBatch([{ type, value }], timestamp, { ...batch, transactional: true })
}

/** The coordinator's epoch in the value of an ABORT or COMMIT record. Throws `MalformedError`. */
export function coordinatorEpochOf(value: Uint8Array | null): number {
  if (value === null || value.length < 6) throw new MalformedError('An end-of-transaction record is cut off')
  const version = int16At(value, 0)
  if (version < VERSION) throw new MalformedError(`An end-of-transaction record has version ${version}`)
  return int32At(value, 2)
}
