/**
 * What the keys of a broker must keep to together. First Kafka's rules, in Kafka's words; then ours: nobody is let in
 * without authentication by mistake, and what is not built is refused instead of being silently left out.
 */
import type { BrokerConfig } from './broker-config.ts'
import { ConfigError } from './config-error.ts'
import type { BrokerKey, BrokerValue } from './keys/broker.ts'
import { endpointText, isLoopback } from './listeners.ts'

/** Keys with a number, which may stand on either side of a bound. */
type NumberKey = { [K in BrokerKey]: BrokerValue<K> extends number ? K : never }[BrokerKey]

/** Throws a `ConfigError` for the first rule that does not hold; returns what an operator should be warned of. */
export function checkBroker(config: BrokerConfig): readonly string[] {
  checkNode(config)
  checkLog(config)
  checkConnections(config)
  checkGroups(config)
  checkOpen(config)
  checkBuilt(config)
  checkReporters(config)
  return warningsOf(config)
}

function need(condition: boolean, why: string): void {
  if (!condition) throw new ConfigError(why)
}

function checkNode(config: BrokerConfig): void {
  need(
    config.get('broker.id') === config.get('node.id'),
    '`node.id` and `broker.id` must be set to the same value. `broker.id` is deprecated, please use `node.id` instead.',
  )
  const nodeId = config.get('node.id')
  const voters = config.get('controller.quorum.voters').map((voter) => Number(voter.split('@')[0]))
  const set = `controller.quorum.voters=Set(${voters.join(', ')})`
  if (config.get('process.roles').includes('controller')) {
    need(
      voters.length === 0 || voters.includes(nodeId),
      `If process.roles contains the 'controller' role, the node id ${nodeId} must be included in the set of voters ${set}`,
    )
  } else {
    need(
      !voters.includes(nodeId),
      `If process.roles contains just the 'broker' role, the node id ${nodeId} must not be included in the set of voters ${set}`,
    )
    need(
      voters.length > 0 || config.get('controller.quorum.bootstrap.servers').length > 0,
      'If using process.roles, either controller.quorum.bootstrap.servers must contain the set of bootstrap controllers or controller.quorum.voters must contain a parseable set of controllers.',
    )
  }
}

function checkLog(config: BrokerConfig): void {
  need(config.get('log.roll.ms') >= 1, 'log.roll.ms must be greater than or equal to 1')
  need(config.get('log.roll.jitter.ms') >= 0, 'log.roll.jitter.ms must be greater than or equal to 0')
  const retentionMs = config.get('log.retention.ms')
  need(retentionMs >= 1 || retentionMs < 0, 'log.retention.ms must be unlimited (-1) or, greater than or equal to 1')
  need(
    config.get('log.cleaner.threads') > 0,
    'Invalid value 0 for configuration log.cleaner.threads: Value must be at least 1',
  )
  need(
    config.get('log.cleaner.dedupe.buffer.size') / config.get('log.cleaner.threads') > 1024 * 1024,
    'log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.',
  )
  const waitMaxMs = config.get('replica.fetch.wait.max.ms')
  need(
    waitMaxMs <= config.get('replica.socket.timeout.ms'),
    'replica.socket.timeout.ms should always be at least replica.fetch.wait.max.ms to prevent unnecessary socket timeouts',
  )
  need(
    waitMaxMs <= config.get('replica.lag.time.max.ms'),
    'replica.fetch.wait.max.ms should always be less than or equal to replica.lag.time.max.ms to prevent frequent changes in ISR',
  )
  const cordoned = config.get('cordoned.log.dirs')
  need(
    !cordoned.includes('*') || cordoned.length === 1,
    'When cordoned.log.dirs is set to *, it must not contain other values',
  )
  const unknown = cordoned.filter((folder) => folder !== '*' && !config.get('log.dirs').includes(folder))
  need(
    unknown.length === 0,
    `All entries in cordoned.log.dirs must be present in log.dirs or log.dir. Missing entries : ${unknown.join(', ')}`,
  )
}

function checkConnections(config: BrokerConfig): void {
  const queuedBytes = config.get('queued.max.request.bytes')
  need(
    queuedBytes <= 0 || queuedBytes >= config.get('socket.request.max.bytes'),
    'queued.max.request.bytes must be larger or equal to socket.request.max.bytes',
  )
  const overrides = config.get('max.connections.per.ip.overrides')
  need(
    config.get('max.connections.per.ip') > 0 || overrides !== '',
    'max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property is set.',
  )
  for (const entry of overrides.split(',')) {
    if (entry === '') continue
    const [, host = '', count = ''] = /^(.*):(.*)$/.exec(entry) ?? []
    need(
      /^[0-9a-zA-Z\-%._:]+$/.test(host.trim()),
      `max.connections.per.ip.overrides contains invalid addresses : ${host.trim() || entry}`,
    )
    need(
      /^[0-9]+$/.test(count.trim()),
      `Error parsing configuration property 'max.connections.per.ip.overrides': '${count}' of '${entry}' is not a number`,
    )
  }
  const delayMs = config.get('connection.failed.authentication.delay.ms')
  const idleMs = config.get('connections.max.idle.ms')
  need(
    idleMs < 0 || delayMs < idleMs,
    `connection.failed.authentication.delay.ms=${delayMs} should always be less than connections.max.idle.ms=${idleMs} to prevent failed authentication responses from timing out`,
  )
}

/** By their short names; others would be Java classes. */
const ASSIGNORS = { consumer: ['uniform', 'range'], share: ['simple'], streams: ['sticky'] }

function checkGroups(config: BrokerConfig): void {
  need(
    config.get('group.coordinator.rebalance.protocols').includes('classic'),
    "Disabling the 'classic' protocol is not supported.",
  )
  const codec = config.get('offsets.topic.compression.codec')
  need(codec >= 0 && codec <= 4, `Unknown compression type id: ${codec}`)
  for (const kind of ['consumer', 'share', 'streams'] as const) {
    for (const what of ['heartbeat.interval', 'session.timeout', 'assignment.interval'] as const) {
      const [value, min, max] = [
        `group.${kind}.${what}.ms`,
        `group.${kind}.min.${what}.ms`,
        `group.${kind}.max.${what}.ms`,
      ] as const
      atLeast(config, max, min)
      atLeast(config, value, min)
      atMost(config, value, max)
    }
    const [heartbeat, session] = [`group.${kind}.heartbeat.interval.ms`, `group.${kind}.session.timeout.ms`] as const
    need(config.get(heartbeat) < config.get(session), `${heartbeat} must be less than ${session}`)
    const unknown = config.get(`group.${kind}.assignors`).find((name) => !ASSIGNORS[kind].includes(name))
    need(
      unknown === undefined,
      `Invalid value ${unknown} for configuration group.${kind}.assignors: Class cannot be found`,
    )
  }
  for (const what of ['delivery.count.limit', 'record.lock.duration.ms', 'partition.max.record.locks'] as const) {
    atLeast(config, `group.share.${what}`, `group.share.min.${what}`)
    atLeast(config, `group.share.max.${what}`, `group.share.${what}`)
  }
  atMost(config, 'group.streams.num.standby.replicas', 'group.streams.max.standby.replicas')
  atMost(config, 'group.streams.num.warmup.replicas', 'group.streams.max.warmup.replicas')
}

function atLeast(config: BrokerConfig, key: NumberKey, bound: NumberKey): void {
  need(config.get(key) >= config.get(bound), `${key} must be greater than or equal to ${bound}`)
}

function atMost(config: BrokerConfig, key: NumberKey, bound: NumberKey): void {
  need(config.get(key) <= config.get(bound), `${key} must be less than or equal to ${bound}`)
}

/** A listener that others can reach needs authentication, or the operator's word that none is wanted. */
function checkOpen(config: BrokerConfig): void {
  if (config.get('ottla.insecure')) return
  const { broker, controller } = config.listeners
  for (const endpoint of [...broker, ...controller]) {
    const { listenerName, securityProtocol, host } = endpoint
    const showsCertificate = config.getFor(listenerName, 'ssl.client.auth') === 'required'
    const authenticates = securityProtocol.startsWith('SASL') || (securityProtocol === 'SSL' && showsCertificate)
    need(
      authenticates || isLoopback(host),
      `The listener ${endpointText(endpoint)} can be reached from other machines and asks nobody who they are. Listen on 127.0.0.1, or set ottla.insecure=true (ottla start --insecure) where everyone who reaches it may do everything.`,
    )
  }
}

/** Kafka has these, Ottla has not yet. To take them for set would promise what nobody keeps. */
function checkBuilt(config: BrokerConfig): void {
  const { broker, controller } = config.listeners
  const secured = [...broker, ...controller].find((endpoint) => endpoint.securityProtocol !== 'PLAINTEXT')
  if (secured !== undefined) {
    const what = `The listener ${endpointText(secured)} asks for ${secured.securityProtocol}`
    throw new ConfigError(`${what}, which Ottla does not have yet; it has PLAINTEXT.`)
  }
  need(
    config.get('authorizer.class.name') === '',
    `Invalid value ${config.get('authorizer.class.name')} for configuration authorizer.class.name: Ottla has no authorizer yet.`,
  )
  need(
    !config.get('remote.log.storage.system.enable'),
    'Invalid value true for configuration remote.log.storage.system.enable: Ottla has no tiered storage yet.',
  )
  need(
    config.get('config.providers').length === 0,
    `Invalid value ${config.get('config.providers').join(',')} for configuration config.providers: Ottla has no configuration providers.`,
  )
}

/** What Kafka has by default stands for nothing here; other classes cannot be loaded. */
const REPORTER_OF_KAFKA = 'org.apache.kafka.common.metrics.JmxReporter'

function checkReporters(config: BrokerConfig): void {
  for (const key of ['metric.reporters', 'kafka.metrics.reporters'] as const) {
    const unknown = config.get(key).find((name) => name !== REPORTER_OF_KAFKA)
    if (unknown !== undefined) throw ConfigError.of(key, unknown, `Class ${unknown} could not be found.`)
  }
}

function warningsOf(config: BrokerConfig): string[] {
  const warnings: string[] = []
  const heartbeatMs = config.get('broker.heartbeat.interval.ms')
  const sessionMs = config.get('broker.session.timeout.ms')
  if (heartbeatMs * 2 > sessionMs) {
    const rule = `must be less than or equal to half of the broker.session.timeout.ms (${sessionMs} ms)`
    warnings.push(`broker.heartbeat.interval.ms (${heartbeatMs} ms) ${rule}, or the broker loses its lease.`)
  }
  if (config.get('log.flush.interval.messages') > 1) {
    const how = `log.flush.interval.messages is ${config.setting('log.flush.interval.messages').text}`
    warnings.push(`${how}: acknowledged records can be lost when the machine loses power.`)
  }
  return warnings
}
