/**
 * What peers should not send, to a whole broker in memory. Besides the answer it is asked of each: does another connection
 * go on, is nothing written that should not be, is there at most one line in the log, without what was sent.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { BrokerConfig } from '#config'
import { ByteReader } from '#core'
import { type Logger, silentLogger } from '#host'
import { MemoryDisk, MemoryNetwork, seededRandom, VirtualClock } from '#host/memory'
import { createNodeHost } from '#host/node'
import { decode, responseHeaderVersion } from '#protocol'
import { apiVersions, createTopics, findCoordinator, metadata, responseHeader } from '#protocol/messages'
import { Peer } from '../../net/peer.kit.test.ts'
import { BrokerServer } from '../broker-server.ts'
import { answerText, type BadInputWorld, badInputs, preparations, requestFrame } from './bad-inputs.kit.test.ts'

const ADDRESS = { host: '127.0.0.1', port: 9092 }
const SETTINGS = {
  'log.dirs': '/data',
  listeners: 'PLAINTEXT://127.0.0.1:9092',
  'offsets.topic.num.partitions': '1',
  'auto.create.topics.enable': 'false',
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('a bad input', () => {
  const clock = new VirtualClock()
  const network = new MemoryNetwork()
  const disk = new MemoryDisk({ clock, survives: false })
  const lines: string[] = []
  let server: BrokerServer
  let other: Peer
  let world: BadInputWorld

  /** Lets everything happen, moving the clock where nothing does. */
  async function until(isDone: () => boolean): Promise<void> {
    for (let turn = 0; !isDone(); turn++) {
      assert.ok(turn < 5000, 'nothing happens any more')
      await settle()
      if (turn > 20) await clock.run(50, settle)
    }
  }

  async function drive<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false
    const done = () => {
      isSettled = true
    }
    promise.then(done, done)
    await until(() => isSettled)
    return promise
  }

  async function ask(frame: Uint8Array): Promise<Uint8Array> {
    const count = other.answers.length
    other.send(frame)
    await until(() => other.answers.length > count)
    return other.answers.at(-1)!
  }

  before(async () => {
    const note = (message: string) => void lines.push(message)
    const logger: Logger = { ...silentLogger, warn: note, error: note }
    const host = createNodeHost({ clock, network, disk, random: seededRandom(3), logger })
    server = await drive(BrokerServer.start(BrokerConfig.parse(SETTINGS), host))
    other = new Peer(await network.connect(ADDRESS, 1000))
    await ask(requestFrame(createTopics, 5, preparations))
    await ask(requestFrame(findCoordinator, 3, { key: 'g', keyType: 0 }))
    const reader = new ByteReader(await ask(requestFrame(metadata, 12, { topics: null })))
    decode(responseHeader, responseHeaderVersion(metadata, 12), reader)
    const { topics } = decode(metadata.response, 12, reader)
    world = { ordersId: topics.find(({ name }) => name === 'orders')!.topicId, nowMs: clock.nowMs() }
    await clock.run(10_000, settle)
  })

  after(async () => {
    other.connection.destroy()
    await drive(server.stop())
  })

  /** Bytes in the logs of all partitions but the metadata's, which beats by itself. */
  async function storedBytes(folder = '/data'): Promise<number> {
    let bytes = 0
    for (const { name, kind, sizeBytes } of await disk.list(folder)) {
      if (kind === 'directory') bytes += name.startsWith('__cluster') ? 0 : 1 + (await storedBytes(`${folder}/${name}`))
      else if (name.endsWith('.log')) bytes += sizeBytes
    }
    return bytes
  }

  for (const { row, name, api, version, frames, answer, stores = false, isLarge = false } of badInputs) {
    if (isLarge) continue
    it(`BAD-${row} ${name}: ${answer}`, async () => {
      clock.advance(1000)
      lines.length = 0
      const storedBefore = await storedBytes()
      const malformedBefore = count(server.malformedRequests)
      const sent = frames(world)
      const peer = new Peer(await network.connect(ADDRESS, 1000))
      for (const frame of sent) peer.send(frame)
      await until(() => peer.isClosed || peer.answers.length === sent.length)
      const got = peer.isClosed ? 'closed' : answerText(api, version, peer.answers.at(-1)!)
      peer.connection.destroy()
      assert.equal(got, answer)
      await ask(requestFrame(apiVersions, 0, {}))
      if (!stores) assert.equal(await storedBytes(), storedBefore, 'nothing is written')
      if (answer === 'closed') {
        assert.equal(lines.length, 1, lines.join('\n'))
        assert.ok(lines[0]!.length < 250 && lines[0]!.startsWith('Closing the connection'), lines[0])
      } else {
        assert.deepEqual(lines, [])
      }
      const malformed = count(server.malformedRequests) - malformedBefore
      if (answer !== 'closed') assert.equal(malformed, 0)
      else assert.ok(malformed === 1 || row === 53, 'it is counted')
    })
  }
})

function count(malformed: BrokerServer['malformedRequests']): number {
  return Object.values(malformed).reduce((sum, part) => sum + part)
}
