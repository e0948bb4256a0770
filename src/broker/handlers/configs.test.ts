/**
 * The four APIs of configurations on a broker in memory, against what Apache Kafka answers to the same requests in the
 * same order (testdata/configs.txt).
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { Cluster } from '#client'
import { BrokerConfig } from '#config'
import { MemoryDisk, MemoryNetwork } from '#host/memory'
import { createNodeHost } from '#host/node'
import type { Api, ResponseOf } from '#protocol'
import {
  alterConfigs,
  createTopics,
  describeConfigs,
  incrementalAlterConfigs,
  listConfigResources,
} from '#protocol/messages'
import { BrokerServer } from '#server'

const FILE = new URL('../../../src/broker/handlers/testdata/configs.txt', import.meta.url)

/** The static configuration of the broker that answered. */
const config = BrokerConfig.parse({
  'process.roles': 'broker,controller',
  'node.id': '1',
  listeners: 'PLAINTEXT://127.0.0.1:21550,CONTROLLER://127.0.0.1:21651',
  'advertised.listeners': 'PLAINTEXT://127.0.0.1:21550,CONTROLLER://127.0.0.1:21651',
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'controller.listener.names': 'CONTROLLER',
  'controller.quorum.bootstrap.servers': '127.0.0.1:21651',
  'log.dirs': '/data',
  'log.segment.bytes': '2097152',
  'log.retention.minutes': '9000',
  'foo.bar': '1',
  'custom.password': 'x',
  'internal.metadata.delete.delay.millis': '5',
  'listener.name.plaintext.max.connections': '500',
})
const apis = { describeConfigs, alterConfigs, incrementalAlterConfigs, listConfigResources }
let server: BrokerServer
let cluster: Cluster
let alive: NodeJS.Timeout

before(async () => {
  const { clock } = createNodeHost()
  const host = createNodeHost({ disk: new MemoryDisk({ clock }), network: new MemoryNetwork() })
  server = await BrokerServer.start(config, host)
  cluster = new Cluster(host, { bootstrap: [{ host: '127.0.0.1', port: 21550 }], retryTimeoutMs: 5000 })
  // Timers alone do not keep the process alive, and here there is no socket that would.
  alive = setInterval(() => {}, 60_000)
  await cluster.sendToAny(createTopics, {
    topics: [{ name: 't1', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 5000,
    validateOnly: false,
  })
})

after(async () => {
  await cluster.close()
  await server.stop()
  clearInterval(alive)
})

test('requests are answered as by Kafka, or as the file says that Ottla means to', async () => {
  for (const { title, command, answer } of casesOf(readFileSync(FILE, 'utf8'))) {
    const [, name = '', request = ''] = /^(\S+) \d+ (.*)$/.exec(command)!
    const api: Api = apis[name as keyof typeof apis]
    const response = await cluster.sendToAny(api, JSON.parse(request))
    assert.deepEqual(linesOf(response as unknown as Response), answer, title)
  }
})

/** The cases of the file: a title, a command, and the lines that are expected of Ottla. */
function* casesOf(text: string): Iterable<{ title: string; command: string; answer: string[] }> {
  for (const block of text.trim().split('\n\n').slice(1)) {
    const [title = '', command = '', ...lines] = block.split('\n')
    const answer: string[] = []
    for (const line of lines) {
      // What stands behind `~` is said instead of the line before.
      if (line.startsWith('~')) answer.pop()
      if (line !== '~') answer.push(line.replace(/^~ /, ''))
    }
    yield { title, command, answer }
  }
}

type Response = Partial<
  ResponseOf<typeof describeConfigs> & ResponseOf<typeof alterConfigs> & ResponseOf<typeof listConfigResources>
>

function linesOf({ responses, results, configResources, errorCode }: Response): string[] {
  if (responses !== undefined) return responses.map(outcomeLine)
  if (results !== undefined)
    return results.flatMap((each) => [outcomeLine(each), ...each.configs.map(configLine).sort()])
  return [`${errorCode}`, ...configResources!.map((each) => `  ${each.resourceType} ${each.resourceName}`)]
}

function outcomeLine(each: { readonly errorCode: number; readonly errorMessage?: string | null | undefined }): string {
  return `${each.errorCode} ${each.errorMessage ?? ''}`.trimEnd()
}

type Config = NonNullable<Response['results']>[number]['configs'][number]

function configLine(each: Config): string {
  const flags = `${each.readOnly ? 'read-only ' : ''}${each.isSensitive ? 'sensitive ' : ''}`
  const synonyms = each.synonyms.map(({ source, name, value }) => `${source}:${name}=${value}`).join(', ')
  const line = `  ${each.name}=${each.value} ${flags}source ${each.configSource} type ${each.configType}`
  return synonyms === '' ? line : `${line} [${synonyms}]`
}
