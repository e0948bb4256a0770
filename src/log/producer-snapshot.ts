/**
 * Kafka's `.snapshot` files: the producers of a log as they were at the offset in the file's name. Version, CRC-32C of
 * what follows it, count, and for each producer its last batch only: older ones are found again in the log, if at all.
 *
 *      0  producerId              int64
 *      8  producerEpoch           int16
 *     10  lastSequence            int32    -1: none
 *     14  lastOffset              int64    -1: none
 *     22  offsetDelta             int32
 *     26  timestamp               int64
 *     34  coordinatorEpoch        int32
 *     38  currentTxnFirstOffset   int64    -1: none
 */
import { crc32c } from '#core'
import type { ProducerState } from './producer-states.ts'

const VERSION = 1
const CRC_AT = 2
const COUNT_AT = 6
const HEADER_BYTES = 10
const ENTRY_BYTES = 46

/** The content of a snapshot. */
export function producerSnapshot(producers: Iterable<ProducerState>): Uint8Array {
  const entries = [...producers]
  const bytes = new Uint8Array(HEADER_BYTES + entries.length * ENTRY_BYTES)
  const view = new DataView(bytes.buffer)
  view.setInt16(0, VERSION)
  view.setInt32(COUNT_AT, entries.length)
  let at = HEADER_BYTES
  for (const producer of entries) {
    const last = producer.batches.at(-1)
    view.setBigInt64(at, producer.producerId)
    view.setInt16(at + 8, producer.producerEpoch)
    view.setInt32(at + 10, last?.lastSequence ?? -1)
    view.setBigInt64(at + 14, BigInt(last?.lastOffset ?? -1))
    view.setInt32(at + 22, last?.offsetDelta ?? 0)
    view.setBigInt64(at + 26, producer.lastTimestamp)
    view.setInt32(at + 34, producer.coordinatorEpoch)
    view.setBigInt64(at + 38, BigInt(producer.currentTxnFirstOffset))
    at += ENTRY_BYTES
  }
  view.setUint32(CRC_AT, crc32c(bytes.subarray(COUNT_AT)))
  return bytes
}

/** The producers in a snapshot, or undefined where it is damaged. */
export function parseProducerSnapshot(bytes: Uint8Array): readonly ProducerState[] | undefined {
  if (bytes.length < HEADER_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const count = view.getInt32(COUNT_AT)
  if (view.getInt16(0) !== VERSION || bytes.length !== HEADER_BYTES + count * ENTRY_BYTES) return undefined
  if (view.getUint32(CRC_AT) !== crc32c(bytes.subarray(COUNT_AT))) return undefined
  const producers: ProducerState[] = []
  for (let at = HEADER_BYTES; at < bytes.length; at += ENTRY_BYTES) {
    const lastSequence = view.getInt32(at + 10)
    const lastOffset = Number(view.getBigInt64(at + 14))
    const offsetDelta = view.getInt32(at + 22)
    const timestamp = view.getBigInt64(at + 26)
    const currentTxnFirstOffset = Number(view.getBigInt64(at + 38))
    // An offset that no log can have, under a sum that is right: the rest is no more to be trusted.
    if (!Number.isSafeInteger(lastOffset) || !Number.isSafeInteger(currentTxnFirstOffset)) return undefined
    producers.push({
      producerId: view.getBigInt64(at),
      producerEpoch: view.getInt16(at + 8),
      batches: lastOffset < 0 ? [] : [{ lastSequence, lastOffset, offsetDelta, timestamp }],
      lastTimestamp: timestamp,
      coordinatorEpoch: view.getInt32(at + 34),
      currentTxnFirstOffset,
    })
  }
  return producers
}
