/**
 * The listeners of one broker, resolved: which serve clients, which serve controllers, what is advertised, and by which
 * of them brokers talk to each other.
 *
 * One rule is ours: a node that is its quorum by itself needs no controller listener, as nobody else would connect to it.
 */
import type { BrokerConfig } from './broker-config.ts'
import { ConfigError } from './config-error.ts'
import { type Endpoint, type ProtocolMap, parseListeners, parseProtocol, parseProtocolMap } from './listeners.ts'

export interface BrokerListeners {
  /** Where clients and other brokers connect. */
  readonly broker: readonly Endpoint[]
  /** Where controllers connect; empty where the node is no controller, or its quorum by itself. */
  readonly controller: readonly Endpoint[]
  /** What Metadata tells of `broker`; host `''` stands for the name of the machine. */
  readonly advertised: readonly Endpoint[]
  /** The name of the listener by which brokers talk to each other. */
  readonly interBroker: string
}

/** Throws a `ConfigError` where the keys contradict each other. */
export function resolveListeners(config: BrokerConfig): BrokerListeners {
  const protocols = protocolMap(config)
  const names = config.get('controller.listener.names').map((name) => name.toUpperCase())
  const isController = (endpoint: Endpoint) => names.includes(endpoint.listenerName)

  const listeners = parseListeners(config.get('listeners'), protocols)
  const advertisedTexts = config.get('advertised.listeners')
  const advertised =
    advertisedTexts === null ? listeners : parseListeners(advertisedTexts, protocols, { samePorts: true })
  const resolved = {
    broker: listeners.filter((endpoint) => !isController(endpoint)),
    controller: listeners.filter(isController),
    advertised: advertised.filter((endpoint) => !isController(endpoint)),
    interBroker: interBrokerName(config, protocols),
  }
  checkRoles(config, resolved, names, protocols)
  const known = [...listeners.map((endpoint) => endpoint.listenerName), ...names]
  const early = config.get('early.start.listeners')?.find((name) => !known.includes(name.toUpperCase()))
  if (early !== undefined) {
    const absent = 'but this is not contained in listeners or controller.listener.names'
    throw new ConfigError(`early.start.listeners contains listener ${early.toUpperCase()}, ${absent}`)
  }
  if (advertised.some(({ host }) => host === '0.0.0.0')) {
    throw new ConfigError(
      'advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address.',
    )
  }
  return resolved
}

/** The map as configured; where it is not, a controller's listener is PLAINTEXT as long as no other protocol is in use. */
function protocolMap(config: BrokerConfig): ProtocolMap {
  const key = 'listener.security.protocol.map'
  const map = parseProtocolMap(key, config.get(key))
  if (config.own(key) !== undefined) return map
  const controllers = config.get('controller.listener.names')
  const inUse = [...controllers, ...config.get('listeners').map((text) => text.split(':')[0]!)]
  if (inUse.some((name) => ['SSL', 'SASL_SSL', 'SASL_PLAINTEXT'].includes(name))) return map
  for (const name of controllers) map.set(name.toUpperCase(), 'PLAINTEXT')
  return map
}

function interBrokerName(config: BrokerConfig, protocols: ProtocolMap): string {
  const name = config.get('inter.broker.listener.name')?.toUpperCase()
  if (name === undefined)
    return parseProtocol('security.inter.broker.protocol', config.get('security.inter.broker.protocol'))
  if (config.own('security.inter.broker.protocol') !== undefined) {
    throw new ConfigError('Only one of inter.broker.listener.name and security.inter.broker.protocol should be set.')
  }
  if (protocols.has(name)) return name
  const where = 'defined in inter.broker.listener.name not found in listener.security.protocol.map.'
  throw new ConfigError(`Listener with name ${name} ${where}`)
}

function checkRoles(
  config: BrokerConfig,
  { broker, controller, advertised, interBroker }: BrokerListeners,
  controllerNames: readonly string[],
  protocols: ProtocolMap,
): void {
  const roles = config.get('process.roles')
  if (!roles.includes('controller')) {
    if (controller.length > 0) {
      throw new ConfigError(
        "controller.listener.names must not contain a value appearing in the 'listeners' configuration when running KRaft with just the broker role",
      )
    }
    const unmapped = controllerNames.find((name) => !protocols.has(name))
    if (unmapped !== undefined) {
      throw new ConfigError(
        `Controller listener with name ${unmapped} defined in controller.listener.names not found in listener.security.protocol.map (an explicit security mapping for each controller listener is required if listener.security.protocol.map is non-empty, or if there are security protocols other than PLAINTEXT in use)`,
      )
    }
  } else if (roles.length === 1 && broker.length > 0) {
    throw new ConfigError(
      'The listeners config must only contain KRaft controller listeners from controller.listener.names when process.roles=controller',
    )
  } else if (!(controller.length === 0 && isAlone(config))) {
    checkControllerNames(controller, controllerNames)
  }
  if (roles.includes('broker')) checkAdvertised(broker, advertised, interBroker)
}

/** True for a controller that knows of no other: it forms a quorum by itself. */
function isAlone(config: BrokerConfig): boolean {
  return (
    config.get('controller.quorum.voters').length === 0 &&
    config.get('controller.quorum.bootstrap.servers').length === 0
  )
}

function checkControllerNames(controller: readonly Endpoint[], names: readonly string[]): void {
  const where = "appearing in the 'listeners' configuration when running the KRaft controller role"
  if (controller.length === 0) {
    throw new ConfigError(`controller.listener.names must contain at least one value ${where}`)
  }
  if (names.some((name) => controller.every((endpoint) => endpoint.listenerName !== name))) {
    throw new ConfigError(`controller.listener.names must only contain values ${where}`)
  }
}

function checkAdvertised(broker: readonly Endpoint[], advertised: readonly Endpoint[], interBroker: string): void {
  if (advertised.length === 0) {
    const perhaps = 'Perhaps all listeners appear in controller.listener.names?'
    throw new ConfigError(`There must be at least one broker advertised listener. ${perhaps}`)
  }
  const names = advertised.map((endpoint) => endpoint.listenerName)
  if (!names.includes(interBroker)) {
    const options = `The valid options based on currently configured listeners are ${names.join(',')}`
    throw new ConfigError(
      `inter.broker.listener.name must be a listener name defined in advertised.listeners. ${options}`,
    )
  }
  const listening = broker.map((endpoint) => endpoint.listenerName)
  if (names.some((name) => !listening.includes(name))) {
    const rule = 'listener names must be equal to or a subset of the ones defined in listeners.'
    const options = `The valid options based on the current configuration are ${listening.join(',')}`
    throw new ConfigError(`advertised.listeners ${rule} Found ${names.join(',')}. ${options}`)
  }
}
