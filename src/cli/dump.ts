/**
 * What the files of a data folder say, line by line; which kind a file is, its name tells.
 *
 * Segments and snapshots are read batch by batch in pieces, so that a file of any size can be shown.
 */
import { basename, dirname } from 'node:path'
import { ByteReader, crc32c, MalformedError } from '#core'
import { CompressionError, type Compute, type Disk } from '#host'
import { decodeMetadataRecord } from '#metadata'
import { decode, type Schema } from '#protocol'
import {
  kraftVersionRecord,
  leaderChangeMessage,
  snapshotFooterRecord,
  snapshotHeaderRecord,
  votersRecord,
} from '#protocol/control-records'
import { groupRecords, type RecordSchemas, shareStateRecords, transactionRecords } from '#protocol/coordinator-records'
import { abortedTxn, producerSnapshot } from '#protocol/file-records'
import {
  BATCH_HEADER_BYTES,
  BATCH_PREFIX_BYTES,
  baseOffsetOf,
  baseSequenceOf,
  ControlType,
  codecOf,
  compressionOf,
  computeCrc,
  controlTypeOf,
  crcOf,
  isControl,
  isTransactional,
  lastOffsetOf,
  leaderEpochOf,
  maxTimestampOf,
  producerEpochOf,
  producerIdOf,
  type RecordView,
  readRecords,
  recordCountOf,
  sizeOf,
} from '#protocol/records'
import { jsonValue, printable } from './output.ts'

export interface DumpOptions {
  /** Show the records of each batch, not only the batch. */
  readonly records: boolean
}

const PIECE_BYTES = 4 * 1024 * 1024
const INDEX_ENTRY_BYTES = 8
const TIME_INDEX_ENTRY_BYTES = 12
const TXN_INDEX_ENTRY_BYTES = 34

/** The lines that describe a file. Throws a `MalformedError` that says where the file stops making sense. */
export async function* dump(
  path: string,
  host: { readonly disk: Disk; readonly compute: Compute },
  options: DumpOptions,
): AsyncGenerator<string> {
  const name = basename(path)
  if (/\.(log|checkpoint)(\.deleted|\.cleaned|\.swap)?$/.test(name) && /^\d{20}/.test(name)) {
    yield* dumpBatches(path, host, options)
    return
  }
  const content = await host.disk.readFile(path)
  const base = Number(/^\d{20}/.exec(name)?.[0] ?? 0)
  if (/\.index(\.|$)/.test(name)) yield* dumpIndex(content, base)
  else if (/\.timeindex(\.|$)/.test(name)) yield* dumpTimeIndex(content, base)
  else if (/\.txnindex(\.|$)/.test(name)) yield* dumpTxnIndex(content)
  else if (/\.snapshot(\.|$)/.test(name)) yield* dumpProducers(content)
  else yield* dumpText(content)
}

async function* dumpBatches(
  path: string,
  { disk, compute }: { readonly disk: Disk; readonly compute: Compute },
  { records }: DumpOptions,
): AsyncGenerator<string> {
  const file = await disk.open(path, 'read')
  try {
    const end = await file.size()
    const show = recordPrinter(basename(dirname(path)))
    for (let position = 0; position < end; ) {
      const head = new Uint8Array(Math.min(BATCH_HEADER_BYTES, end - position))
      await file.read(head, position)
      const size = head.length < BATCH_PREFIX_BYTES ? 0 : sizeOf(head)
      if (head.length < BATCH_HEADER_BYTES || size < BATCH_HEADER_BYTES || position + size > end) {
        yield `position ${position}: ${end - position} bytes that are no whole batch`
        return
      }
      const batch = new Uint8Array(size)
      for (let read = 0; read < size; read += PIECE_BYTES) {
        await file.read(batch.subarray(read, Math.min(size, read + PIECE_BYTES)), position + read)
      }
      yield describeBatch(batch, position)
      if (records || isControl(batch)) yield* dumpRecords(batch, compute, show)
      position += size
    }
  } finally {
    await file.close()
  }
}

function describeBatch(batch: Uint8Array, position: number): string {
  const crcIsRight = computeCrc(batch) === crcOf(batch)
  const parts = [
    `offsets ${baseOffsetOf(batch)}-${lastOffsetOf(batch)}`,
    `count ${recordCountOf(batch)}`,
    `epoch ${leaderEpochOf(batch)}`,
    `max timestamp ${maxTimestampOf(batch)}`,
    `codec ${compressionOf(codecOf(batch)) ?? codecOf(batch)}`,
    `position ${position}`,
    `size ${sizeOf(batch)}`,
    `crc ${crcOf(batch)}${crcIsRight ? '' : ' WRONG'}`,
  ]
  if (producerIdOf(batch) >= 0n) {
    parts.push(`producer ${producerIdOf(batch)} epoch ${producerEpochOf(batch)} sequence ${baseSequenceOf(batch)}`)
  }
  if (isTransactional(batch)) parts.push('transactional')
  if (isControl(batch)) parts.push('control')
  return parts.join('  ')
}

function* dumpRecords(batch: Uint8Array, compute: Compute, show: (record: RecordView) => string): Generator<string> {
  try {
    for (const record of readRecords(batch, compute)) {
      yield `  ${record.offset}  ${isControl(batch) ? controlText(record) : show(record)}`
    }
  } catch (error) {
    if (!(error instanceof MalformedError || error instanceof CompressionError)) throw error
    yield `  cannot be read: ${error.message}`
  }
}

/** How the records of a log are shown: those of internal topics by what they mean. */
function recordPrinter(folder: string): (record: RecordView) => string {
  if (folder.startsWith('__cluster_metadata-')) {
    return ({ value }) => {
      if (value === null) return 'no value'
      const { type, version, data } = decodeMetadataRecord(value)
      return `${type} v${version} ${json(data)}`
    }
  }
  const kinds: readonly (readonly [string, readonly RecordSchemas[]])[] = [
    ['__consumer_offsets-', groupRecords],
    ['__transaction_state-', transactionRecords],
    ['__share_group_state-', shareStateRecords],
  ]
  const known = kinds.find(([prefix]) => folder.startsWith(prefix))
  return known === undefined ? plainText : (record) => coordinatorText(record, known[1])
}

function plainText({ timestamp, key, value, headers }: RecordView): string {
  const shownHeaders = headers.map((header) => `${printable(header.key)}=${bytesText(header.value)}`)
  return [
    `timestamp ${timestamp}`,
    `key ${bytesText(key)}`,
    `value ${bytesText(value)}`,
    ...(headers.length > 0 ? [`headers ${shownHeaders.join(', ')}`] : []),
  ].join('  ')
}

function coordinatorText({ key, value }: RecordView, schemas: readonly RecordSchemas[]): string {
  if (key === null) return 'no key'
  const reader = new ByteReader(key)
  const type = reader.int16()
  const kind = schemas.find((schema) => schema.key.key === type || (type === 0 && schema.key.name.startsWith('Legacy')))
  if (kind === undefined) return `record type ${type} is not known`
  const keyText = `${kind.key.name.replace(/Key$/, '')} ${json(decode(kind.key, kind.key.versionMin, reader))}`
  return `${keyText} = ${value === null ? 'null' : versionedText(kind.value, value)}`
}

const CONTROL_SCHEMAS: Readonly<Record<number, Schema>> = {
  [ControlType.LEADER_CHANGE]: leaderChangeMessage,
  [ControlType.SNAPSHOT_HEADER]: snapshotHeaderRecord,
  [ControlType.SNAPSHOT_FOOTER]: snapshotFooterRecord,
  [ControlType.KRAFT_VERSION]: kraftVersionRecord,
  [ControlType.KRAFT_VOTERS]: votersRecord,
}

function controlText({ key, value }: RecordView): string {
  const type = controlTypeOf(key)
  const name =
    Object.entries(ControlType).find(([, number]) => number === type)?.[0] ?? 'a control record not known here'
  const schema = type === undefined ? undefined : CONTROL_SCHEMAS[type]
  if (schema === undefined || value === null) return name
  // These messages hold their version as their first field; it is no version in front of them.
  const version = new ByteReader(value).int16()
  return `${name} ${json(decode(schema, Math.min(version, schema.versionMax), new ByteReader(value)))}`
}

function versionedText(schema: Schema, value: Uint8Array): string {
  const reader = new ByteReader(value)
  const version = reader.int16()
  if (version > schema.versionMax) return `version ${version} of ${schema.name} is not known`
  return json(decode(schema, version, reader))
}

function* dumpIndex(content: Uint8Array, base: number): Generator<string> {
  const reader = new ByteReader(content)
  while (reader.remaining >= INDEX_ENTRY_BYTES) {
    const [relative, position] = [reader.int32(), reader.int32()]
    if (relative === 0 && position === 0 && reader.position > INDEX_ENTRY_BYTES) return
    yield `offset ${base + relative}  position ${position}`
  }
}

function* dumpTimeIndex(content: Uint8Array, base: number): Generator<string> {
  const reader = new ByteReader(content)
  while (reader.remaining >= TIME_INDEX_ENTRY_BYTES) {
    const [timestamp, relative] = [reader.int64(), reader.int32()]
    if (timestamp === 0n) return
    yield `timestamp ${timestamp}  offset ${base + relative}`
  }
}

function* dumpTxnIndex(content: Uint8Array): Generator<string> {
  const reader = new ByteReader(content)
  while (reader.remaining >= TXN_INDEX_ENTRY_BYTES) yield json(decode(abortedTxn, reader.int16(), reader))
}

function* dumpProducers(content: Uint8Array): Generator<string> {
  const reader = new ByteReader(content)
  const { crc, producerEntries } = decode(producerSnapshot, reader.int16(), reader)
  // The checksum covers everything behind it: the version (2 bytes) and the checksum itself are before.
  const crcIsRight = crc32c(content.subarray(6)) === crc
  yield `${producerEntries.length} producers  crc ${crc}${crcIsRight ? '' : ' WRONG'}`
  for (const entry of producerEntries) yield json(entry)
}

function* dumpText(content: Uint8Array): Generator<string> {
  for (const line of Buffer.from(content).toString().trimEnd().split('\n')) yield printable(line)
}

function bytesText(bytes: Uint8Array | null): string {
  return bytes === null ? 'null' : JSON.stringify(Buffer.from(bytes).toString())
}

function json(value: unknown): string {
  return JSON.stringify(value, (key, field: unknown) =>
    field instanceof Uint8Array ? Buffer.from(field).toString('base64') : jsonValue(key, field),
  )
}
