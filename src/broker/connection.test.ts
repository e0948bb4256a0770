import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ByteReader, holdSlab, poisonReleasedSlabs, releaseSlab, takeSlab } from '#core'
import type { Network } from '#host'
import { MemoryNetwork, VirtualClock } from '#host/memory'
import { nodeNetwork } from '#host/node'
import { decode, ErrorCode, type Message, responseHeaderVersion } from '#protocol'
import { apiVersions, heartbeat, produce, responseHeader, syncGroup } from '#protocol/messages'
import type { Peer } from '../net/peer.kit.test.ts'
import { CloseConnection, type Handler, handler, noResponse, type RequestContext } from './handler.ts'
import {
  type Broker,
  type BrokerOptions,
  beat,
  body,
  frame,
  header,
  request,
  startBroker,
  turns,
} from './raw-peer.test.ts'

poisonReleasedSlabs()

type Response = Message<typeof heartbeat.response>
type Settle = { resolve(response: Response): void; reject(error: Error): void }

/** Requests that wait until a test answers them, by their group. */
class Waiting {
  readonly requests = new Map<string, Settle>()
  readonly begun: string[] = []

  readonly handle = ({ groupId }: { readonly groupId: string }) => {
    this.begun.push(groupId)
    if (groupId === 'now') return { errorCode: 0 }
    if (groupId === 'nothing') return noResponse
    if (groupId === 'close') return new CloseConnection('it asked for it')
    if (groupId === 'throw') throw new Error('a mistake of ours')
    if (groupId === 'wrong') return { errorCode: 'x' as never }
    if (groupId === 'promised') return Promise.resolve({ errorCode: 1 })
    if (groupId === 'rejected') return Promise.reject(new Error('a mistake of ours, later'))
    return new Promise<Response>((resolve, reject) => this.requests.set(groupId, { resolve, reject }))
  }

  answer(groupId: string): void {
    this.requests.get(groupId)!.resolve({ throttleTimeMs: 0, errorCode: 0 })
    this.requests.delete(groupId)
  }
}

const networks: [name: string, make: () => Network][] = [
  ['sockets', () => nodeNetwork],
  ['memory', () => new MemoryNetwork()],
  ['memory, torn to pieces', () => new MemoryNetwork({ chunkBytesMax: 11, windowBytes: 1000 })],
]

for (const [name, make] of networks) {
  describe(`a connection (${name})`, () => {
    const serve = async (
      t: Parameters<typeof startBroker>[0],
      options: Partial<BrokerOptions> & { concurrent?: boolean } = {},
    ): Promise<{ broker: Broker; peer: Peer; waiting: Waiting }> => {
      const waiting = new Waiting()
      const { concurrent = false } = options
      const handlers: Handler[] = [handler(heartbeat, waiting.handle, { concurrent }), ...(options.handlers ?? [])]
      const broker = await startBroker(t, { network: make(), ...options, handlers })
      return { broker, peer: await broker.connect(), waiting }
    }

    it('answers a request, with its correlation id', async (t) => {
      const { peer } = await serve(t)
      peer.send(request(heartbeat, 4, 77, { groupId: 'now', generationId: 1, memberId: 'm' }))
      const [answer] = await peer.answered(1)
      const reader = new ByteReader(answer!)
      assert.equal(decode(responseHeader, responseHeaderVersion(heartbeat, 4), reader).correlationId, 77)
      assert.deepEqual(decode(heartbeat.response, 4, reader), { throttleTimeMs: 0, errorCode: 0 })
      assert.equal(reader.remaining, 0)
    })

    it('BAD-6 answers a frame that is split at any byte', async (t) => {
      const { peer } = await serve(t)
      const bytes = beat(1)
      for (let at = 1; at < bytes.length; at++) {
        peer.send(bytes.subarray(0, at))
        await turns(2)
        peer.send(bytes.subarray(at))
        await peer.answered(at)
      }
      assert.equal(peer.isClosed, false)
    })

    it('BAD-6 answers 1,000 frames of one segment in order', async (t) => {
      const { peer } = await serve(t)
      peer.send(...Array.from({ length: 1000 }, (_, i) => beat(i)))
      await peer.answered(1000)
      assert.deepEqual(
        peer.correlationIds,
        Array.from({ length: 1000 }, (_, i) => i),
      )
    })

    it('answers in the order of the requests, whichever is done first', async (t) => {
      const { peer, waiting } = await serve(t, { concurrent: true })
      peer.send(beat(1, 'a'), beat(2, 'b'), beat(3), beat(4, 'nothing'), beat(5, 'promised'), beat(6, 'c'))
      await turns(30)
      assert.deepEqual(waiting.begun, ['a', 'b', 'now', 'nothing', 'promised', 'c'])
      waiting.answer('b')
      waiting.answer('c')
      await turns()
      assert.deepEqual(peer.correlationIds, [])
      waiting.answer('a')
      await peer.answered(5)
      assert.deepEqual(peer.correlationIds, [1, 2, 3, 5, 6])
    })

    it('begins a request that is not concurrent when those before it are answered', async (t) => {
      const { peer, waiting } = await serve(t)
      peer.send(beat(1, 'a'), beat(2, 'b'), beat(3))
      await turns(30)
      assert.deepEqual(waiting.begun, ['a'])
      waiting.answer('a')
      await peer.answered(1)
      await turns()
      assert.deepEqual(waiting.begun, ['a', 'b'])
      waiting.answer('b')
      await peer.answered(3)
      assert.deepEqual(peer.correlationIds, [1, 2, 3])
    })

    it('BAD-16 begins at most 100 requests that wait, and reads on when they are answered', async (t) => {
      const { peer, waiting, broker } = await serve(t, { concurrent: true })
      peer.send(...Array.from({ length: 10_000 }, () => beat(5, 'same')))
      await turns(50)
      assert.equal(waiting.begun.length, 100)
      assert.equal(broker.connections.inFlightCount, 100)
      assert.ok(broker.connections.memory.usedBytes < 200_000)
      assert.equal(peer.isClosed, false)
    })

    it('BAD-16 begins at most 500 requests of all connections, and one of each connection beyond', async (t) => {
      const { broker, waiting } = await serve(t, { concurrent: true })
      for (let i = 0; i < 7; i++) {
        const peer = await broker.connect()
        peer.send(...Array.from({ length: 200 }, () => beat(5, `${i}`)))
      }
      await turns(200)
      assert.ok(waiting.begun.length >= 500 && waiting.begun.length < 507)
    })

    it('takes no more requests from one connection in a turn than lets the others have theirs', async (t) => {
      const { peer, broker, waiting } = await serve(t)
      const other = await broker.connect()
      peer.send(...Array.from({ length: 10_000 }, (_, i) => beat(i)))
      other.send(beat(7))
      await other.answered(1)
      assert.ok(waiting.begun.length < 10_000, 'the other was answered before all of them')
      await peer.answered(10_000)
    })

    it('serves a line of requests that promises answer beside those of others', async (t) => {
      const { peer, broker, waiting } = await serve(t)
      const other = await broker.connect()
      // So few that they come in one read.
      peer.send(...Array.from({ length: 1000 }, (_, i) => beat(i, 'promised')))
      other.send(beat(7))
      await other.answered(1)
      assert.ok(waiting.begun.length < 1000, 'the other was answered before all of them')
      await peer.answered(1000)
    })

    it('BAD-17 answers no more while a megabyte waits to be read, and goes on when it is', async (t) => {
      let begunCount = 0
      const large = handler(syncGroup, () => {
        begunCount++
        return { errorCode: 0, assignment: new Uint8Array(100_000) }
      })
      const { peer, broker } = await serve(t, { handlers: [large] })
      const ask = request(syncGroup, 0, 3, { groupId: 'g', generationId: 1, memberId: 'm', assignments: [] })
      // The buffers of a kernel hold some megabytes more.
      const count = name === 'sockets' ? 400 : 20
      peer.connection.pause()
      for (let i = 0; i < count; i++) peer.send(ask)
      await turns(100)
      assert.ok(broker.connections.memory.usedBytes < 100_000)
      assert.ok(begunCount < count, `${begunCount} were answered`)
      peer.connection.resume()
      await peer.answered(count)
      assert.equal(broker.connections.memory.usedBytes, 0)
    })

    it('closes where a handler says so, after what was answered before', async (t) => {
      const { peer, broker } = await serve(t)
      peer.send(beat(1), beat(2, 'close'), beat(3))
      await peer.closed()
      assert.deepEqual(peer.correlationIds, [1])
      assert.match(broker.lines[0]!, /it asked for it/)
    })

    it('answers UNKNOWN_SERVER_ERROR where a handler throws, and the next request as ever', async (t) => {
      const { peer, broker } = await serve(t)
      peer.send(beat(1, 'throw'), beat(2, 'rejected'), beat(3))
      const answers = await peer.answered(3)
      const codes = answers.map((answer) => decode(heartbeat.response, 0, new ByteReader(answer, 4)).errorCode)
      assert.deepEqual(codes, [ErrorCode.UNKNOWN_SERVER_ERROR, ErrorCode.UNKNOWN_SERVER_ERROR, ErrorCode.NONE])
      assert.match(broker.lines[0]!, /^error: Heartbeat failed: Error: a mistake of ours/)
    })

    it('closes where an answer cannot be written, after what was answered before', async (t) => {
      const { peer, broker } = await serve(t)
      peer.send(beat(1), beat(2, 'wrong'), beat(3))
      await peer.closed()
      assert.deepEqual(peer.correlationIds, [1])
      assert.match(broker.lines[0]!, /Cannot answer Heartbeat version 0/)
    })

    it('gives what a request keeps a frame of its own', async (t) => {
      const kept: Uint8Array[] = []
      const keeping = handler(produce, ({ topicData }) => {
        kept.push(topicData[0]!.partitionData[0]!.records![0]!)
        return noResponse
      })
      const { peer } = await serve(t, { handlers: [keeping] })
      const sizes = [1, 300, 5_000, 70_000, 300_000, 70_000, 1]
      for (const [i, size] of sizes.entries()) {
        const records = [new Uint8Array(size).fill(i + 1)]
        const topicData = [{ name: 't', topicId: '', partitionData: [{ index: 0, records }] }]
        peer.send(request(produce, 3, i, { transactionalId: null, acks: 0, timeoutMs: 1, topicData }))
      }
      peer.send(beat(1))
      await peer.answered(1)
      for (const [i, size] of sizes.entries()) {
        assert.equal(kept[i]!.length, size)
        assert.ok(kept[i]!.every((byte) => byte === i + 1))
        assert.ok(kept[i]!.buffer.byteLength < size + 100, 'nothing else is kept alive by it')
      }
    })

    it('lets a request that holds what it keeps lie in memory that is used again', async (t) => {
      const kept: Uint8Array[] = []
      const seen = new Set<ArrayBufferLike>()
      const holding = handler(
        produce,
        ({ topicData }) => {
          const records = topicData[0]!.partitionData[0]!.records![0]!
          seen.add(records.buffer)
          if (records[0]! % 10 === 0) {
            holdSlab(records)
            kept.push(records)
          }
          return noResponse
        },
        { holdsFrame: true },
      )
      const { peer } = await serve(t, { handlers: [holding] })
      for (const size of [5_000, 70_000, 150_000]) {
        for (let fill = 1; fill <= 20; fill++) {
          const records = [new Uint8Array(size).fill(fill)]
          const topicData = [{ name: 't', topicId: '', partitionData: [{ index: 0, records }] }]
          peer.send(request(produce, 3, fill, { transactionalId: null, acks: 0, timeoutMs: 1, topicData }))
        }
      }
      peer.send(beat(1))
      await peer.answered(1)
      assert.equal(kept.length, 6)
      for (const [i, records] of kept.entries()) assert.ok(records.every((byte) => byte === (i % 2) * 10 + 10))
      assert.ok(seen.size < 15, `60 requests lay in ${seen.size} places`)
    })

    it('tells a handler when its answer has left, and not before the peer has taken it', async (t) => {
      const sent: number[] = []
      const telling = handler(syncGroup, (_, context) => {
        const assignment = takeSlab(name.includes('torn') ? 20_000 : 16_000_000).fill(7)
        context.onSent(() => {
          sent.push(context.correlationId)
          releaseSlab(assignment)
        })
        return { errorCode: 0, assignment }
      })
      const { peer } = await serve(t, { handlers: [telling] })
      peer.connection.pause()
      peer.send(request(syncGroup, 0, 3, { groupId: 'g', generationId: 1, memberId: 'm', assignments: [] }))
      await turns(50)
      assert.deepEqual(sent, [])
      peer.connection.resume()
      const [answer] = await peer.answered(1)
      await turns(10)
      assert.deepEqual(sent, [3])
      // What is released is overwritten here: none of it was when it left.
      assert.ok(answer!.subarray(-10_000).every((byte) => byte === 7))
      assert.equal(answer!.indexOf(0xdb), -1)
    })

    it('tells a handler that the peer has gone, also one that asks too late', async (t) => {
      const told: string[] = []
      let context: RequestContext | undefined
      const asking = handler(syncGroup, (_, given) => {
        context = given
        given.onClosed(() => told.push('in time'))
        given.onClosed(() => told.push('called off'))()
        return new Promise<never>(() => {})
      })
      const { peer } = await serve(t, { handlers: [asking] })
      peer.send(request(syncGroup, 0, 3, { groupId: 'g', generationId: 1, memberId: 'm', assignments: [] }))
      await turns(50)
      assert.equal(told.length, 0)
      peer.connection.destroy()
      while (told.length === 0) await turns()
      context!.onClosed(() => told.push('late'))()
      assert.deepEqual(told, ['in time', 'late'])
    })

    it('does what was asked before the peer closed its side', async (t) => {
      const { peer, waiting } = await serve(t)
      peer.send(...Array.from({ length: 200 }, () => beat(1, 'nothing')))
      peer.connection.end()
      await peer.closed()
      await turns()
      assert.equal(waiting.begun.length, 200)
    })

    it('answers what was asked when the broker closes, and takes no more', async (t) => {
      const { peer, broker, waiting } = await serve(t)
      const idle = await broker.connect()
      peer.send(beat(1, 'a'))
      await turns(30)
      const closed = broker.connections.close(60_000)
      await idle.closed()
      peer.send(beat(2, 'b'))
      waiting.answer('a')
      peer.send(beat(3, 'c'))
      await peer.closed()
      await closed
      assert.deepEqual(peer.correlationIds, [1])
      assert.deepEqual(waiting.begun, ['a'])
      assert.equal(broker.connections.count, 0)
    })
  })
}

function malformedCount({ connections: { malformed } }: Broker): number {
  return Object.values(malformed).reduce((sum, count) => sum + count)
}

/** What is closed without an answer. */
const closing: [name: string, bytes: Uint8Array, line: RegExp][] = [
  ['BAD-1 a size of -1', Uint8Array.of(255, 255, 255, 255), /frame of -1 bytes/],
  ['BAD-1 a size of -2^31', Uint8Array.of(128, 0, 0, 0), /frame of -2147483648 bytes/],
  ['BAD-2 a size of 0', Uint8Array.of(0, 0, 0, 0), /frame of 0 bytes/],
  ['BAD-3 a size of 2^31 - 1', Uint8Array.of(127, 255, 255, 255), /frame of 2147483647 bytes/],
  ['BAD-4 a size beyond the limit', Uint8Array.of(6, 64, 0, 1), /104857601 bytes is announced.*104857600/],
  ['BAD-8 an HTTP request', new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n'), /looks like HTTP/],
  ['BAD-8 a TLS ClientHello', Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3), /looks like TLS/],
  ['BAD-8 an SSH banner', new TextEncoder().encode('SSH-2.0-OpenSSH_9.6\r\n'), /looks like SSH/],
  ['BAD-8 a PROXY header', new TextEncoder().encode('PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n'), /looks like a PROXY/],
  ['BAD-8 a binary PROXY header', new TextEncoder().encode('\r\n\r\n\0\r\nQUIT\n'), /looks like a PROXY/],
  ['BAD-10 the unknown key 9999', frame(header(9999, 0, 1)), /no API with key 9999/],
  ['BAD-10 the unknown key -1', frame(header(-1, 0, 1)), /no API with key -1/],
  ['BAD-10 a key that was removed', frame(header(4, 0, 1)), /no API with key 4/],
  ['BAD-10 a key of controllers', frame(header(52, 0, 1)), /Vote is not served here/],
  ['BAD-11 an unsupported version', frame(header(12, 99, 1)), /Heartbeat is not served in version 99/],
  ['BAD-11 a negative version', frame(header(12, -1, 1)), /Heartbeat is not served in version -1/],
  [
    'BAD-12 a header of version 1 in front of a flexible body',
    frame(header(12, 4, 1), body(heartbeat, 4, { groupId: 'g', generationId: 1, memberId: 'm' })),
    /./,
  ],
  ['BAD-13 a client id of -2 bytes', frame([0, 12, 0, 0, 0, 0, 0, 1, 255, 254]), /./],
  ['BAD-13 a client id that is not UTF-8', frame([0, 12, 0, 0, 0, 0, 0, 1, 0, 2, 0xff, 0xfe]), /not UTF-8/],
  ['BAD-14 2^32 - 1 tagged fields', frame(header(12, 4, 1), [255, 255, 255, 255, 15]), /./],
  ['BAD-14 a tagged field beyond the end', frame(header(12, 4, 1), [1, 5, 100]), /./],
  ['BAD-14 the same tag twice', frame(header(12, 4, 1), [2, 5, 0, 5, 0], [2, 103, 0, 0, 0, 1, 2, 109, 0, 0]), /./],
  ['BAD-14 tags that fall', frame(header(12, 4, 1), [2, 5, 0, 4, 0], [2, 103, 0, 0, 0, 1, 2, 109, 0, 0]), /./],
  [
    'BAD-14 more than 64 unknown tags',
    frame(header(12, 4, 1), [65], ...Array.from({ length: 65 }, (_, i) => [i, 0]), [2, 103, 0, 0, 0, 1, 2, 109, 0, 0]),
    /./,
  ],
  ['a frame shorter than a header', frame([0, 18, 0]), /3 bytes has no header/],
  ['a body that ends early', frame(header(12, 0, 1), [0, 1, 103, 0, 0]), /./],
]

for (const [network, make] of networks.slice(0, 2)) {
  describe(`bad input (${network})`, () => {
    for (const [name, bytes, line] of closing) {
      it(`${name} closes the connection, with a line in the log; other connections live`, async (t) => {
        const handlers = [handler(heartbeat, () => ({ errorCode: 0 }))]
        const broker = await startBroker(t, { network: make(), handlers })
        const [bad, good] = [await broker.connect(), await broker.connect()]
        bad.send(beat(1), bytes)
        await bad.closed()
        assert.equal(bad.answers.length, 1, 'what came before was answered, this was not')
        assert.match(broker.lines[0]!, line)
        assert.equal(broker.lines.length, 1)
        assert.equal(malformedCount(broker), 1)
        assert.equal(broker.connections.memory.usedBytes, 0)
        good.send(beat(2))
        await good.answered(1)
      })
    }

    it('says once a second what many do', async (t) => {
      const clock = new VirtualClock()
      const broker = await startBroker(t, { network: make(), handlers: [], clock })
      const knock = async () => {
        const peer = await broker.connect()
        peer.send(Uint8Array.of(255, 255, 255, 255))
        await peer.closed()
      }
      for (let i = 0; i < 5; i++) await knock()
      assert.equal(broker.lines.length, 1)
      clock.advance(1000)
      await knock()
      assert.match(broker.lines[1]!, /and 4 more like this/)
    })

    it('BAD-13 accepts odd client ids that are text', async (t) => {
      const clientIds: (string | null)[] = []
      const broker = await startBroker(t, {
        network: make(),
        handlers: [
          handler(heartbeat, (_, { clientId }) => {
            clientIds.push(clientId)
            return { errorCode: 0 }
          }),
        ],
      })
      const odd = ['__proto__', '\u001b[31m\n', '', null, 'x'.repeat(32767)]
      const peer = await broker.connect()
      for (const clientId of odd) {
        peer.send(request(heartbeat, 0, 1, { groupId: 'g', generationId: 1, memberId: 'm' }, clientId))
      }
      await peer.answered(odd.length)
      assert.deepEqual(clientIds, odd)
    })

    it('BAD-14 skips up to 64 unknown tagged fields', async (t) => {
      const broker = await startBroker(t, { network: make(), handlers: [handler(heartbeat, () => ({ errorCode: 0 }))] })
      const peer = await broker.connect()
      const tags = Array.from({ length: 64 }, (_, i) => [i, 1, 9])
      peer.send(frame(header(12, 4, 1), [64], ...tags, [2, 103, 0, 0, 0, 1, 2, 109, 0, 0]))
      await peer.answered(1)
    })

    it('BAD-15 ignores what stands behind a body, as Kafka does, and never takes it for a request', async (t) => {
      const broker = await startBroker(t, { network: make(), handlers: [handler(heartbeat, () => ({ errorCode: 0 }))] })
      const peer = await broker.connect()
      peer.send(frame(beat(1).subarray(4), beat(2)), beat(3))
      await peer.answered(2)
      await turns()
      assert.deepEqual(peer.correlationIds, [1, 3])
    })

    it('BAD-3 BAD-4 allocates what has come in, not what was declared', async (t) => {
      const broker = await startBroker(t, { network: make(), handlers: [] })
      const peer = await broker.connect()
      peer.send(Uint8Array.of(6, 64, 0, 0, 1, 2, 3))
      await turns(20)
      assert.ok(broker.connections.memory.usedBytes > 0)
      assert.ok(broker.connections.memory.usedBytes <= 65_536)
      peer.send(new Uint8Array(200_000))
      await turns(50)
      assert.ok(broker.connections.memory.usedBytes <= 2 * 200_003)
    })
  })
}

describe('time', () => {
  const handlers = [
    handler(heartbeat, ({ groupId }) => (groupId === 'wait' ? new Promise<never>(() => {}) : { errorCode: 0 })),
    handler(syncGroup, () => ({ errorCode: 0, assignment: new Uint8Array(1_000_000) })),
  ]
  const start = async (t: Parameters<typeof startBroker>[0], options: Partial<BrokerOptions> = {}) => {
    const clock = new VirtualClock()
    const broker = await startBroker(t, { network: new MemoryNetwork(), handlers, clock, ...options })
    return { clock, broker, peer: await broker.connect(), run: (ms: number) => clock.run(ms, () => turns(2)) }
  }

  it('closes a connection that is silent for connections.max.idle.ms, not before', async (t) => {
    const { peer, run } = await start(t)
    await run(400_000)
    peer.send(beat(1))
    await run(599_000)
    assert.equal(peer.isClosed, false)
    await run(4_000)
    assert.equal(peer.isClosed, true)
  })

  it('does not take for silent who waits for an answer, nor anybody where the limit is negative', async (t) => {
    const { peer, run } = await start(t, { limits: { idleMs: 1000 } })
    peer.send(beat(1, 'wait'))
    await run(60_000)
    assert.equal(peer.isClosed, false)
    const other = await start(t, { limits: { idleMs: -1 } })
    await other.run(3_600_000)
    assert.equal(other.peer.isClosed, false)
  })

  it('BAD-4 closes a connection that dribbles a frame, one byte every ten seconds', async (t) => {
    const { peer, run, broker } = await start(t)
    peer.send(Uint8Array.of(6, 64, 0, 0))
    for (let i = 0; i < 3; i++) {
      peer.send(Uint8Array.of(1))
      await run(10_000)
    }
    await run(2_000)
    assert.equal(peer.isClosed, true)
    assert.match(broker.lines[0]!, /a frame is still incomplete after 30000 ms/)
    assert.equal(broker.connections.memory.usedBytes, 0)
  })

  it('lets a large frame take its time while it goes on', async (t) => {
    const { peer, run } = await start(t)
    peer.send(Uint8Array.of(0, 2, 0, 0), beat(1).subarray(4))
    for (let sent = beat(1).length - 4; sent < 131_072; sent += 1_000) {
      peer.send(new Uint8Array(Math.min(1_000, 131_072 - sent)))
      await run(900)
    }
    assert.equal(peer.isClosed, false)
    assert.equal(peer.answers.length, 1)
  })

  it('BAD-5 leaves to the idle time-out who sends a part of a size', async (t) => {
    const { peer, run } = await start(t, { limits: { idleMs: 10_000 } })
    peer.send(Uint8Array.of(0, 0))
    await run(9_000)
    assert.equal(peer.isClosed, false)
    await run(4_000)
    assert.equal(peer.isClosed, true)
  })

  it('BAD-17 closes a connection whose answers are not read', async (t) => {
    const { peer, run, broker } = await start(t)
    peer.connection.pause()
    const ask = request(syncGroup, 0, 3, { groupId: 'g', generationId: 1, memberId: 'm', assignments: [] })
    for (let i = 0; i < 20; i++) peer.send(ask)
    await run(20_000)
    assert.equal(broker.connections.count, 1)
    await run(15_000)
    assert.equal(broker.connections.count, 0)
    assert.match(broker.lines[0]!, /has not read its answers/)
  })

  it('lets a large answer take its time while it is read', async (t) => {
    const { peer, run, broker, clock } = await start(t, {
      network: new MemoryNetwork({ chunkBytesMax: 4096, windowBytes: 1 }),
    })
    const startMs = clock.monotonicMs()
    peer.send(request(syncGroup, 0, 3, { groupId: 'g', generationId: 1, memberId: 'm', assignments: [] }))
    while (peer.answers.length === 0) {
      peer.connection.resume()
      await Promise.resolve()
      peer.connection.pause()
      await run(900)
    }
    assert.ok(clock.monotonicMs() - startMs > 60_000)
    assert.equal(broker.connections.count, 1)
  })

  it('sets no timer where there are no connections', async (t) => {
    const { clock, peer, run } = await start(t)
    assert.equal(clock.timerCount, 1)
    peer.connection.destroy()
    await run(0)
    assert.equal(clock.timerCount, 0)
  })
})

describe('limits', () => {
  const handlers = [handler(heartbeat, () => ({ errorCode: 0 }))]

  it('refuses connections beyond max.connections and max.connections.per.ip, until others close', async (t) => {
    const limits = { connectionsMax: 3, connectionsPerHostMax: (host: string) => (host === '127.0.0.1' ? 2 : 9) }
    const broker = await startBroker(t, { network: new MemoryNetwork(), handlers, limits })
    const first = await broker.connect()
    await broker.connect()
    const third = await broker.connect()
    await third.closed()
    assert.match(broker.lines[0]!, /Refusing a connection of 127.0.0.1 to PLAINTEXT: max.connections.per.ip \(2\)/)
    first.connection.destroy()
    await turns()
    const fourth = await broker.connect()
    fourth.send(beat(1))
    await fourth.answered(1)
  })

  it('stops reading when the memory for requests is used up, and completes one frame after the other', async (t) => {
    let sum = 0
    const counting = handler(produce, ({ topicData }) => {
      sum += topicData[0]!.partitionData[0]!.records![0]!.length
      return Promise.resolve(noResponse)
    })
    const limits = { requestBytesMax: 300_000 }
    const broker = await startBroker(t, { network: new MemoryNetwork(), handlers: [counting, ...handlers], limits })
    const size = 200_000
    const topicData = [{ name: 't', topicId: '', partitionData: [{ index: 0, records: [new Uint8Array(size)] }] }]
    const bytes = request(produce, 3, 1, { transactionalId: null, acks: 0, timeoutMs: 1, topicData })
    const peers: Peer[] = []
    let mostBytes = 0
    for (let i = 0; i < 10; i++) {
      const peer = await broker.connect()
      peers.push(peer)
      peer.send(bytes.subarray(0, 150_000))
    }
    await turns(20)
    mostBytes = broker.connections.memory.usedBytes
    for (const peer of peers) peer.send(bytes.subarray(150_000), beat(9))
    for (const peer of peers) await peer.answered(1)
    assert.equal(sum, 10 * size)
    assert.equal(broker.connections.memory.usedBytes, 0)
    assert.ok(mostBytes < 300_000 + 10 * 65_536 + bytes.length, `${mostBytes} bytes were held`)
  })
})

describe('ApiVersions', () => {
  const ask = async (
    t: Parameters<typeof startBroker>[0],
    version: number,
    value: Partial<Message<typeof apiVersions.request>>,
  ) => {
    const software: string[] = []
    const noting = handler(
      heartbeat,
      (_, { softwareName, softwareVersion }) => {
        software.push(softwareName, softwareVersion)
        return { errorCode: 0 }
      },
      { min: 1 },
    )
    const hidden = handler(syncGroup, () => ({ errorCode: 0, assignment: new Uint8Array() }), { advertised: false })
    const reading = handler(produce, () => noResponse)
    const broker = await startBroker(t, { network: new MemoryNetwork(), handlers: [noting, hidden, reading] })
    const peer = await broker.connect()
    peer.send(
      version > 5 ? frame(header(18, version, 1, 'c', 2), [255, 255]) : request(apiVersions, version, 1, value),
      request(heartbeat, 1, 2, { groupId: 'g', generationId: 1, memberId: 'm' }),
    )
    const [answer] = await peer.answered(2)
    const reader = new ByteReader(answer!, 4)
    const response = decode(apiVersions.response, version > 5 ? 0 : version, reader)
    assert.equal(reader.remaining, 0)
    return { response, software }
  }
  const itself = { clientSoftwareName: 'rdkafka', clientSoftwareVersion: '2.3.0' }

  for (const version of [0, 1, 2, 3, 4, 5]) {
    it(`tells in version ${version} of the handlers there are, Produce from 0`, async (t) => {
      const { response } = await ask(t, version, itself)
      assert.equal(response.errorCode, 0)
      assert.deepEqual(response.apiKeys, [
        { apiKey: 0, minVersion: 0, maxVersion: 13 },
        { apiKey: 12, minVersion: 1, maxVersion: 4 },
        { apiKey: 18, minVersion: 0, maxVersion: 5 },
      ])
      assert.equal(response.finalizedFeaturesEpoch, version >= 3 ? 7 : -1)
    })
  }

  it('BAD-11 answers a version that it lacks in version 0, with its own versions', async (t) => {
    const { response } = await ask(t, 99, {})
    assert.equal(response.errorCode, ErrorCode.UNSUPPORTED_VERSION)
    assert.deepEqual(response.apiKeys, [{ apiKey: 18, minVersion: 0, maxVersion: 5 }])
  })

  it("remembers the client's software", async (t) => {
    const { software } = await ask(t, 3, itself)
    assert.deepEqual(software, ['rdkafka', '2.3.0'])
  })

  it('refuses software names that are none', async (t) => {
    for (const clientSoftwareName of ['', '-x', 'x-', 'a b', 'é', 'x\n']) {
      const { response, software } = await ask(t, 3, { ...itself, clientSoftwareName })
      assert.equal(response.errorCode, ErrorCode.INVALID_REQUEST)
      assert.deepEqual(response.apiKeys, [])
      assert.deepEqual(software, ['unknown', 'unknown'])
    }
  })

  it('sends a client home that expected another cluster or node', async (t) => {
    const cluster = 'Q0xVU1RFUi1JRC0wMDAwMQ'
    const cases: [string | null, number, ErrorCode][] = [
      [cluster, 1, ErrorCode.NONE],
      [cluster, 2, ErrorCode.REBOOTSTRAP_REQUIRED],
      ['another', 1, ErrorCode.REBOOTSTRAP_REQUIRED],
      [null, -1, ErrorCode.NONE],
      [null, 1, ErrorCode.INVALID_REQUEST],
      [cluster, -1, ErrorCode.INVALID_REQUEST],
    ]
    for (const [clusterId, nodeId, errorCode] of cases) {
      const { response } = await ask(t, 5, { ...itself, clusterId, nodeId })
      assert.equal(response.errorCode, errorCode, `${clusterId} ${nodeId}`)
    }
  })
})
