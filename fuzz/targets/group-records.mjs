/**
 * Records of `__consumer_offsets` as its loader meets them, and what members of a classic group tell each other through the
 * broker. A record is read, or refused as malformed, and then passed over.
 */
import { readFileSync } from 'node:fs'
import { MalformedError, utf8 } from '#core'
import { nodeCompute as compute } from '#host/node'
import { readRecords } from '#protocol/records'
import { subscribedTopicsOf } from '../../dist/coordinator/group/consumer-subscription.js'
import { groupRecordFormat } from '../../dist/coordinator/group/group-record.js'
import { Violation } from '../engine/violation.mjs'

const golden = new URL('../../src/coordinator/group/golden/kafka-batches.txt', import.meta.url)

/** The first byte is how long the key is; 255: the rest is the metadata of members. */
function run(bytes) {
  if (bytes.length === 0) return
  if (bytes[0] === 255) {
    subscribedTopicsOf([bytes.subarray(1), bytes.subarray(1)])
    return
  }
  const end = Math.min(bytes.length, 1 + bytes[0])
  const key = bytes.subarray(1, end)
  const value = end === bytes.length ? null : bytes.subarray(end)
  let record
  try {
    record = groupRecordFormat.decode(key, value)
  } catch (error) {
    if (error instanceof MalformedError) return
    throw error
  }
  if (record.kind === 'foreign' || !isWritable(record)) return
  const again = groupRecordFormat.encode(record)
  const text = JSON.stringify(groupRecordFormat.decode(again.key, again.value), plain)
  if (text !== JSON.stringify(record, plain)) throw new Violation('a record changed when written')
}

/** Offsets beyond 2^53 are read and refused by whoever uses them; what one version cannot say is not ours to write. */
function isWritable({ kind, value }) {
  if (value === null) return true
  if (kind === 'group') return false
  return Number.isSafeInteger(value.offset) && value.expireTimestamp === -1n
}

function plain(_, value) {
  return typeof value === 'bigint' ? `${value}n` : value
}

function seeds() {
  const found = []
  for (const line of readFileSync(golden, 'utf8').split('\n')) {
    if (!/^[0-9a-f]{100,}$/.test(line)) continue
    for (const { key, value } of readRecords(Uint8Array.from(Buffer.from(line, 'hex')), compute)) {
      if (key !== null && key.length < 255) found.push(Uint8Array.of(key.length, ...key, ...(value ?? [])))
    }
  }
  found.push(Uint8Array.of(255, 0, 1, 0, 0, 0, 1, 0, 1, 116, 0, 0, 0, 0), Uint8Array.of(255, ...utf8('x')))
  return found
}

export const target = {
  about: 'records of __consumer_offsets and blobs of consumers: any bytes',
  kind: 'messages',
  bytesMax: 2048,
  seeds,
  run,
}
