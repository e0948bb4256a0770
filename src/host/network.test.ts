import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { FileRange } from '#core'
import type { File } from './disk.ts'
import { HostError } from './host-error.ts'
import { MemoryNetwork } from './memory/index.ts'
import type { Connection, Listener, Network } from './network.ts'
import { nodeDisk, nodeNetwork } from './node/index.ts'
import { systemCalls } from './node/system-calls.ts'

/** What of a test's context is used here. */
type Ending = { after(action: () => Promise<void>): void }

/** One side of a connection: what arrived, and waiting for more. */
class Side {
  readonly connection: Connection
  readonly chunks: Uint8Array[] = []
  bytes = 0
  readonly #memory = new Uint8Array(65536)
  /** Of another size after each read. */
  room = this.#memory
  drainedCount = 0
  closed = false
  cause: Error | undefined
  #wake: (() => void) | undefined

  constructor(connection: Connection) {
    this.connection = connection
    connection.listen({
      room: () => this.room,
      received: (length) => {
        assert.ok(length > 0 && length <= this.room.length)
        this.chunks.push(this.room.slice(0, length))
        this.bytes += length
        this.room = this.#memory.subarray(0, 1 + ((this.bytes * 7) % 65536))
        this.#wake?.()
      },
      drained: () => {
        this.drainedCount++
        this.#wake?.()
      },
      closed: (cause) => {
        assert.equal(this.closed, false, 'closed comes once')
        this.closed = true
        this.cause = cause
        this.#wake?.()
      },
    })
  }

  text(): string {
    return Buffer.concat(this.chunks).toString()
  }

  async until(condition: (side: Side) => boolean): Promise<void> {
    while (!condition(this)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

const turns = async (count = 5) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}
const bytesOf = (text: string) => new TextEncoder().encode(text)

/** As soon as the disk is quick enough. */
async function rangeOf(file: File, position: number, length: number): Promise<FileRange> {
  for (;;) {
    const range = file.range(position, length, () => {})
    if (range !== undefined) return range
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function copied(content: Uint8Array, from: number, into: Uint8Array): boolean {
  into.set(content.subarray(from, from + into.length))
  return true
}

function sha256(chunks: readonly Uint8Array[]): string {
  const hash = createHash('sha256')
  for (const chunk of chunks) hash.update(chunk)
  return hash.digest('hex')
}

/** A file on a disk that gives ranges of it. */
async function fileOf(t: Ending, content: Uint8Array): Promise<File> {
  const folder = mkdtempSync(join(tmpdir(), 'ottla-network-'))
  const file = await nodeDisk.open(join(folder, 'file'), 'write')
  await file.write([content], 0)
  t.after(async () => {
    await file.close()
    rmSync(folder, { recursive: true })
  })
  return file
}

/** Sends without Node's streams, once the calls are loaded. */
function withSystemCalls(): Network {
  systemCalls()
  return nodeNetwork
}

const networks: [name: string, make: () => Network][] = [
  ['node', () => nodeNetwork],
  ['node, by calls of the system', withSystemCalls],
  ['memory', () => new MemoryNetwork()],
  ['memory, torn to pieces', () => new MemoryNetwork({ chunkBytesMax: 3, windowBytes: 1000 })],
]

for (const [name, make] of networks) {
  describe(`a network (${name})`, () => {
    /** A listener with one connection, both ends, closed with the test. */
    async function pair(t: Ending, network = make(), host = '127.0.0.1', at = host) {
      let accept: (connection: Connection) => void
      const accepted = new Promise<Connection>((resolve) => {
        accept = resolve
      })
      const listener = await network.listen({ host, port: 0 }, (connection) => accept(connection))
      const client = await network.connect({ host: at, port: listener.address.port }, 1000)
      const server = await accepted
      t.after(async () => {
        client.destroy()
        server.destroy()
        await listener.close()
      })
      return { network, listener, client, server }
    }

    it('carries bytes both ways, in order, chunks given together one after another', async (t) => {
      const { client, server } = await pair(t)
      const [a, b] = [new Side(client), new Side(server)]
      client.write([bytesOf('one '), bytesOf('two '), bytesOf('three ')])
      client.write([bytesOf('four')])
      server.write([bytesOf('answer')])
      await Promise.all([b.until((side) => side.bytes === 18), a.until((side) => side.bytes === 6)])
      assert.equal(b.text(), 'one two three four')
      assert.equal(a.text(), 'answer')
    })

    it('copies what is written, as far as the writer can see, and puts it where the reader says', async (t) => {
      const { client, server } = await pair(t)
      const shared = new Uint8Array(4)
      const seen: string[] = []
      const done = new Promise<void>((resolve) => {
        server.listen({
          room: () => shared,
          received(length) {
            seen.push(...Buffer.from(shared.subarray(0, length)).toString())
            if (seen.length === 11) resolve()
          },
          drained() {},
          closed() {},
        })
      })
      client.write([bytesOf('first '), bytesOf('other')])
      await done
      assert.equal(seen.join(''), 'first other')
    })

    it('carries what lies in a file, between what comes before and behind it', async (t) => {
      const { client, server } = await pair(t)
      const side = new Side(server)
      server.pause()
      const content = Uint8Array.from(
        { length: name.includes('torn') ? 20_000 : 9_000_000 },
        (_, i) => i * 7 + (i >> 13),
      )
      const expected: Uint8Array[] = []
      const part = (start: number, end: number) => {
        expected.push(content.subarray(start, end))
        return expected.at(-1)!
      }
      const file = await fileOf(t, content)
      const { length } = content
      const ranges = [
        await rangeOf(file, 1, length - 2),
        // Of a kind that no network knows.
        { length: 10_000, read: (into: Uint8Array, at: number) => copied(content, 5000 + at, into), release() {} },
        await rangeOf(file, length - 5, 5),
      ]
      client.write([part(0, 3), part(3, 4)])
      client.write([part(0, 6), ranges[0]!, part(0, 5)])
      expected.splice(3, 0, content.subarray(1, length - 1))
      client.write([part(9, 10)])
      client.write([ranges[1]!, ranges[2]!])
      expected.push(content.subarray(5000, 15_000), content.subarray(length - 5))
      const bytes = expected.reduce((sum, chunk) => sum + chunk.length, 0)
      assert.ok(client.pendingBytes > 0 && client.pendingBytes < bytes)
      server.resume()
      await side.until(() => side.bytes === bytes)
      assert.equal(sha256(side.chunks), sha256(expected))
      const writer = new Side(client)
      await writer.until(() => client.pendingBytes === 0)
    })

    it('sends what lies in a file before it ends, and closes where the file has not got it', async (t) => {
      for (const missing of [0, 1]) {
        const { client, server } = await pair(t)
        const [a, b] = [new Side(client), new Side(server)]
        const content = new Uint8Array(name.includes('torn') ? 20_000 : 9_000_000).fill(7)
        const file = await fileOf(t, content)
        server.pause()
        client.write([bytesOf('a'), await rangeOf(file, missing, content.length)])
        client.end()
        client.write([bytesOf('too late')])
        server.resume()
        await Promise.all([a, b].map((side) => side.until(() => side.closed)))
        if (missing === 0) assert.equal(b.bytes, 1 + content.length)
        else assert.ok(b.bytes <= content.length)
        assert.equal(client.pendingBytes, 0)
      }
    })

    it('ends where the peer is gone, and gives all memory back once', async (t) => {
      const { client, server } = await pair(t)
      const side = new Side(client)
      client.pause()
      // Not read by the other side, so that its end is not an orderly one; and not noticed here before the next write.
      client.write([bytesOf('unread')])
      await turns(10)
      server.destroy()
      await turns(10)
      const file = await fileOf(t, new Uint8Array(3_000_000))
      const bytes = [bytesOf('between'), bytesOf('two')]
      const ranges = [await rangeOf(file, 0, 2_000_000), await rangeOf(file, 1_000_000, 2_000_000)]
      client.write([bytes[0]!, ranges[0]!, ...bytes, ranges[1]!, ...bytes])
      client.resume()
      await side.until(() => side.closed)
      await turns()
      assert.equal(client.pendingBytes, 0)
    })

    it('tells both ends their addresses', async (t) => {
      const { client, server, listener } = await pair(t)
      assert.equal(client.remote.port, listener.address.port)
      assert.equal(client.remote.host, '127.0.0.1')
      assert.deepEqual(server.remote, client.local)
      assert.deepEqual(server.local, client.remote)
    })

    it('listens on IPv6', async (t) => {
      const { client, server } = await pair(t, make(), '::1')
      const side = new Side(server)
      client.write([bytesOf('six')])
      await side.until(() => side.bytes === 3)
      assert.equal(server.remote.host, '::1')
    })

    it("listens on all addresses for '', and names an IPv4 peer as such", async (t) => {
      const { server } = await pair(t, make(), '', '127.0.0.1')
      assert.equal(server.remote.host, '127.0.0.1')
    })

    it('refuses a second listener on a port with EADDRINUSE, and lets the port go when closed', async (t) => {
      const network = make()
      const first = await network.listen({ host: '127.0.0.1', port: 0 }, () => {})
      await assert.rejects(
        network.listen(first.address, () => {}),
        (error: unknown) => error instanceof HostError && error.code === 'EADDRINUSE',
      )
      await first.close()
      const second: Listener = await network.listen(first.address, () => {})
      t.after(() => second.close())
      assert.equal(second.address.port, first.address.port)
    })

    it('rejects a connection that nobody accepts with ECONNREFUSED', async () => {
      const network = make()
      const listener = await network.listen({ host: '127.0.0.1', port: 0 }, () => {})
      await listener.close()
      await assert.rejects(
        network.connect(listener.address, 1000),
        (error: unknown) => error instanceof HostError && error.code === 'ECONNREFUSED',
      )
    })

    it('goes on with open connections after the listener closed', async (t) => {
      const { client, server, listener } = await pair(t)
      await listener.close()
      const side = new Side(server)
      client.write([bytesOf('still here')])
      await side.until(() => side.bytes === 10)
    })

    it('sends what is pending before it ends, and both sides close without a cause', async (t) => {
      const { client, server } = await pair(t)
      const [a, b] = [new Side(client), new Side(server)]
      client.write([new Uint8Array(100_000)])
      client.end()
      client.write([bytesOf('too late')])
      await Promise.all([a.until(() => a.closed), b.until(() => b.closed)])
      assert.equal(b.bytes, 100_000)
      assert.equal(a.cause, undefined)
      assert.equal(b.cause, undefined)
    })

    it('half closes: who is still sending reads all that it was sent, and no reset', async (t) => {
      for (const inFile of [false, true]) {
        const { client, server } = await pair(t)
        const [a, b] = [new Side(client), new Side(server)]
        server.pause()
        // More than is read before the end: closing now would be a reset.
        client.write([new Uint8Array(100_000)])
        await turns()
        const answer = new Uint8Array(300_000).fill(7)
        const sent = inFile ? await rangeOf(await fileOf(t, answer), 0, answer.length) : answer
        server.write([sent])
        server.halfClose()
        server.write([bytesOf('too late')])
        server.resume()
        client.write([bytesOf('more')])
        await Promise.all([a, b].map((side) => side.until(() => side.closed)))
        assert.equal(a.bytes, answer.length)
        assert.equal(a.cause, undefined)
        assert.equal(b.bytes, 100_004)
        assert.equal(b.cause, undefined)
      }
    })

    it('closes the other side when destroyed', async (t) => {
      const { client, server } = await pair(t)
      const [a, b] = [new Side(client), new Side(server)]
      server.destroy()
      server.destroy()
      await Promise.all([a.until(() => a.closed), b.until(() => b.closed)])
    })

    it('tells who listens late that it is closed already', async (t) => {
      const { client, server } = await pair(t)
      client.destroy()
      await turns()
      server.destroy()
      await turns()
      const side = new Side(server)
      await side.until(() => side.closed)
    })

    it('holds the writer back while the reader is paused, and says when all is taken', async (t) => {
      const { client, server } = await pair(t)
      const [a, b] = [new Side(client), new Side(server)]
      server.pause()
      const chunk = new Uint8Array(1 << 18)
      let written = 0
      // Until the way is full: a kernel's buffers have a size of their own.
      while (client.pendingBytes === 0 && written < 256) {
        client.write([chunk])
        written++
        await turns(2)
      }
      assert.ok(client.pendingBytes > 0, 'a paused reader does not take bytes without end')
      assert.equal(a.drainedCount, 0)
      server.resume()
      await b.until(() => b.bytes === written * chunk.length)
      await a.until(() => a.drainedCount > 0)
      assert.equal(client.pendingBytes, 0)
      assert.equal(a.drainedCount, 1)
    })

    it('shows how far a long write has come', async (t) => {
      const { client, server } = await pair(t)
      const [, b] = [new Side(client), new Side(server)]
      // More than is taken at once: kernels have buffers of megabytes.
      const length = name.startsWith('node') ? 12_000_000 : name === 'memory' ? 1_000_000 : 3_000
      server.pause()
      client.write([new Uint8Array(length)])
      await turns()
      const seen = new Set<number>([client.pendingBytes])
      while (b.bytes < length) {
        const before = b.bytes
        server.resume()
        await b.until(() => b.bytes > before)
        server.pause()
        await turns(1)
        seen.add(client.pendingBytes)
      }
      const amounts = [...seen]
      assert.ok(amounts.length > 5, 'it is not all or nothing')
      assert.deepEqual(
        amounts,
        amounts.toSorted((one, other) => other - one),
      )
      assert.equal(amounts.at(-1), 0)
    })

    it('gives nothing while paused', async (t) => {
      const { client, server } = await pair(t)
      const side = new Side(server)
      server.pause()
      client.write([bytesOf('wait')])
      await turns(10)
      assert.equal(side.bytes, 0)
      server.resume()
      await side.until(() => side.bytes === 4)
    })
  })
}

describe('the buffers of sockets', () => {
  /** What the system takes of 8 MiB for a peer that does not read. */
  async function taken(t: Ending, sendBufferBytes?: number): Promise<number> {
    let accept: (connection: Connection) => void
    const accepted = new Promise<Connection>((resolve) => {
      accept = resolve
    })
    const options = sendBufferBytes === undefined ? {} : { sendBufferBytes, receiveBufferBytes: sendBufferBytes }
    const listener = await nodeNetwork.listen({ host: '127.0.0.1', port: 0 }, (it) => accept(it), options)
    const client = await nodeNetwork.connect({ host: '127.0.0.1', port: listener.address.port }, 1000)
    const server = new Side(await accepted)
    t.after(async () => {
      client.destroy()
      server.connection.destroy()
      await listener.close()
    })
    const content = new Uint8Array(8 * 1024 * 1024)
    server.connection.write([content])
    await turns()
    return content.length - server.connection.pendingBytes
  }

  it('are as large as they are to be', { skip: systemCalls() === undefined }, async (t) => {
    const bySystem = await taken(t)
    const small = await taken(t, 16_384)
    assert.ok(small < bySystem / 2, `${small} bytes of ${bySystem}`)
  })
})
