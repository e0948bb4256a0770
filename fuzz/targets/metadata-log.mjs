/**
 * A snapshot or a stretch of the metadata log: any batches whose sums are right. It is refused in one of the two words that
 * the start of a broker turns into a sentence, or it is an image, whose own records make the same image again.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { MalformedError } from '#core'
import { CompressionError } from '#host'
import { nodeCompute as compute } from '#host/node'
import { decodeMetadataRecord, encodeMetadataRecord, MetadataImage } from '#metadata'
import * as records from '#protocol/records'
import { readSnapshot } from '#raft'
import { Violation } from '../engine/violation.mjs'

const testdata = new URL('../../src/metadata/testdata/kafka-4.4/', import.meta.url)

function fold(values) {
  const image = new MetadataImage()
  for (const value of values) image.load(decodeMetadataRecord(value))
  return image
}

function textOf(image) {
  return JSON.stringify([...image.records()], (_, value) => (typeof value === 'bigint' ? `${value}n` : value))
}

function run(bytes) {
  const values = []
  let image
  try {
    if (bytes[0] % 2 === 0)
      readSnapshot(
        bytes.subarray(1),
        (batch) => records.readRecords(batch, compute),
        (value) => values.push(value),
      )
    else readLog(bytes.subarray(1), values)
    image = fold(values)
  } catch (error) {
    if (error instanceof MalformedError || error instanceof CompressionError) return
    throw error
  }
  if (image.inTransaction) return
  // An offset beyond 2^53 is read and not written; only the offsets of the log itself get into an image, which are not.
  if (/\d{17}\.?\d*e|[^\d"]\d{16,}[,}]/.test(textOf(image))) return
  const own = [...image.records()].map((record) => encodeMetadataRecord(record))
  if (textOf(fold(own)) !== textOf(image)) throw new Violation('the records of an image make another image')
}

function readLog(bytes, values) {
  for (const { at, sizeBytes } of records.batchesIn(bytes)) {
    const batch = bytes.subarray(at, at + sizeBytes)
    if (records.checkBatch(batch) !== undefined || records.isControl(batch)) continue
    for (const { value } of records.readRecords(batch, compute)) if (value !== null) values.push(value)
  }
}

/** The sums of the batches. */
function repair(bytes, length) {
  const content = bytes.subarray(1, length)
  for (const { at } of records.batchesIn(content)) records.setCrc(content, at)
}

function seeds() {
  return readdirSync(testdata)
    .filter((file) => !file.endsWith('.txt'))
    .flatMap((file) => {
      const content = readFileSync(new URL(file, testdata))
      if (file.endsWith('.checkpoint')) return [Uint8Array.of(0, ...content)]
      const pieces = []
      for (const { at, sizeBytes } of records.batchesIn(content))
        pieces.push(Uint8Array.of(1, ...content.subarray(0, at + sizeBytes)))
      return pieces.filter(({ length }) => length <= 6000).slice(-12)
    })
}

export const target = {
  about: 'snapshots and stretches of the metadata log, read and folded into an image',
  kind: 'files',
  bytesMax: 6144,
  seeds,
  repair,
  heapBytesMax: ({ length }) => 4 * 1024 * 1024 + 200 * length,
  run,
}
