/**
 * The four APIs of configurations, on a controller with its log in memory, against what Apache Kafka answers to the same
 * requests in the same order (testdata/configs.txt).
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { BrokerConfig, brokerKeys, type Key, LogLevels } from '#config'
import { silentLogger } from '#host'
import { MemoryDisk, seededRandom, VirtualClock } from '#host/memory'
import { nodeCompute } from '#host/node'
import { LogDirectory, TailCache } from '#log'
import { ConfigResourceType, MetadataNode } from '#metadata'
import type { Api, RequestOf, ResponseOf } from '#protocol'
import {
  type alterConfigs,
  type createTopics,
  type describeConfigs,
  type incrementalAlterConfigs,
  type listConfigResources,
} from '#protocol/messages'
import type { Handler, RequestContext } from '../handler.ts'
import { describeConfigsHandler } from './032-describe-configs.ts'
import { alterConfigsHandler } from './033-alter-configs.ts'
import { incrementalAlterConfigsHandler } from './044-incremental-alter-configs.ts'
import { listConfigResourcesHandler } from './074-list-config-resources.ts'

/** The static configuration of the broker that answered. */
const config = BrokerConfig.parse({
  'process.roles': 'broker,controller',
  'node.id': '1',
  listeners: 'PLAINTEXT://127.0.0.1:21550,CONTROLLER://127.0.0.1:21651',
  'advertised.listeners': 'PLAINTEXT://127.0.0.1:21550,CONTROLLER://127.0.0.1:21651',
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'controller.listener.names': 'CONTROLLER',
  'log.dirs': '/data',
  'log.segment.bytes': '2097152',
  'log.retention.minutes': '9000',
  'foo.bar': '1',
  'custom.password': 'x',
  'internal.metadata.delete.delay.millis': '5',
  'listener.name.plaintext.max.connections': '500',
})
const logLevels = new LogLevels(['log'])
let node: MetadataNode
let handlers: Readonly<Record<string, Handler>>

before(async () => {
  const host = {
    clock: new VirtualClock(),
    compute: nodeCompute,
    disk: new MemoryDisk(),
    logger: silentLogger,
    random: seededRandom(1),
  }
  const directory = await LogDirectory.open('/data', { host, tailCache: new TailCache(1 << 20) })
  node = await MetadataNode.open({ host, config, directories: [directory] })
  node.subscribe(({ image }) => {
    config.setDynamic(image.configs.of(ConfigResourceType.BROKER, '1'), image.configs.of(ConfigResourceType.BROKER, ''))
  })
  const ports = { config, image: node.image, logLevels, logger: silentLogger, controller: node.controller }
  handlers = {
    describeConfigs: describeConfigsHandler(ports) as Handler,
    alterConfigs: alterConfigsHandler(ports) as Handler,
    incrementalAlterConfigs: incrementalAlterConfigsHandler(ports) as Handler,
    listConfigResources: listConfigResourcesHandler(ports) as Handler,
  }
  await registerBroker()
  await createTopic('t1')
})
