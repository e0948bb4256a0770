import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ByteReader, ByteWriter, MalformedError } from '#core'
import { type Connection, HostError, type Network } from '#host'
import { MemoryNetwork, VirtualClock } from '#host/memory'
import { nodeNetwork } from '#host/node'
import { apiByKey, decode, encode, type RequestOf, requestHeaderVersion, responseHeaderVersion } from '#protocol'
import { fetch, heartbeat, produce, requestHeader } from '#protocol/messages'
import { FrameReader } from './frame-reader.ts'
import { RpcConnection, type RpcOptions, UnsupportedVersionError } from './rpc-connection.ts'

interface Asked {
  readonly key: number
  readonly version: number
  readonly correlationId: number
  readonly clientId: string | null
  readonly request: unknown
  answer(response: unknown, version?: number): void
  raw(bytes: Uint8Array): void
  readonly connection: Connection
}

/** A broker that keeps what it is asked, apart from ApiVersions, which it answers with its `ranges`. */
class FakeBroker {
  readonly asked: Asked[] = []
  readonly versionsAsked: number[] = []
  ranges: [key: number, min: number, max: number][] = [
    [18, 0, 5],
    [12, 0, 3],
    [0, 3, 13],
  ]

  serve(connection: Connection): void {
    const reader = new FrameReader(1 << 24, {
      frame: (bytes, start, end) => {
        this.#request(connection, bytes.slice(start, end))
        return true
      },
    })
    connection.listen({
      room: () => reader.room(),
      received: (length) => reader.received(length),
      drained() {},
      closed() {},
    })
  }

  #request(connection: Connection, bytes: Uint8Array): void {
    const reader = new ByteReader(bytes)
    const peek = new ByteReader(bytes)
    const key = peek.int16()
    const version = peek.int16()
    const api = apiByKey(key)!
    const header = decode(requestHeader, requestHeaderVersion(api, version), reader)
    const answer = (response: unknown, inVersion = version) => {
      const writer = new ByteWriter()
      const size = writer.int32Later()
      writer.int32(header.correlationId)
      if (responseHeaderVersion(api, version) === 1) writer.uvarint(0)
      encode(api.response, inVersion, writer, response as never)
      size(writer.length - 4)
      connection.write(writer.finish())
    }
    if (key === 18) {
      this.versionsAsked.push(version)
      const apiKeys = this.ranges.map(([apiKey, minVersion, maxVersion]) => ({ apiKey, minVersion, maxVersion }))
      const own = apiKeys.find(({ apiKey }) => apiKey === 18)!
      if (version > own.maxVersion) answer({ errorCode: 35, apiKeys: [own] }, 0)
      else answer({ errorCode: 0, apiKeys })
      return
    }
    this.asked.push({
      key,
      version,
      correlationId: header.correlationId,
      clientId: header.clientId,
      request: decode(api.request, version, reader),
      answer,
      raw: (sent) => connection.write([sent]),
      connection,
    })
  }

  async until(count: number): Promise<void> {
    while (this.asked.length < count) await new Promise((resolve) => setImmediate(resolve))
  }
}

const beat: RequestOf<typeof heartbeat> = { groupId: 'g', generationId: 1, memberId: 'm', groupInstanceId: null }
const timeoutMs = 30_000
type Ending = { after(action: () => Promise<void>): void }

async function connect(t: Ending, options: { network?: Network; broker?: FakeBroker; rpc?: Partial<RpcOptions> } = {}) {
  const { network = new MemoryNetwork(), broker = new FakeBroker() } = options
  const clock = new VirtualClock()
  const listener = await network.listen({ host: '127.0.0.1', port: 0 }, (connection) => broker.serve(connection))
  const rpc = await RpcConnection.connect({ network, clock }, listener.address, {
    clientId: 'test',
    timeoutMs,
    ...options.rpc,
  })
  t.after(async () => {
    rpc.close()
    await listener.close()
  })
  return { broker, rpc, clock }
}

for (const [name, make] of [
  ['sockets', () => nodeNetwork],
  ['memory', () => new MemoryNetwork()],
  ['memory, torn to pieces', () => new MemoryNetwork({ chunkBytesMax: 11 })],
] as const) {
  describe(`asking a broker (${name})`, () => {
    it('gives each request its own answer, whatever their order', async (t) => {
      const { rpc, broker } = await connect(t, { network: make() })
      const answers = [1, 2, 3].map(() => rpc.send(heartbeat, beat, { timeoutMs }))
      await broker.until(3)
      broker.asked[2]!.answer({ errorCode: 3 })
      broker.asked[0]!.answer({ errorCode: 1 })
      broker.asked[1]!.answer({ errorCode: 2 })
      assert.deepEqual(
        (await Promise.all(answers)).map(({ errorCode }) => errorCode),
        [1, 2, 3],
      )
      assert.equal(broker.asked[0]!.clientId, 'test')
      assert.deepEqual(broker.asked[0]!.request, beat)
    })

    it('gives large answers that stay as they are', async (t) => {
      const { rpc, broker } = await connect(t, { network: make() })
      broker.ranges.push([1, 4, 11])
      rpc.close()
      const again = await connect(t, { network: make(), broker })
      const request = {
        replicaId: -1,
        maxWaitMs: 1,
        minBytes: 1,
        isolationLevel: 0,
        topics: [],
        forgottenTopicsData: [],
      }
      const answers = []
      for (let i = 0; i < 4; i++) {
        answers.push(again.rpc.send(fetch, request, { timeoutMs }))
        await broker.until(i + 1)
        const records = [new Uint8Array(i % 2 === 0 ? 100 : 70_000).fill(i)]
        const partition = { partitionIndex: 0, errorCode: 0, highWatermark: 0, abortedTransactions: null, records }
        broker.asked[i]!.answer({ responses: [{ topic: 't', partitions: [partition] }] })
      }
      for (const [i, { responses }] of (await Promise.all(answers)).entries()) {
        assert.ok(responses[0]!.partitions[0]!.records![0]!.every((byte) => byte === i))
      }
    })
  })
}

describe('agreeing on versions', () => {
  it('takes the highest that both sides have', async (t) => {
    const { rpc, broker } = await connect(t)
    assert.equal(rpc.versionOf(heartbeat), 3)
    assert.equal(rpc.versionOf(produce), 13)
    assert.equal(rpc.versionOf(fetch), undefined)
    rpc.send(heartbeat, beat, { timeoutMs }).catch(() => {})
    await broker.until(1)
    assert.equal(broker.asked[0]!.version, 3)
    assert.deepEqual(broker.versionsAsked, [5])
  })

  it('asks an older broker again, in its newest version', async (t) => {
    const broker = new FakeBroker()
    broker.ranges = [[18, 0, 2]]
    await connect(t, { broker })
    assert.deepEqual(broker.versionsAsked, [5, 2])
  })

  it('says so where there is none', async (t) => {
    const broker = new FakeBroker()
    broker.ranges = [
      [18, 0, 4],
      [12, 7, 9],
    ]
    const { rpc } = await connect(t, { broker })
    await assert.rejects(rpc.send(heartbeat, beat, { timeoutMs }), (error: Error) => {
      assert.ok(error instanceof UnsupportedVersionError)
      assert.match(error.message, /serves Heartbeat in versions 7 to 9, we speak 0 to 4/)
      return true
    })
    await assert.rejects(rpc.send(fetch, {} as never, { timeoutMs }), /does not serve Fetch/)
    assert.equal(rpc.closed, false)
  })
})

describe('a connection that fails', () => {
  it('rejects with ECONNREFUSED where nobody listens', async () => {
    const host = { network: new MemoryNetwork(), clock: new VirtualClock() }
    await assert.rejects(
      RpcConnection.connect(host, { host: '127.0.0.1', port: 9 }, { clientId: 'c', timeoutMs }),
      (error: unknown) => error instanceof HostError && error.code === 'ECONNREFUSED',
    )
  })

  it('ends with the first request that takes too long, and all that wait behind it', async (t) => {
    const { rpc, clock, broker } = await connect(t)
    const slow = rpc.send(heartbeat, beat, { timeoutMs: 1_000 })
    const patient = rpc.send(heartbeat, beat, { timeoutMs: 60_000 })
    await broker.until(2)
    clock.advance(999)
    assert.equal(rpc.closed, false)
    clock.advance(1)
    for (const waiting of [slow, patient]) {
      await assert.rejects(waiting, (error: unknown) => error instanceof HostError && error.code === 'ETIMEDOUT')
    }
    assert.equal(rpc.closed, true)
    await assert.rejects(rpc.send(heartbeat, beat, { timeoutMs }), /was not answered/)
    assert.equal(clock.timerCount, 0)
  })

  it('rejects what waits when the broker goes away', async (t) => {
    const { rpc, broker } = await connect(t)
    const waiting = rpc.send(heartbeat, beat, { timeoutMs })
    await broker.until(1)
    broker.asked[0]!.connection.destroy()
    await assert.rejects(waiting, (error: unknown) => error instanceof HostError && error.code === 'ECONNRESET')
    assert.equal(rpc.closed, true)
  })

  it('ends at answers that cannot be read, or were not asked for', async (t) => {
    for (const bytes of [
      Uint8Array.of(0, 0, 0, 5, 0, 0, 0, 1, 9),
      Uint8Array.of(0, 0, 0, 10, 0, 0, 9, 9, 0, 0, 0, 0, 0, 0),
      Uint8Array.of(255, 255, 255, 255),
    ]) {
      const { rpc, broker } = await connect(t)
      const waiting = rpc.send(heartbeat, beat, { timeoutMs })
      await broker.until(1)
      broker.asked[0]!.raw(bytes)
      await assert.rejects(waiting, MalformedError)
      assert.equal(rpc.closed, true)
    }
  })

  it('rejects a request that cannot be written, and goes on', async (t) => {
    const { rpc, broker } = await connect(t)
    await assert.rejects(rpc.send(heartbeat, { ...beat, memberId: 7 as never }, { timeoutMs }), /memberId/)
    const answer = rpc.send(heartbeat, beat, { timeoutMs })
    await broker.until(1)
    broker.asked[0]!.answer({ errorCode: 0 })
    await answer
  })

  it('posts what has no answer', async (t) => {
    const { rpc, broker } = await connect(t)
    rpc.post(produce, { transactionalId: null, acks: 0, timeoutMs: 1, topicData: [] })
    await broker.until(1)
    assert.equal(broker.asked[0]!.version, 13)
  })
})
