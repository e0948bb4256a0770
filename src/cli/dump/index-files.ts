/** The files beside a segment: fixed entries, one after another, and what is known of producers. */
import { ByteReader, crc32c } from '#core'
import { decodeExact } from '#protocol'
import { abortedTxn, producerSnapshot } from '#protocol/file-records'
import type { Entry } from './entry.ts'

const OFFSET_ENTRY_BYTES = 8
const TIME_ENTRY_BYTES = 12
/** A version, and four int64. */
const TXN_ENTRY_BYTES = 34
/** In front of what the checksum of a snapshot covers: a version (int16), the checksum (uint32). */
const SNAPSHOT_PREFIX_BYTES = 6

/** `.index`: at which byte of the segment an offset is. `baseOffset` is the one in the file's name. */
export function* dumpOffsetIndex(content: Uint8Array, baseOffset: number): Generator<Entry> {
  let last = { offset: -1, position: -1 }
  for (const { reader, at } of entriesIn(content, OFFSET_ENTRY_BYTES)) {
    const entry = { offset: baseOffset + reader.int32(), position: reader.int32() }
    const rises = entry.offset > last.offset && entry.position > last.position
    yield { type: 'offset', ...entry, ...(rises ? undefined : fallsAt(at)) }
    last = entry
  }
  yield* restOf(content, OFFSET_ENTRY_BYTES)
}

/** `.timeindex`: the greatest timestamp up to an offset. */
export function* dumpTimeIndex(content: Uint8Array, baseOffset: number): Generator<Entry> {
  let last = { timestamp: -(2n ** 63n), offset: -1 }
  for (const { reader, at } of entriesIn(content, TIME_ENTRY_BYTES)) {
    const entry = { timestamp: reader.int64(), offset: baseOffset + reader.int32() }
    const rises = entry.timestamp > last.timestamp && entry.offset >= last.offset
    yield { type: 'time', ...entry, ...(rises ? undefined : fallsAt(at)) }
    last = entry
  }
  yield* restOf(content, TIME_ENTRY_BYTES)
}

/** `.txnindex`: transactions that were aborted. */
export function* dumpTxnIndex(content: Uint8Array): Generator<Entry> {
  for (const { reader, at } of entriesIn(content, TXN_ENTRY_BYTES)) {
    const version = reader.int16()
    if (version !== 0) {
      yield { type: 'aborted', problem: `at byte ${at}: version ${version} is not known here` }
      return
    }
    yield { type: 'aborted', ...(decodeExact(abortedTxn, version, reader) as object) }
  }
  yield* restOf(content, TXN_ENTRY_BYTES)
}

/** `.snapshot`: what a log knew of its producers at an offset. Throws a `MalformedError` where it is none. */
export function* dumpProducers(content: Uint8Array): Generator<Entry> {
  const reader = new ByteReader(content)
  const version = reader.int16()
  if (version !== producerSnapshot.versionMin) {
    yield { type: 'producers', version, problem: `at byte 0: version ${version} is not known here` }
    return
  }
  const { crc, producerEntries } = decodeExact(producerSnapshot, version, reader) as {
    readonly crc: number
    readonly producerEntries: readonly object[]
  }
  const computed = crc32c(content.subarray(SNAPSHOT_PREFIX_BYTES))
  yield {
    type: 'producers',
    version,
    count: producerEntries.length,
    crc,
    ...(computed === crc ? undefined : { problem: `at byte 2: the CRC is ${crc}, that of the bytes is ${computed}` }),
  }
  for (const entry of producerEntries) yield { type: 'producer', ...entry }
}

/** A reader at the beginning of each entry; ends where only zeros follow, as Kafka takes the space of an index at once. */
function* entriesIn(content: Uint8Array, sizeBytes: number): Generator<{ reader: ByteReader; at: number }> {
  const end = usedBytes(content, sizeBytes)
  for (let at = 0; at + sizeBytes <= end; at += sizeBytes) yield { reader: new ByteReader(content, at), at }
}

function usedBytes(content: Uint8Array, sizeBytes: number): number {
  let end = content.length
  while (end > 0 && content[end - 1] === 0) end--
  return Math.min(Math.ceil(end / sizeBytes) * sizeBytes, content.length)
}

function* restOf(content: Uint8Array, sizeBytes: number): Generator<Entry> {
  const used = usedBytes(content, sizeBytes)
  const rest = used % sizeBytes
  const problem = `at byte ${used - rest}: an entry has ${sizeBytes} bytes, ${rest} are left`
  if (rest > 0) yield { type: 'rest', position: used - rest, bytes: rest, problem }
  else if (used < content.length) yield { type: 'rest', position: used, bytes: content.length - used, content: 'zeros' }
}

function fallsAt(at: number) {
  return { problem: `at byte ${at}: an entry does not rise above the one before it` }
}
