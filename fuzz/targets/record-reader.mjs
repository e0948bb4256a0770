/** What a consumer, a coordinator and the quorum do with batches from a disk or a peer: any bytes, read record by record. */
import { MalformedError } from '#core'
import { CompressionError } from '#host'
import { nodeCompute as compute } from '#host/node'
import * as records from '#protocol/records'
import { Violation } from '../engine/violation.mjs'
import { target as batches } from './record-batch.mjs'

const HEAD = 2

function run(bytes) {
  let end = 0
  for (const { at, sizeBytes } of records.batchesIn(bytes)) {
    if (at !== end || at + sizeBytes > bytes.length) throw new Violation('batches do not follow on')
    end = at + sizeBytes
    records.checkBatch(bytes, at)
    try {
      let count = 0
      for (const { key, value } of records.readRecords(bytes.subarray(at, end), compute, { maxBytes: 65_536 })) {
        count++
        if ((key?.length ?? 0) + (value?.length ?? 0) > 65_536) throw new Violation('a record is longer than allowed')
      }
      if (count !== Math.max(0, records.recordCountOf(bytes, at))) throw new Violation('records are missing')
    } catch (error) {
      if (!(error instanceof MalformedError || error instanceof CompressionError)) throw error
    }
  }
}

export const target = {
  about: 'any bytes, cut into batches and read record by record',
  kind: 'records and codecs',
  bytesMax: 4096,
  seeds: () => batches.seeds().map((seed) => seed.subarray(HEAD)),
  heapBytesMax: ({ length }) => 1024 * 1024 + 256 * 1024 + 64 * length,
  run,
}
