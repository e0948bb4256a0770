/**
 * What a leader checks of a batch that a client produced, and what it may change, before the batch gets its offsets.
 *
 * The rules are those of Kafka's broker (its request validation, `UnifiedLog` and `LogValidator`), with its error codes,
 * so that a client sees no difference; stricter where Kafka lets through what its own readers then stumble over. The
 * bytes stay as they came, unless the topic wants another codec, its own clock, or the header lies about the greatest
 * timestamp. Nothing that the log assigns (base offset, leader epoch) is touched.
 *
 * Checks go from the outside in, cheap ones first: nothing is decompressed for a batch whose header is wrong, and
 * decompressing has a budget (see `decompressedBytesMax`).
 */
import { CompressionError, type Compute } from '#host'
import {
  type Compression,
  type CompressionLevels,
  codecNumberOf,
  compress,
  compressionOf,
  DEFAULT_COMPRESSION_LEVELS,
  decompress,
} from '../compression/index.ts'
import { ErrorCode } from '../errors.ts'
import {
  attributesOf,
  BATCH_HEADER_BYTES,
  BATCH_PREFIX_BYTES,
  baseOffsetOf,
  baseSequenceOf,
  baseTimestampOf,
  codecOf,
  computeCrc,
  crcOf,
  hasProducerId,
  isControl,
  isTransactional,
  LOG_APPEND_TIME_BIT,
  lastOffsetDeltaOf,
  leaderEpochOf,
  MAGIC,
  magicOf,
  NO_PRODUCER_ID,
  producerEpochOf,
  producerIdOf,
  putHeader,
  recordCountOf,
  setMaxTimestamp,
  sizeOf,
  type TimestampType,
  TRANSACTIONAL_BIT,
  timestampTypeOf,
} from './batch-header.ts'
import { type WalkRules, walkedTimestampDeltaMax, walkRecords } from './record-walk.ts'

/** What a topic wants of its batches, in the words and values of its configuration. */
export interface BatchRules {
  /** `max.message.bytes`: of a whole batch, as it is stored. */
  readonly maxMessageBytes: number
  /** `max.decompressed.message.bytes`: of a record in a compressed batch. */
  readonly maxDecompressedMessageBytes: number
  /** `compression.type`: `producer` leaves batches as they come. */
  readonly compressionType: 'producer' | 'uncompressed' | Exclude<Compression, 'none'>
  readonly compressionLevels?: CompressionLevels
  /** `message.timestamp.type` and the bounds of a producer's timestamps around the broker's clock. */
  readonly timestampType: TimestampType
  readonly timestampBeforeMaxMs: number
  readonly timestampAfterMaxMs: number
  /** True where `cleanup.policy` has `compact`: every record needs a key. */
  readonly compacted: boolean
  /** True for a Produce request before version 7, whose clients do not know zstd. */
  readonly zstdRefused?: boolean
}

/** A batch to append. */
export interface ValidBatch {
  readonly error?: undefined
  /** The batch that came, in place where it had to change, or a new one where its codec did. */
  readonly batch: Uint8Array
  readonly recordCount: number
  readonly maxTimestamp: bigint
  /** The time that all records got, or -1 where they keep the producer's. */
  readonly logAppendTimeMs: number
}

/** Why a batch is refused, as the Produce response says it. */
export interface BatchRefusal {
  readonly error: ErrorCode
  readonly message: string
  /** The records that are at fault, where single ones are; no more than the first hundred. */
  readonly recordErrors: readonly RecordError[]
}

export interface RecordError {
  readonly batchIndex: number
  readonly message: string
}

/** `max.decompressed.message.bytes` by default: Kafka's word for "no limit". */
export const NO_DECOMPRESSED_LIMIT = 2147483639
const RECORD_ERRORS_MAX = 100
/** What even the oldest format has after its length. */
const LENGTH_MIN = 14
const MIB = 1024 * 1024
const EXACT_DELTA_MAX = 2 ** 52
const INT64_MAX = 2n ** 63n - 1n

/** Checks `batch`, all of which must be one batch, and makes it what the topic stores. `nowMs` is the broker's clock. */
export function validateBatch(
  batch: Uint8Array,
  rules: BatchRules,
  compute: Compute,
  nowMs: number,
): ValidBatch | BatchRefusal {
  const wrong = checkFrame(batch, rules) ?? checkHeader(batch)
  if (wrong !== undefined) return wrong
  const source = compressionOf(codecOf(batch))!
  let records = batch
  let start = BATCH_HEADER_BYTES
  if (source !== 'none') {
    try {
      const bytesMax = decompressedBytesMax(batch.length, rules)
      records = decompress(source, batch.subarray(BATCH_HEADER_BYTES), { compute, bytesMax })
      start = 0
    } catch (error) {
      if (!(error instanceof CompressionError)) throw error
      return refuse(error.tooLarge ? ErrorCode.MESSAGE_TOO_LARGE : ErrorCode.CORRUPT_MESSAGE, error.message)
    }
  }

  const bounds = timestampBounds(rules, nowMs)
  const refusals = new Refusals(batch, bounds)
  const { timestampDeltaMin, timestampDeltaMax, noTimestampDelta } = timestampRange(batch, rules, bounds)
  const walk: WalkRules = {
    recordCount: recordCountOf(batch),
    bodyBytesMax: source === 'none' ? batch.length : rules.maxDecompressedMessageBytes,
    needsKeys: rules.compacted,
    timestampDeltaMin,
    timestampDeltaMax,
    noTimestampDelta,
    onRefused: (index, why, timestampDelta) => refusals.add(index, why, timestampDelta),
  }
  const malformed = walkRecords(records, start, records.length, walk)
  if (malformed !== undefined) return refuse(ErrorCode.INVALID_RECORD, malformed)
  if (refusals.count > 0) return refusals.toRefusal()

  const ownTime = rules.timestampType === 'LogAppendTime'
  const maxTimestamp = ownTime ? BigInt(nowMs) : baseTimestampOf(batch) + BigInt(walkedTimestampDeltaMax)
  const target = targetOf(rules, source)
  let valid = batch
  if (target === source) {
    setMaxTimestamp(batch, 0, rules.timestampType, maxTimestamp)
  } else {
    const payload = compress(target, records.subarray(start), {
      compute,
      levels: rules.compressionLevels ?? DEFAULT_COMPRESSION_LEVELS,
    })
    valid = rebuild(batch, payload, target, rules.timestampType, maxTimestamp)
    if (valid.length > rules.maxMessageBytes) return tooLarge(valid.length, rules)
  }
  return { batch: valid, recordCount: walk.recordCount, maxTimestamp, logAppendTimeMs: ownTime ? nowMs : -1 }
}

/**
 * The most that a compressed batch may give. A batch that would be taken uncompressed is never refused for being
 * well compressed; beyond that, a thousandfold is taken for a bomb, and what `max.message.bytes` makes plausible is the
 * end, unless `max.decompressed.message.bytes` was set and says more.
 */
export function decompressedBytesMax(
  batchBytes: number,
  rules: Pick<BatchRules, 'maxMessageBytes' | 'maxDecompressedMessageBytes'>,
): number {
  const { maxMessageBytes, maxDecompressedMessageBytes } = rules
  const chosen = maxDecompressedMessageBytes === NO_DECOMPRESSED_LIMIT ? 0 : maxDecompressedMessageBytes
  const most = Math.max(16 * MIB, 2 * maxMessageBytes, chosen)
  return Math.min(most, Math.max(MIB, maxMessageBytes, 1000 * batchBytes))
}

/** That the bytes are one whole batch that may be looked at. */
function checkFrame(batch: Uint8Array, rules: BatchRules): BatchRefusal | undefined {
  if (batch.length < BATCH_PREFIX_BYTES) return refuse(ErrorCode.INVALID_RECORD, 'There is no record batch')
  const sizeBytes = sizeOf(batch)
  if (sizeBytes < BATCH_PREFIX_BYTES + LENGTH_MIN) {
    return refuse(ErrorCode.CORRUPT_MESSAGE, `The batch says that it has ${sizeBytes} bytes`)
  }
  if (sizeBytes > batch.length) {
    return refuse(ErrorCode.INVALID_RECORD, `The batch says that it has ${sizeBytes} bytes, there are ${batch.length}`)
  }
  const magic = magicOf(batch)
  if (magic !== MAGIC) {
    return refuse(ErrorCode.INVALID_RECORD, `The batch has record format ${magic}, only ${MAGIC} is accepted`)
  }
  if (sizeBytes < BATCH_HEADER_BYTES) {
    return refuse(ErrorCode.CORRUPT_MESSAGE, `The batch has ${sizeBytes} bytes, its header alone has more`)
  }
  if (rules.zstdRefused === true && compressionOf(codecOf(batch)) === 'zstd') {
    return refuse(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, 'zstd needs version 7 of the Produce request')
  }
  if (sizeBytes < batch.length) {
    return refuse(
      ErrorCode.INVALID_RECORD,
      `${batch.length - sizeBytes} bytes follow the batch: a partition takes exactly one at a time`,
    )
  }
  const baseOffset = baseOffsetOf(batch)
  if (baseOffset !== 0) {
    return refuse(ErrorCode.INVALID_RECORD, `The batch has base offset ${baseOffset}: a producer's begin at 0`)
  }
  if (sizeBytes > rules.maxMessageBytes) return tooLarge(sizeBytes, rules)
  const crc = computeCrc(batch)
  if (crc !== crcOf(batch)) {
    return refuse(ErrorCode.CORRUPT_MESSAGE, `The batch has CRC ${crcOf(batch)}, its bytes have ${crc}`)
  }
  return undefined
}

/** That the fields of the header agree with each other and with what a client may send. */
function checkHeader(batch: Uint8Array): BatchRefusal | undefined {
  const codec = codecOf(batch)
  if (compressionOf(codec) === undefined) {
    return refuse(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, `The batch is compressed by codec ${codec}, which is none`)
  }
  const recordCount = recordCountOf(batch)
  if (recordCount <= 0) return refuse(ErrorCode.INVALID_RECORD, `The batch says that it has ${recordCount} records`)
  const lastOffsetDelta = lastOffsetDeltaOf(batch)
  if (lastOffsetDelta !== recordCount - 1) {
    return refuse(
      ErrorCode.INVALID_RECORD,
      `The batch has ${recordCount} records and a last offset delta of ${lastOffsetDelta}`,
    )
  }
  if (isControl(batch)) return refuse(ErrorCode.INVALID_RECORD, 'Clients may not write control records')
  if (hasProducerId(batch)) {
    const sequence = baseSequenceOf(batch)
    const epoch = producerEpochOf(batch)
    if (sequence < 0 || epoch < 0) {
      return refuse(
        ErrorCode.INVALID_RECORD,
        `The batch of producer ${producerIdOf(batch)} has epoch ${epoch} and sequence ${sequence}`,
      )
    }
  } else if (producerIdOf(batch) !== NO_PRODUCER_ID) {
    return refuse(ErrorCode.INVALID_RECORD, `The batch has producer id ${producerIdOf(batch)}`)
  } else if (isTransactional(batch)) {
    return refuse(ErrorCode.INVALID_RECORD, 'The batch is transactional and has no producer id')
  }
  return undefined
}

/** What a producer may set now as a timestamp, besides -1 for "none". */
interface TimestampBounds {
  readonly least: number
  /** Infinity where the topic sets no bound that an exact number could say. */
  readonly greatest: number
}

function timestampBounds(rules: BatchRules, nowMs: number): TimestampBounds {
  const greatest = nowMs + rules.timestampAfterMaxMs
  return {
    least: Math.max(0, nowMs - rules.timestampBeforeMaxMs),
    greatest: greatest <= Number.MAX_SAFE_INTEGER ? greatest : Number.POSITIVE_INFINITY,
  }
}

type TimestampRange = Pick<WalkRules, 'timestampDeltaMin' | 'timestampDeltaMax' | 'noTimestampDelta'>
const ANY_TIMESTAMP: TimestampRange = {
  timestampDeltaMin: Number.NEGATIVE_INFINITY,
  timestampDeltaMax: Number.POSITIVE_INFINITY,
  noTimestampDelta: Number.NaN,
}
const WRONG_TIMESTAMP: TimestampRange = {
  timestampDeltaMin: Number.POSITIVE_INFINITY,
  timestampDeltaMax: Number.NEGATIVE_INFINITY,
  noTimestampDelta: Number.NaN,
}

/** The bounds as deltas to the batch's base. Deltas are exact within 2^52; one beyond is out of every bound. */
function timestampRange(batch: Uint8Array, rules: BatchRules, { least, greatest }: TimestampBounds): TimestampRange {
  // Kafka forgets to look where the topic wants the producer's time; the records then have times that nobody checked.
  if (timestampTypeOf(batch) === 'LogAppendTime') return WRONG_TIMESTAMP
  if (rules.timestampType === 'LogAppendTime') return ANY_TIMESTAMP
  const base = baseTimestampOf(batch)
  const baseNumber = Number(base)
  if (Number.isSafeInteger(baseNumber)) {
    return {
      timestampDeltaMin: Math.max(-EXACT_DELTA_MAX, least - baseNumber),
      timestampDeltaMax: Math.min(EXACT_DELTA_MAX, greatest - baseNumber),
      noTimestampDelta: -1 - baseNumber,
    }
  }
  // Beyond 2^53, where no delta leads back: right only for a topic without bounds, and up to the greatest int64.
  if (base < 0n || greatest !== Number.POSITIVE_INFINITY) return WRONG_TIMESTAMP
  return {
    timestampDeltaMin: -EXACT_DELTA_MAX,
    timestampDeltaMax: Math.min(EXACT_DELTA_MAX, Number(INT64_MAX - base)),
    noTimestampDelta: Number.NaN,
  }
}

function targetOf(rules: BatchRules, source: Compression): Compression {
  if (rules.compressionType === 'producer') return source
  return rules.compressionType === 'uncompressed' ? 'none' : rules.compressionType
}

/** The batch with the same records in another codec. */
function rebuild(
  batch: Uint8Array,
  payload: Uint8Array,
  target: Compression,
  timestampType: TimestampType,
  maxTimestamp: bigint,
): Uint8Array {
  const rebuilt = new Uint8Array(BATCH_HEADER_BYTES + payload.length)
  rebuilt.set(payload, BATCH_HEADER_BYTES)
  putHeader(rebuilt, 0, {
    baseOffset: baseOffsetOf(batch),
    sizeBytes: rebuilt.length,
    leaderEpoch: leaderEpochOf(batch),
    attributes:
      codecNumberOf(target) |
      (attributesOf(batch) & TRANSACTIONAL_BIT) |
      (timestampType === 'LogAppendTime' ? LOG_APPEND_TIME_BIT : 0),
    lastOffsetDelta: lastOffsetDeltaOf(batch),
    baseTimestamp: baseTimestampOf(batch),
    maxTimestamp,
    producerId: producerIdOf(batch),
    producerEpoch: producerEpochOf(batch),
    baseSequence: baseSequenceOf(batch),
    recordCount: recordCountOf(batch),
  })
  return rebuilt
}

/** Collects the records that are not allowed, and the answer that they add up to. */
class Refusals {
  readonly #batch: Uint8Array
  readonly #bounds: TimestampBounds
  readonly #errors: RecordError[] = []
  #timestamps = false
  count = 0

  constructor(batch: Uint8Array, bounds: TimestampBounds) {
    this.#batch = batch
    this.#bounds = bounds
  }

  add(index: number, why: 'no key' | 'timestamp', timestampDelta: number): void {
    this.count++
    if (why === 'timestamp') this.#timestamps = true
    if (this.#errors.length === RECORD_ERRORS_MAX) return
    this.#errors.push({
      batchIndex: index,
      message:
        why === 'no key'
          ? `Record ${index} has no key, and the topic is compacted by keys`
          : this.#timestampMessage(index, timestampDelta),
    })
  }

  #timestampMessage(index: number, timestampDelta: number): string {
    if (timestampTypeOf(this.#batch) === 'LogAppendTime') {
      return `Record ${index} has timestamp type LogAppendTime, which only the broker may set`
    }
    const { least, greatest } = this.#bounds
    const timestamp = Number.isFinite(timestampDelta)
      ? baseTimestampOf(this.#batch) + BigInt(timestampDelta)
      : 'beyond 2^52'
    return `Record ${index} has timestamp ${timestamp}, which is out of the range from ${least} to ${greatest}`
  }

  /** One wrong timestamp makes the whole answer be about timestamps, as in Kafka. */
  toRefusal(): BatchRefusal {
    const first = this.#errors[0]!.message
    return {
      error: this.#timestamps ? ErrorCode.INVALID_TIMESTAMP : ErrorCode.INVALID_RECORD,
      message: this.count === 1 ? first : `${this.count} records are refused; the first: ${first}`,
      recordErrors: this.#errors,
    }
  }
}

function refuse(error: ErrorCode, message: string): BatchRefusal {
  return { error, message, recordErrors: [] }
}

function tooLarge(sizeBytes: number, rules: BatchRules): BatchRefusal {
  return refuse(
    ErrorCode.MESSAGE_TOO_LARGE,
    `The batch has ${sizeBytes} bytes, max.message.bytes is ${rules.maxMessageBytes}`,
  )
}
