/**
 * What a partition knows of its idempotent and transactional producers: which sequences it has, so that a retry is
 * recognised and a gap refused (KIP-98), and which transactions are open, so that read_committed stops before them.
 *
 * Everything here follows from the batches of the log, one after another: `check` decides whether a batch may be
 * appended, `update` takes in one that was. A snapshot is this state at an offset, so that not all has to be replayed.
 *
 * Invariants:
 *   of each producer the last five batches of its current epoch, their sequences contiguous
 *   open transactions and those not yet committed to replicas are ordered by first offset
 */
import type { Offset, ProducerId } from '#core'
import { ErrorCode } from '#protocol'
import {
  baseOffsetOf,
  baseSequenceOf,
  isControl,
  isTransactional,
  lastOffsetDeltaOf,
  lastOffsetOf,
  lastSequenceOf,
  maxTimestampOf,
  producerEpochOf,
  producerIdOf,
} from '#protocol/records'
import { type EndTransaction, endTransactionOf } from './end-transaction.ts'
import type { AbortedTransaction } from './transaction-index.ts'

/** A batch that a producer has written, to be recognised when it comes again. */
export interface WrittenBatch {
  readonly lastSequence: number
  readonly lastOffset: Offset
  /** How many records it has, less one. */
  readonly offsetDelta: number
  readonly timestamp: bigint
}

/** An idempotent or transactional producer that has written to this log and has not expired. */
export interface ActiveProducer {
  readonly producerId: ProducerId
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastTimestampMs: bigint
  readonly coordinatorEpoch: number
  /** Where its open transaction begins; -1: none. */
  readonly currentTxnStartOffset: Offset
}

export interface ProducerState {
  readonly producerId: ProducerId
  producerEpoch: number
  /** Oldest first; at most five. Empty after a marker began a new epoch. */
  batches: WrittenBatch[]
  /** Of the last batch or marker, in ms. */
  lastTimestamp: bigint
  coordinatorEpoch: number
  /** Where its open transaction begins, -1: none. */
  currentTxnFirstOffset: Offset
}

/** From the first offset of a transaction to its marker. */
interface EndedTransaction {
  readonly firstOffset: Offset
  readonly lastOffset: Offset
}

/** Why a batch may not be appended. */
export interface SequenceRefusal {
  readonly error: ErrorCode
  readonly message: string
}

const BATCHES_KEPT = 5
/** Kafka looks as often (`producer.id.expiration.check.interval.ms`); records may come with any timestamp. */
const EXPIRY_INTERVAL_MS = 10 * 60 * 1000
const SEQUENCE_MAX = 2 ** 31 - 1
const EPOCH_MAX = 2 ** 15 - 1

export class ProducerStates {
  readonly #producers = new Map<ProducerId, ProducerState>()
  /** First offsets of open transactions, rising, with who has them open. */
  readonly #open = new Map<Offset, ProducerId>()
  /** Ended, but the marker is not below the high watermark yet. By first offset. */
  #undelivered: EndedTransaction[] = []
  /** When to look for expired producers again. */
  #nextExpiryMs = 0

  all(): Iterable<ProducerState> {
    return this.#producers.values()
  }

  active(): readonly ActiveProducer[] {
    return Array.from(this.#producers.values(), (producer) => ({
      producerId: producer.producerId,
      producerEpoch: producer.producerEpoch,
      lastSequence: producer.batches.at(-1)?.lastSequence ?? -1,
      lastTimestampMs: producer.lastTimestamp,
      coordinatorEpoch: producer.coordinatorEpoch,
      currentTxnStartOffset: producer.currentTxnFirstOffset,
    }))
  }

  /** The batch as it was appended before, if a client sends one of the last five again. */
  findDuplicate(bytes: Uint8Array, at: number): WrittenBatch | undefined {
    const producer = this.#producers.get(producerIdOf(bytes, at))
    if (producer === undefined || producer.producerEpoch !== producerEpochOf(bytes, at)) return undefined
    const [last, delta] = [lastSequenceOf(bytes, at), lastOffsetDeltaOf(bytes, at)]
    return producer.batches.find((batch) => batch.lastSequence === last && batch.offsetDelta === delta)
  }

  /** Why this batch of a leader's own partition (not of a replica) may not follow, or undefined where it may. */
  check(bytes: Uint8Array, at: number, origin: 'client' | 'coordinator', transactionVersion = 0) {
    const producer = this.#producers.get(producerIdOf(bytes, at))
    if (producer === undefined) return undefined
    if (isControl(bytes, at)) return checkMarker(producer, endTransactionOf(bytes, at), bytes, at, transactionVersion)
    const epoch = producerEpochOf(bytes, at)
    if (epoch < producer.producerEpoch) return staleEpoch(producer, epoch)
    if (origin === 'client') {
      const refusal = checkSequence(producer, epoch, baseSequenceOf(bytes, at))
      if (refusal !== undefined) return refusal
    }
    if (producer.currentTxnFirstOffset >= 0 && !isTransactional(bytes, at)) {
      const { producerId } = producer
      return refuse(
        ErrorCode.INVALID_TXN_STATE,
        `Producer ${producerId} has a transaction open and wrote outside of it`,
      )
    }
    return undefined
  }

  /** Takes in a batch at its final offset. Returns the transaction that it aborts, if it does. */
  update(bytes: Uint8Array, at: number): AbortedTransaction | undefined {
    if (isControl(bytes, at)) return this.#updateByMarker(bytes, at)
    const producerId = producerIdOf(bytes, at)
    const baseOffset = baseOffsetOf(bytes, at)
    const producer = this.#producerAt(producerId, producerEpochOf(bytes, at))
    if (producer.batches.length === BATCHES_KEPT) producer.batches.shift()
    producer.batches.push(writtenBatch(bytes, at))
    producer.lastTimestamp = maxTimestampOf(bytes, at)
    if (isTransactional(bytes, at) && producer.currentTxnFirstOffset < 0) {
      producer.currentTxnFirstOffset = baseOffset
      this.#open.set(baseOffset, producerId)
    }
    return undefined
  }

  /** Takes in a batch that lies before the snapshot which these producers come from; in the order of the log. */
  recall(bytes: Uint8Array, at: number): void {
    const producer = this.#producers.get(producerIdOf(bytes, at))
    if (producer === undefined || producer.producerEpoch !== producerEpochOf(bytes, at) || isControl(bytes, at)) return
    const { batches } = producer
    const recalled = writtenBatch(bytes, at)
    const next = batches.findIndex(({ lastOffset }) => lastOffset >= recalled.lastOffset)
    if (next < 0 || batches[next]!.lastOffset === recalled.lastOffset) return
    batches.splice(next, 0, recalled)
    if (batches.length > BATCHES_KEPT) batches.shift()
  }

  #updateByMarker(bytes: Uint8Array, at: number): AbortedTransaction | undefined {
    const marker = endTransactionOf(bytes, at)
    if (marker === undefined) return undefined
    const producerId = producerIdOf(bytes, at)
    const producer = this.#producerAt(producerId, producerEpochOf(bytes, at))
    const firstOffset = producer.currentTxnFirstOffset
    producer.coordinatorEpoch = marker.coordinatorEpoch
    producer.lastTimestamp = maxTimestampOf(bytes, at)
    producer.currentTxnFirstOffset = -1
    if (firstOffset < 0) return undefined
    const lastOffset = baseOffsetOf(bytes, at)
    this.#open.delete(firstOffset)
    const after = this.#undelivered.findIndex((other) => other.firstOffset > firstOffset)
    this.#undelivered.splice(after < 0 ? this.#undelivered.length : after, 0, { firstOffset, lastOffset })
    if (!marker.isAbort) return undefined
    const [firstOpen] = this.#open.keys()
    return { producerId, firstOffset, lastOffset, lastStableOffset: firstOpen ?? lastOffset + 1 }
  }

  /** The producer, in this epoch: a new epoch forgets the batches of the old one. */
  #producerAt(producerId: ProducerId, producerEpoch: number): ProducerState {
    let producer = this.#producers.get(producerId)
    if (producer === undefined) {
      producer = {
        producerId,
        producerEpoch,
        batches: [],
        lastTimestamp: -1n,
        coordinatorEpoch: -1,
        currentTxnFirstOffset: -1,
      }
      this.#producers.set(producerId, producer)
    } else if (producer.producerEpoch !== producerEpoch) {
      producer.producerEpoch = producerEpoch
      producer.batches = []
    }
    return producer
  }

  /** Takes a producer out of a snapshot. */
  restore(producer: ProducerState): void {
    this.#producers.set(producer.producerId, producer)
    if (producer.currentTxnFirstOffset < 0) return
    const open = [...this.#open, [producer.currentTxnFirstOffset, producer.producerId] as const]
    this.#open.clear()
    for (const [first, id] of open.sort(([a], [b]) => a - b)) this.#open.set(first, id)
  }

  /** Where the first transaction begins that is open, or whose end is not below the high watermark; undefined: none. */
  get firstUnstableOffset(): Offset | undefined {
    const [open] = this.#open.keys()
    const ended = this.#undelivered[0]?.firstOffset
    if (open === undefined || ended === undefined) return open ?? ended
    return Math.min(open, ended)
  }

  /** Transactions that ended below the high watermark hold nobody back any more. */
  advanceHighWatermark(highWatermark: Offset): void {
    if (this.#undelivered.length > 0) {
      this.#undelivered = this.#undelivered.filter((ended) => ended.lastOffset >= highWatermark)
    }
  }

  /** Forgets producers that have been silent for as long as `producer.id.expiration.ms`, but none with an open transaction. */
  expire(nowMs: number, expirationMs: number): void {
    // Nobody can have become old since the last time that all were looked at.
    if (nowMs < this.#nextExpiryMs) return
    let oldestMs = nowMs
    for (const [producerId, producer] of this.#producers) {
      const lastMs = Number(producer.lastTimestamp)
      if (nowMs - lastMs < expirationMs) oldestMs = Math.min(oldestMs, lastMs)
      else if (producer.currentTxnFirstOffset < 0) this.#producers.delete(producerId)
    }
    this.#nextExpiryMs = Math.min(oldestMs + expirationMs, nowMs + EXPIRY_INTERVAL_MS)
  }

  clear(): void {
    this.#producers.clear()
    this.#open.clear()
    this.#undelivered = []
  }
}

function writtenBatch(bytes: Uint8Array, at: number): WrittenBatch {
  return {
    lastSequence: lastSequenceOf(bytes, at),
    lastOffset: lastOffsetOf(bytes, at),
    offsetDelta: lastOffsetDeltaOf(bytes, at),
    timestamp: maxTimestampOf(bytes, at),
  }
}

/** KIP-890: with transactions of version 2 each has an epoch of its own, so an equal one belongs to the one before. */
function checkMarker(
  producer: ProducerState,
  marker: EndTransaction | undefined,
  bytes: Uint8Array,
  at: number,
  transactionVersion: number,
): SequenceRefusal | undefined {
  const epoch = producerEpochOf(bytes, at)
  const known = producer.producerEpoch
  const isStale = epoch < known || (transactionVersion >= 2 && epoch === known)
  // The coordinator may write a marker again after a fail-over; the transaction is over already, which does no harm.
  const isRetry =
    transactionVersion >= 2 && epoch === known && (producer.currentTxnFirstOffset < 0 || epoch === EPOCH_MAX)
  if (isStale && !isRetry) return staleEpoch(producer, epoch)
  if (marker !== undefined && marker.coordinatorEpoch < producer.coordinatorEpoch) {
    const text = `Marker of producer ${producer.producerId} has coordinator epoch ${marker.coordinatorEpoch}`
    return refuse(
      ErrorCode.TRANSACTION_COORDINATOR_FENCED,
      `${text}, the partition has seen ${producer.coordinatorEpoch}`,
    )
  }
  return undefined
}

function checkSequence(producer: ProducerState, epoch: number, sequence: number): SequenceRefusal | undefined {
  const known = producer.producerEpoch
  if (known < 0) return undefined
  // In a new epoch a producer begins at 0; in the same one it goes on, and after 2^31 - 1 with 0.
  const last = epoch === known ? (producer.batches.at(-1)?.lastSequence ?? -1) : -1
  const expected = last === SEQUENCE_MAX ? 0 : last + 1
  if (sequence === expected) return undefined
  return refuse(
    ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
    `Producer ${producer.producerId} in epoch ${epoch} sent sequence ${sequence}, expected ${expected}`,
  )
}

function staleEpoch(producer: ProducerState, epoch: number): SequenceRefusal {
  const { producerId, producerEpoch } = producer
  return refuse(
    ErrorCode.INVALID_PRODUCER_EPOCH,
    `Producer ${producerId} wrote with epoch ${epoch}, the partition has seen ${producerEpoch}`,
  )
}

function refuse(error: ErrorCode, message: string): SequenceRefusal {
  return { error, message }
}
