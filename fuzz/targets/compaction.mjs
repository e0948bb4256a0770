/**
 * A batch of a log without some of its records, as compaction leaves it: what stays is what it was, to the time, the offset and
 * the last header; and so is what the batch says of itself. The first byte says which records stay, the rest is the batch.
 */
import { isOffset, MalformedError } from '#core'
import { CompressionError } from '#host'
import { nodeCompute as compute, useNativeCrc32c } from '#host/node'
import * as records from '#protocol/records'
import { Violation } from '../engine/violation.mjs'
import { target as batches } from './record-batch.mjs'

const HEAD = 1
const filter = new records.BatchFilter()

useNativeCrc32c()

function declared(work) {
  try {
    return work()
  } catch (error) {
    if (error instanceof MalformedError || error instanceof CompressionError) return undefined
    throw error
  }
}

function run(bytes) {
  const mask = bytes[0]
  const batch = bytes.slice(HEAD)
  if (records.checkBatch(batch) !== undefined || records.sizeOf(batch) !== batch.length) return
  // A log refuses to open with others.
  if (!isOffset(records.baseOffsetOf(batch)) || !isOffset(records.lastOffsetOf(batch))) return
  const before = declared(() => [...records.readRecords(batch, compute)])
  const keeps = (index) => ((mask >> (index % 8)) & 1) === 1
  let index = 0
  const rules = { keeps: () => keeps(index++), keepsEmpty: true, deleteHorizonMs: 5_000, marksHorizon: false, compute }
  const filtered = declared(() => filter.filter(batch, 0, rules))
  if (before === undefined || filtered === undefined) return
  if (filtered.readCount !== before.length)
    throw new Violation(`${filtered.readCount} of ${before.length} records seen`)
  const expected = before.filter((_, i) => keeps(i))
  const left = filtered.bytes
  const damage = records.checkBatch(left)
  if (damage !== undefined) throw new Violation(`what is left is damaged: ${damage}`)
  const after = [...records.readRecords(left, compute)]
  if (after.length !== expected.length || filtered.keptCount !== expected.length) throw new Violation('others are left')
  for (const [i, record] of after.entries())
    if (!isSame(record, expected[i])) throw new Violation(`record ${i} changed`)
  for (const of of [records.baseOffsetOf, records.lastOffsetOf, records.producerIdOf, records.producerEpochOf]) {
    if (of(left) !== of(batch)) throw new Violation(`${of.name} changed`)
  }
}

function isSame(a, b) {
  return (
    a.offset === b.offset &&
    a.timestamp === b.timestamp &&
    isSameBytes(a.key, b.key) &&
    isSameBytes(a.value, b.value) &&
    a.headers.length === b.headers.length &&
    a.headers.every(({ key, value }, i) => key === b.headers[i].key && isSameBytes(value, b.headers[i].value))
  )
}

function isSameBytes(a, b) {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0
}

/** Length and sum are made right, and mostly the count. */
function repair(bytes, length) {
  const batch = bytes.subarray(HEAD, length)
  if (batch.length < records.BATCH_HEADER_BYTES) return
  const view = new DataView(batch.buffer, batch.byteOffset, batch.length)
  view.setInt32(8, batch.length - 12)
  view.setInt8(16, 2)
  view.setUint32(17, records.computeCrc(batch))
}

export const target = {
  about: 'a batch without some of its records, as compaction leaves it',
  kind: 'records and codecs',
  bytesMax: 4096,
  seeds: () => batches.seeds().map((seed, i) => Uint8Array.of((i * 37) & 255, ...seed.subarray(2))),
  repair,
  heapBytesMax: ({ length }) => 4 * 1024 * 1024 + 4 * 1000 * length,
  run,
}
