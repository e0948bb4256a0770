/**
 * kcat's part in the real-input run, around the program as it is: its producer is fed a block of records on its standard
 * input, one process per partition and block; what its reader prints is taken apart again and hashed.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { hashOf, headersFrom, numbers, recordOf } from './records.mjs'

/** Records of a lane, of all partitions, that go into one round of kcat processes. */
export const blockRecords = 6000
// Long enough not to occur in a record by chance; each is looked for before it is used.
const keyEnd = Buffer.from('<key-ends-5f1c9a3e>')
const recordEnd = Buffer.from('<record-ends-5f1c9a3e>')

/** The headers that all records of a block have in one partition. */
export function blockHeadersOf(seed, index, first, partition) {
  const block = Math.floor((index - first) / blockRecords)
  return headersFrom(numbers(seed ^ 0x6b636174, first + block * 64 + partition))
}

/** Record `index` of a lane that kcat writes. */
export function kcatRecordOf(seed, index, lane) {
  const { partition } = recordOf(seed, index, { ...lane, plain: true, blockHeaders: [] })
  return recordOf(seed, index, {
    ...lane,
    plain: true,
    blockHeaders: blockHeadersOf(seed, index, lane.first, partition),
  })
}

/** Produces a lane; logs "index partition offset - hash", since kcat does not tell which time it gave a record. */
export async function produceLane(bootstrap, seed, lane, file) {
  const log = createWriteStream(file)
  for (let from = lane.first; from < lane.first + lane.count; from += blockRecords) {
    const until = Math.min(from + blockRecords, lane.first + lane.count)
    const blocks = Array.from({ length: lane.partitions }, () => [])
    for (let index = from; index < until; index++) {
      const record = kcatRecordOf(seed, index, lane)
      blocks[record.partition].push({ index, ...record })
    }
    for (const [partition, records] of blocks.entries())
      if (records.length > 0) await produceBlock(bootstrap, lane, partition, records, log)
  }
  log.end()
  await once(log, 'close')
}

/**
 * kcat reports each delivery by its offset alone. They come in the order of the records where the producer is idempotent;
 * otherwise, when a request is lost, librdkafka may send later ones before it, and which of the block's records an offset
 * holds shows only when it is read (verify.mjs).
 */
async function produceBlock(bootstrap, lane, partition, records, log) {
  const options = {
    acks: 'all',
    'compression.codec': lane.codec,
    'message.max.bytes': 1_048_576,
    'linger.ms': 5,
    'enable.idempotence': lane.idempotent,
  }
  const args = [
    '-b',
    bootstrap,
    '-P',
    '-t',
    lane.topic,
    '-p',
    partition,
    '-K',
    keyEnd,
    '-D',
    recordEnd,
    '-Z',
    '-E',
    '-vv',
  ]
  for (const [key, value] of Object.entries(options)) args.push('-X', `${key}=${value}`)
  for (const { key, value } of records[0].headers) args.push('-H', value === null ? key : `${key}=${value}`)
  const child = spawn('kcat', args.map(String), { stdio: ['pipe', 'ignore', 'pipe'] })
  const ended = once(child, 'exit')
  child.stdin.on('error', () => {}) // the exit code tells
  const feeding = (async () => {
    for (const { key, value } of records) {
      const parts = [key ?? Buffer.alloc(0), keyEnd, value ?? Buffer.alloc(0), recordEnd]
      if ([key, value].some((bytes) => bytes?.includes(keyEnd) || bytes?.includes(recordEnd)))
        throw new Error('a record contains what should separate records: choose another seed')
      if (!child.stdin.write(Buffer.concat(parts))) await Promise.race([once(child.stdin, 'drain'), ended])
    }
    child.stdin.end()
  })()
  let delivered = 0
  const said = []
  for await (const line of createInterface({ input: child.stderr })) {
    const offset = /Message delivered to partition \d+ \(offset (-?\d+)\)/.exec(line)?.[1]
    if (offset === undefined) said.push(line)
    else {
      const record = records[delivered++]
      log.write(`${record.index} ${partition} ${offset} - ${hashOf(record)}\n`)
    }
  }
  await feeding
  const [code] = await ended
  if (code !== 0 || delivered !== records.length)
    throw new Error(
      `kcat ended with ${code} after ${delivered} of ${records.length} records: ${said.slice(-5).join('; ')}`,
    )
}

/** Reads a topic to its end, its partitions at the same time; logs "partition offset timestamp hash". */
export async function readTopic(bootstrap, { topic, partitions }, file) {
  const log = createWriteStream(file)
  const all = Array.from({ length: partitions }, (_, partition) => readPartition(bootstrap, topic, partition, log))
  await Promise.all(all)
  log.end()
  await once(log, 'close')
}

async function readPartition(bootstrap, topic, partition, log) {
  const format = '%o %T %K %S %h\n%k%s\n'
  const where = ['-b', bootstrap, '-C', '-t', topic, '-p', String(partition), '-o', 'beginning', '-e']
  const options = ['-X', 'fetch.message.max.bytes=2097152', '-X', 'fetch.wait.max.ms=50']
  const child = spawn('kcat', [...where, '-q', '-E', '-f', format, ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'exit')
  let said = ''
  child.stderr.on('data', (text) => {
    said = (said + text).slice(-1000)
  })
  await takeApart(child.stdout, (record) => {
    log.write(`${partition} ${record.offset} ${record.timestampMs} ${hashOf(record)}\n`)
  })
  const [code] = await ended
  if (code !== 0) throw new Error(`kcat ended with ${code} reading ${topic}-${partition}: ${said}`)
}

/** A line "offset timestamp keyLength valueLength headers", then key, value and a line end; length -1 is null. */
async function takeApart(stream, onRecord) {
  let bytes = Buffer.alloc(0)
  let at = 0
  const parts = []
  let pending = 0
  let wanted = 1
  const parse = () => {
    while (true) {
      const end = bytes.indexOf(10, at)
      if (end === -1) return 1
      const line = bytes.toString('latin1', at, end)
      const [, offset, timestampMs, keyLength, valueLength, headers] = /^(\d+) (\d+) (-?\d+) (-?\d+) (.*)$/.exec(line)
      const start = end + 1
      const valueAt = start + Math.max(0, Number(keyLength))
      const next = valueAt + Math.max(0, Number(valueLength)) + 1
      if (next > bytes.length) return next - bytes.length
      onRecord({
        offset,
        timestampMs,
        key: keyLength === '-1' ? null : bytes.subarray(start, valueAt),
        value: valueLength === '-1' ? null : bytes.subarray(valueAt, next - 1),
        headers: headers === '' ? [] : headers.split(',').map(headerOf),
      })
      at = next
    }
  }
  for await (const chunk of stream) {
    parts.push(chunk)
    pending += chunk.length
    if (pending < wanted) continue
    bytes = Buffer.concat([bytes.subarray(at), ...parts])
    at = pending = parts.length = 0
    wanted = parse()
  }
  if (bytes.length > at || pending > 0) throw new Error('kcat ended in the middle of a record')
}

function headerOf(text) {
  const equals = text.indexOf('=')
  const value = text.slice(equals + 1)
  return { key: text.slice(0, equals), value: value === 'NULL' ? null : Buffer.from(value, 'latin1') }
}
