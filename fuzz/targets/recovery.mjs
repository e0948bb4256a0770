/**
 * The folder of a log, damaged in any way: bytes changed, files cut, exchanged, emptied, removed, lengths made huge, with and
 * without a sum that is right. It is refused (`DamagedLogError`, `HostError`), or it opens, and then every read ends, or is
 * answered by an error; and it opens again as the same log.
 *
 * An input is a list of changes, five bytes each: file, change, position (two), value.
 */
import { getHeapStatistics } from 'node:v8'
import { HostError, silentLogger } from '#host'
import { MemoryDisk, seededRandom, VirtualClock } from '#host/memory'
import { nodeCompute } from '#host/node'
import { DamagedLogError, DEFAULT_LOG_CONFIG, LogDirectory, TailCache } from '#log'
import { batchesIn, encodeBatch, setCrc } from '#protocol/records'
import { Violation } from '../engine/violation.mjs'

const FOLDER = '/data'
const partition = { topic: 'orders', partition: 3 }
const config = { ...DEFAULT_LOG_CONFIG, segmentBytes: 500, indexIntervalBytes: 100 }
const HEAP_BYTES_MAX = 16 * 1024 * 1024
const EDIT_BYTES = 5
const READS_MAX = 200

/** Files by path, as a clean stop and as a kill leave them. */
let stopped
let killed

async function openDirectory(disk) {
  const clock = new VirtualClock()
  const host = { clock, compute: nodeCompute, disk, logger: silentLogger, random: seededRandom(1) }
  return LogDirectory.open(FOLDER, { host, tailCache: new TailCache(0) })
}

async function prepare() {
  const disk = new MemoryDisk()
  const directory = await openDirectory(disk)
  const log = await directory.createLog(partition, { topicId: 'jWoDUkekQkGofl7qffTGMQ', config })
  const text = (value) => new TextEncoder().encode(value)
  const records = (n) =>
    Array.from({ length: n }, (_, i) => ({ timestamp: 1000 + i, key: text('k'), value: text(`v${i}`) }))
  for (let i = 0; i < 14; i++) {
    const producer = { producerId: BigInt(1 + (i % 2)), producerEpoch: 0, baseSequence: Math.floor(i / 2) * 3 }
    const kind = i % 3 === 0 ? {} : { ...producer, transactional: i % 2 === 1 }
    log.append(encodeBatch(records(3), { codec: i % 5 === 4 ? 'lz4' : 'none', ...kind }), {
      origin: 'client',
      leaderEpoch: i >> 2,
    })
    await new Promise((resolve) => setImmediate(resolve))
  }
  killed = await filesOf(disk, FOLDER)
  await directory.close({ brokerEpoch: 7 })
  stopped = await filesOf(disk, FOLDER)
}

async function filesOf(disk, folder) {
  const found = []
  for (const { name, kind } of await disk.list(folder)) {
    const path = `${folder}/${name}`
    if (kind === 'directory') found.push(...(await filesOf(disk, path)))
    else found.push({ path, content: await disk.readFile(path) })
  }
  return found
}

/** The files with the changes that `bytes` list. */
function damaged(bytes) {
  const files = (bytes[0] % 2 === 0 ? stopped : killed).map(({ path, content }) => ({ path, content: content.slice() }))
  for (let at = 1; at + EDIT_BYTES <= bytes.length; at += EDIT_BYTES) {
    const [which, change, high, low, value] = bytes.subarray(at, at + EDIT_BYTES)
    const file = files[which % files.length]
    const { content = [] } = file
    const position = content.length === 0 ? 0 : ((high << 8) | low) % content.length
    edit(file, change % 10, position, value, files)
  }
  return files.filter(({ content }) => content !== undefined)
}

function edit(file, change, position, value, files) {
  const { content } = file
  if (content === undefined) return
  switch (change) {
    case 0:
      content[position] ^= 1 << (value % 8)
      break
    case 1:
      content[position] = value
      break
    case 2:
      file.content = content.slice(0, position)
      break
    case 3:
      file.content = Uint8Array.of(...content, ...new Uint8Array(value))
      break
    case 4:
      content.fill(0, position, position + value)
      break
    case 5: {
      const other = files[value % files.length]
      file.content = other.content
      other.content = content
      break
    }
    case 6:
      file.content = undefined
      break
    case 7:
      content.set([0x7f, 0xff, 0xff, 0xff].slice(0, content.length - position), position)
      break
    case 8:
      content.copyWithin(position, value)
      break
    case 9:
      for (const { at } of batchesIn(content)) setCrc(content, at)
      break
  }
}

async function diskOf(files) {
  const disk = new MemoryDisk({ survives: false })
  await disk.makeDirectory(`${FOLDER}/orders-3`)
  for (const { path, content } of files) {
    const file = await disk.open(path, 'write')
    await file.write([content], 0)
    await file.close()
  }
  return disk
}

async function run(bytes) {
  if (stopped === undefined) await prepare()
  if (bytes.length === 0) return
  const disk = await diskOf(damaged(bytes))
  const before = heapBytes()
  const first = await opened(disk)
  const taken = heapBytes() - before
  if (taken > HEAP_BYTES_MAX) throw new Violation(`${taken} bytes of memory`)
  if (first === undefined) return
  const second = await opened(disk)
  if (second === undefined) throw new Violation('what was recovered cannot be opened again')
  if (second.start !== first.start || second.end !== first.end) {
    throw new Violation(`recovered as ${first.start} to ${first.end}, then as ${second.start} to ${second.end}`)
  }
}

/** What the log is when opened and closed; undefined where it is refused. */
async function opened(disk) {
  let directory
  try {
    directory = await openDirectory(disk)
    const log = await directory.openLog(partition, config)
    await readAll(log)
    const found = { start: log.logStartOffset, end: log.logEndOffset }
    await directory.close({ brokerEpoch: 7 })
    return found
  } catch (error) {
    await directory?.close({ brokerEpoch: 7 }).catch(() => {})
    if (error instanceof DamagedLogError || error instanceof HostError) return undefined
    throw error
  }
}

async function readAll(log) {
  const { logStartOffset, logEndOffset } = log
  if (!(logStartOffset >= 0 && logStartOffset <= logEndOffset))
    throw new Violation(`a log from ${logStartOffset} to ${logEndOffset}`)
  let next = logStartOffset
  for (let reads = 0; next < logEndOffset && reads < READS_MAX; reads++) {
    const slice = await log.read(next, { maxBytes: 300, atLeastOne: true, endOffset: logEndOffset })
    if (slice.error !== 0) return
    if (slice.nextOffset < next) throw new Violation(`a read of ${next} leads to ${slice.nextOffset}`)
    // A hole up to the end, as where a whole file and what was noted of it are gone: nothing wrong is served.
    if (slice.nextOffset === next) return
    next = slice.nextOffset
  }
}

function heapBytes() {
  const { used_heap_size, external_memory } = getHeapStatistics()
  return used_heap_size + external_memory
}

export const target = {
  about: 'the folder of a log, damaged in any way, opened, read, and opened again',
  kind: 'files',
  isAsync: true,
  bytesMax: 1 + 8 * EDIT_BYTES,
  seeds: () => {
    const all = [Uint8Array.of(0), Uint8Array.of(1)]
    for (let file = 0; file < 24; file++) {
      for (let change = 0; change < 10; change++) {
        for (const kind of [0, 1])
          all.push(
            Uint8Array.of(kind, file, change, 0, 30 * file, 9),
            Uint8Array.of(kind, file, change, 1, 7, 200, file, 9, 0, 0, 0),
          )
      }
    }
    return all
  },
  run,
}
