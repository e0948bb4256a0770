/**
 * The small files of a data folder: indexes, checkpoints, producer snapshots, identities. Any bytes are refused or read,
 * what was read is written as what is read again, and a huge count in them buys nothing. The first byte chooses the file.
 */
import { crc32c, MalformedError, utf8 } from '#core'
import { formatQuorumState, parseQuorumState } from '#raft'
import { cleanShutdown, parseCleanShutdown } from '../../dist/log/clean-shutdown.js'
import { LeaderEpochs, parseLeaderEpochs } from '../../dist/log/leader-epochs.js'
import { offsetCheckpoint, parseOffsetCheckpoint } from '../../dist/log/offset-checkpoint.js'
import { OffsetIndex } from '../../dist/log/offset-index.js'
import { parsePartitionMetadata, partitionMetadata } from '../../dist/log/partition-metadata.js'
import { parseProducerSnapshot, producerSnapshot } from '../../dist/log/producer-snapshot.js'
import { ProducerStates } from '../../dist/log/producer-states.js'
import { TimeIndex } from '../../dist/log/time-index.js'
import { TransactionIndex } from '../../dist/log/transaction-index.js'
import { formatMetaProperties, parseMetaProperties } from '../../dist/metadata/storage/meta-properties.js'
import { Violation } from '../engine/violation.mjs'

const BASE = 1000
const LOG_BYTES = 1_000_000
const TOPIC_ID = 'jWoDUkekQkGofl7qffTGMQ'

/** Each reads bytes; gives what it would write, or undefined where it refused them. */
const files = [
  function producers(bytes) {
    const found = parseProducerSnapshot(bytes)
    if (found === undefined) return undefined
    const states = new ProducerStates()
    for (const producer of found) states.restore(producer)
    return producerSnapshot(found)
  },
  function offsets(bytes) {
    const index = new OffsetIndex(BASE)
    const isSane = index.load(bytes, LOG_BYTES)
    if (!isSane && index.count > 0) throw new Violation('a part of a damaged index is kept')
    for (let i = 0; i < index.count; i++) {
      const position = index.positionAt(i)
      if (position < 0 || position >= LOG_BYTES) throw new Violation('an entry leads out of the log')
      if (i > 0 && (position <= index.positionAt(i - 1) || index.offsetAt(i) <= index.offsetAt(i - 1))) {
        throw new Violation('entries do not rise')
      }
      if (index.find(index.offsetAt(i)) !== i) throw new Violation('an entry is not found')
    }
    return undefined
  },
  function times(bytes) {
    const index = new TimeIndex(BASE)
    const isSane = index.load(bytes)
    if (!isSane && index.count > 0) throw new Violation('a part of a damaged index is kept')
    for (let i = 1; i < index.count; i++) {
      if (index.timestampAt(i) <= index.timestampAt(i - 1)) throw new Violation('entries do not rise')
    }
    index.lookup(5n)
    return undefined
  },
  function transactions(bytes) {
    const index = new TransactionIndex()
    if (!index.load(bytes)) {
      if (index.entries.length > 0) throw new Violation('a part of a damaged index is kept')
      return undefined
    }
    index.collect(0, 100, [])
    const unsafe = index.entries.some(
      (entry) => !Object.values(entry).every((n) => typeof n === 'bigint' || Number.isSafeInteger(n)),
    )
    return unsafe ? undefined : index.toFile()
  },
  function checkpoint(bytes) {
    const found = parseOffsetCheckpoint(bytes)
    if (found === undefined) return undefined
    for (const offset of found.values()) if (!(offset >= 0)) throw new Violation(`an offset of ${offset}`)
    return undefined
  },
  function epochs(bytes) {
    const found = parseLeaderEpochs(bytes)
    return bytes.length === 0 ? undefined : found?.toFile()
  },
  function partition(bytes) {
    const id = parsePartitionMetadata(bytes)
    return id === undefined ? undefined : partitionMetadata(id)
  },
  function clean(bytes) {
    const epoch = parseCleanShutdown(bytes)
    if (!Number.isSafeInteger(epoch)) throw new Violation(`a broker epoch of ${epoch}`)
    return undefined
  },
  function identity(bytes) {
    const found = declared(() => parseMetaProperties(new TextDecoder().decode(bytes)))
    if (found !== undefined && (!Number.isSafeInteger(found.nodeId) || found.nodeId > 0x7fffffff)) {
      throw new Violation(`a node id of ${found.nodeId}`)
    }
    return undefined
  },
  function quorum(bytes) {
    const found = declared(() => parseQuorumState(new TextDecoder().decode(bytes)))
    if (found === undefined) return undefined
    const text = formatQuorumState(found, 1, [1])
    if (JSON.stringify(parseQuorumState(text)) !== JSON.stringify(found)) throw new Violation('another quorum state')
    return undefined
  },
]

function declared(read) {
  try {
    return read()
  } catch (error) {
    if (error instanceof MalformedError || error.name === 'ConfigError') return undefined
    throw error
  }
}

function run(bytes) {
  if (bytes.length === 0) return
  const content = bytes.slice(1)
  const read = files[bytes[0] % files.length]
  const again = read(content)
  if (again === undefined) return
  const third = read(again)
  if (third === undefined || Buffer.compare(again, third) !== 0)
    throw new Violation(`${read.name}: changed when written`)
}

/** The sum in a producer snapshot. */
function repair(bytes, length) {
  const content = bytes.subarray(1, length)
  if (bytes[0] % files.length !== 0 || content.length < 10) return
  const view = new DataView(content.buffer, content.byteOffset, content.length)
  view.setInt16(0, 1)
  if ((content[6] & 1) === 0) view.setInt32(6, Math.floor((content.length - 10) / 46))
  view.setUint32(2, crc32c(content.subarray(6)))
}

function seeds() {
  const batches = [{ lastSequence: 4, lastOffset: 9, offsetDelta: 4, timestamp: 77n }]
  const producer = {
    producerId: 5n,
    producerEpoch: 1,
    batches,
    lastTimestamp: 77n,
    coordinatorEpoch: 0,
    currentTxnFirstOffset: -1,
  }
  const transactionIndex = new TransactionIndex()
  transactionIndex.append({ producerId: 5n, firstOffset: 3, lastOffset: 9, lastStableOffset: 9 })
  transactionIndex.append({ producerId: 6n, firstOffset: 12, lastOffset: 20, lastStableOffset: 21 })
  const voted = { leaderId: -1, leaderEpoch: 3, votedId: 2, votedDirectoryId: TOPIC_ID }
  const contents = [
    producerSnapshot([producer, { ...producer, producerId: 6n }]),
    Uint8Array.of(0, 0, 0, 5, 0, 0, 1, 0, 0, 0, 0, 9, 0, 0, 2, 0),
    Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 2),
    transactionIndex.toFile(),
    offsetCheckpoint([
      [{ topic: 'orders', partition: 3 }, 42],
      [{ topic: 'a-b', partition: 0 }, 2 ** 53 - 1],
    ]),
    new LeaderEpochs([
      { epoch: 0, startOffset: 0 },
      { epoch: 7, startOffset: 100 },
    ]).toFile(),
    partitionMetadata(TOPIC_ID),
    cleanShutdown(12),
    utf8(formatMetaProperties({ clusterId: 'Q0xVU1RFUi1JRC0wMDAwMQ', nodeId: 1, directoryId: TOPIC_ID })),
    utf8(formatQuorumState(voted, 1, [1])),
  ]
  const old = utf8(formatQuorumState({ ...voted, votedId: -1, leaderId: 1 }, 0, [1, 2]))
  return [...contents.map((content, file) => Uint8Array.of(file, ...content)), Uint8Array.of(9, ...old)]
}

export const target = {
  about: 'indexes, checkpoints, producer snapshots, meta.properties, quorum-state: any bytes',
  kind: 'files',
  bytesMax: 2048,
  seeds,
  repair,
  run,
}
