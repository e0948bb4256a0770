/**
 * Who works on the broker: a producer, and a reader, each with a socket of its own that it now and then gives up, in the
 * middle of a frame, of an answer, or between the two. What is wrong ends them, by name.
 */
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ByteReader, ZERO_UUID } from '#core'
import { nodeCompute } from '#host/node'
import { decode, errorName, responseHeaderVersion } from '#protocol'
import { fetch, initProducerId, listOffsets, produce, responseHeader } from '#protocol/messages'
import { COMPRESSIONS, encodeBatch } from '#protocol/records'
import { frameOf, onFrames } from '../kafka/frames.mjs'
import { recordOf } from './ledger.mjs'

const PATIENCE_MS = 20_000
const BATCH_BYTES_MAX = 900_000

/** The connection has ended before the answer came. */
class Closed extends Error {}

class Peer {
  counts = { cut: 0, unanswered: 0 }
  #port
  #socket
  #waiting = new Map()
  #id = 0

  constructor(port, random) {
    this.#port = port
    this.random = random
  }

  oneIn(count) {
    return this.random.below(count) === 0
  }

  /** Told of each socket that is opened. */
  opened() {}

  async #open() {
    if (this.#socket !== undefined) return this.#socket
    const socket = connect(this.#port, '127.0.0.1')
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    const waiting = new Map()
    this.#socket = socket
    this.#waiting = waiting
    onFrames(socket, (frame) => {
      const id = new DataView(frame.buffer).getInt32(0)
      const question = waiting.get(id)
      // An answer that nobody waits for any more.
      if (question === undefined) return
      const { api, version, resolve } = question
      waiting.delete(id)
      const reader = new ByteReader(frame)
      decode(responseHeader, responseHeaderVersion(api, version), reader)
      resolve(decode(api.response, version, reader))
    })
    socket.on('error', () => {})
    socket.once('close', () => {
      if (this.#socket === socket) this.#socket = undefined
      for (const { reject } of waiting.values()) reject(new Closed('the broker has closed the connection'))
    })
    this.opened(socket)
    return socket
  }

  /** The answer; or throws `Closed` where the connection ends first. */
  async ask(api, version, request) {
    const socket = await this.#open()
    const id = ++this.#id
    socket.write(frameOf(api, version, id, request, 'soak'))
    let late
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.set(id, { api, version, resolve, reject })
        late = setTimeout(() => reject(new Error(`no answer to ${api.name} in ${PATIENCE_MS} ms`)), PATIENCE_MS)
      })
    } finally {
      clearTimeout(late)
    }
  }

  /** Sends a part of a request, at least its first byte and never its last, and is gone. */
  async sendPart(api, version, request) {
    const socket = await this.#open()
    const frame = frameOf(api, version, ++this.#id, request, 'soak')
    socket.write(frame.subarray(0, 1 + this.random.below(frame.length - 1)))
    await sleep(this.random.below(20))
    this.counts.cut++
    await this.close()
  }

  /** Sends a request and does not wait for the answer, or not for all of it. */
  async sendAndLeave(api, version, request) {
    const socket = await this.#open()
    socket.write(frameOf(api, version, ++this.#id, request, 'soak'))
    await sleep(this.random.below(20))
    this.counts.unanswered++
    await this.close()
  }

  async close() {
    const socket = this.#socket
    this.#socket = undefined
    if (socket === undefined) return
    this.#waiting.clear()
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.destroy()
    await closed
  }
}

/**
 * Writes batches of 1 to 500 records, in any codec, to one or all of the partitions at once. One that is idempotent sends a
 * batch until it is acknowledged; another sends it once.
 */
export class Producer extends Peer {
  batches = 0
  records = 0
  bytes = 0
  #ledger
  #number
  #topic
  #next
  #isIdempotent
  #producerId = -1n
  #bytesPerSecond

  constructor(port, random, { ledger, number, topic, partitions, isIdempotent, bytesPerSecond }) {
    super(port, random)
    this.#ledger = ledger
    this.#number = number
    this.#topic = topic
    this.#next = new Array(partitions).fill(0)
    this.#isIdempotent = isIdempotent
    this.#bytesPerSecond = bytesPerSecond
    this.name = `producer ${number}${isIdempotent ? ', idempotent' : ''}`
  }

  async run(isOver) {
    if (this.#isIdempotent) {
      const request = { transactionalId: null, transactionTimeoutMs: 0, producerId: -1n, producerEpoch: -1 }
      const answer = await this.ask(initProducerId, 4, request)
      expect(answer.errorCode)
      this.#producerId = answer.producerId
    }
    while (!isOver()) {
      const writes = this.#writes()
      const bytes = writes.reduce((sum, { batch }) => sum + batch.length, 0)
      const began = performance.now()
      await this.#send(writes)
      this.bytes += bytes
      await sleep(Math.max(0, (bytes / this.#bytesPerSecond) * 1000 - (performance.now() - began)))
    }
    await this.close()
  }

  /** A batch for one partition, for some, or for each. */
  #writes() {
    const count = this.oneIn(3) ? this.#next.length : 1 + this.random.below(2)
    const begin = this.random.below(this.#next.length)
    return Array.from({ length: count }, (_, i) => this.#write((begin + i) % this.#next.length))
  }

  #write(partition) {
    const first = this.#next[partition]
    const wanted = this.oneIn(4) ? 1 + this.random.below(500) : 1 + this.random.below(20)
    const records = []
    for (let bytes = 0; records.length < wanted && bytes < BATCH_BYTES_MAX; ) {
      const record = recordOf(this.#number, first + records.length)
      records.push({ timestamp: Date.now(), ...record })
      bytes += record.value.length + 50
    }
    const idempotent = { producerId: this.#producerId, producerEpoch: 0, baseSequence: first }
    const codec = this.oneIn(2) ? 'none' : COMPRESSIONS[this.random.below(COMPRESSIONS.length)]
    const batch = encodeBatch(records, { codec, compute: nodeCompute, ...(this.#isIdempotent && idempotent) })
    this.#next[partition] += records.length
    this.records += records.length
    this.batches++
    return { partition, batch, entry: this.#ledger.note(this.#number, partition, first, records.length) }
  }

  async #send(writes) {
    const partitionData = writes.map(({ partition, batch }) => ({ index: partition, records: [batch] }))
    const request = {
      transactionalId: null,
      acks: this.oneIn(2) ? 1 : -1,
      timeoutMs: PATIENCE_MS,
      topicData: [{ name: this.#topic, topicId: ZERO_UUID, partitionData }],
    }
    const fate = this.random.below(40)
    if (fate === 0) {
      await this.sendPart(produce, 9, request)
      for (const { entry } of writes) entry.mayBe = this.#isIdempotent
      if (!this.#isIdempotent) return
    } else if (fate === 1) {
      await this.sendAndLeave(produce, 9, request)
      if (!this.#isIdempotent) return
    }
    const { responses } = await this.ask(produce, 9, request)
    for (const { index, errorCode, baseOffset } of responses[0].partitionResponses) {
      expect(errorCode)
      this.#ledger.acknowledge(writes.find(({ partition }) => partition === index).entry, baseOffset)
    }
  }

  get told() {
    const { cut, unanswered } = this.counts
    return `${this.batches} batches, ${this.records} records, ${megabytes(this.bytes)}; ${cut} frames cut, ${unanswered} not waited for`
  }
}

/**
 * Reads all partitions at once and looks at every record. From the end on, or from the beginning to the end again and
 * again; with a `pauseMs` it takes a piece from its socket only so often.
 */
export class Reader extends Peer {
  records = 0
  bytes = 0
  rounds = 0
  overtaken = 0
  /** From where on it has seen everything, and where it is. */
  starts = []
  offsets = []
  #ledger
  #topic
  #partitions
  #options

  constructor(port, random, { name, ledger, topic, partitions, ...options }) {
    super(port, random)
    this.name = name
    this.#ledger = ledger
    this.#topic = topic
    this.#partitions = partitions
    this.#options = { from: 'start', pauseMs: 0, bytesMax: 1 << 20, leaves: 60, isLast: false, ...options }
  }

  opened(socket) {
    const { pauseMs } = this.#options
    if (pauseMs === 0) return
    socket.on('data', () => {
      socket.pause()
      setTimeout(() => socket.resume(), pauseMs)
    })
  }

  async run(isOver) {
    const { from, isLast } = this.#options
    this.offsets = await this.#ends(from === 'start' ? -2n : -1n)
    this.starts = [...this.offsets]
    const ends = isLast ? await this.#ends(-1n) : undefined
    while (isLast ? this.offsets.some((offset, i) => offset < ends[i]) : !isOver()) {
      const isAtEnd = await this.#fetch()
      if (isLast || !isAtEnd || from !== 'start') continue
      this.rounds++
      this.offsets = await this.#ends(-2n)
    }
    await this.close()
  }

  /** Where each partition begins (-2) or ends (-1). */
  async #ends(timestamp) {
    const partitions = Array.from({ length: this.#partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp }))
    const request = { replicaId: -1, isolationLevel: 0, topics: [{ name: this.#topic, partitions }], timeoutMs: 5000 }
    const { topics } = await this.ask(listOffsets, 7, request)
    return topics[0].partitions.map(({ errorCode, offset }) => {
      expect(errorCode)
      return offset
    })
  }

  /** Returns whether there was nothing more. */
  async #fetch() {
    const { from, leaves, isLast } = this.#options
    const bytesMax = 1 + this.random.below(this.#options.bytesMax)
    const partitions = this.offsets.map((fetchOffset, partition) => ({
      partition,
      fetchOffset,
      partitionMaxBytes: bytesMax,
    }))
    const topics = [{ topic: this.#topic, partitions }]
    const waits = { maxWaitMs: from === 'end' ? 500 : 0, minBytes: 1 }
    const request = { replicaId: -1, ...waits, maxBytes: bytesMax * 2, isolationLevel: 0, topics }
    if (this.oneIn(leaves)) {
      await (this.oneIn(4) ? this.sendPart(fetch, 12, request) : this.sendAndLeave(fetch, 12, request))
      return false
    }
    const { errorCode, responses } = await this.ask(fetch, 12, request)
    expect(errorCode)
    let isAtEnd = true
    for (const { partitionIndex, errorCode, records, highWatermark } of responses[0].partitions) {
      if (errorName(errorCode) === 'OFFSET_OUT_OF_RANGE') {
        // Retention was quicker.
        this.overtaken++
        this.starts[partitionIndex] = (await this.#ends(-2n))[partitionIndex]
        this.offsets[partitionIndex] = this.starts[partitionIndex]
        isAtEnd = false
        continue
      }
      expect(errorCode)
      for (const bytes of records ?? []) {
        const { next, count } = this.#ledger.check(partitionIndex, this.offsets[partitionIndex], bytes, { isLast })
        this.offsets[partitionIndex] = next
        this.records += count
        this.bytes += bytes.length
      }
      if (this.offsets[partitionIndex] < highWatermark) isAtEnd = false
    }
    return isAtEnd
  }

  get told() {
    const { cut, unanswered } = this.counts
    return `${this.records} records, ${megabytes(this.bytes)}, ${this.rounds} times to the end; ${cut + unanswered} answers not waited for, overtaken ${this.overtaken} times`
  }
}

function expect(errorCode) {
  if (errorCode !== 0) throw new Error(`the answer is ${errorName(errorCode)}`)
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(0)} MB`
}
