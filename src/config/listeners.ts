/**
 * Where a broker listens and what it tells others of it: `listeners`, `advertised.listeners` and the protocol map.
 *
 * An entry is `NAME://host:port`, with an IPv6 address in brackets and no host for every address of the machine. The
 * name is free: the map says which protocol it speaks. Names are upper case inside, as they are for Kafka.
 */
import { ConfigError } from './config-error.ts'

export const SECURITY_PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const
export type SecurityProtocol = (typeof SECURITY_PROTOCOLS)[number]
export type ProtocolMap = ReadonlyMap<string, SecurityProtocol>

export interface Endpoint {
  readonly listenerName: string
  readonly securityProtocol: SecurityProtocol
  /** A name or an address, IPv6 without brackets; `''` is every address. */
  readonly host: string
  readonly port: number
}

/** `NAME://host:port`, as it is written in a configuration. */
export function endpointText({ listenerName, host, port }: Endpoint): string {
  return `${listenerName}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Reads `listener.security.protocol.map`. */
export function parseProtocolMap(key: string, text: string): Map<string, SecurityProtocol> {
  const map = new Map<string, SecurityProtocol>()
  for (const entry of text.split(',')) {
    if (entry.trim() === '') continue
    const colon = entry.lastIndexOf(':')
    if (colon < 0) throw new ConfigError(`Error parsing configuration property '${key}': ${entry.trim()} has no ':'`)
    map.set(entry.slice(0, colon).trim().toUpperCase(), parseProtocol(key, entry.slice(colon + 1).trim()))
  }
  return map
}

export function parseProtocol(key: string, text: string): SecurityProtocol {
  const found = SECURITY_PROTOCOLS.find((protocol) => protocol === text.toUpperCase())
  if (found === undefined) throw new ConfigError(`Invalid security protocol \`${text}\` defined in ${key}`)
  return found
}

const ENDPOINT = /^(.*):\/\/(?:\[([0-9a-zA-Z\-%._:]*)\]|([0-9a-zA-Z\-%._:]*)):(-?[0-9]+)$/

/**
 * Reads a list of listeners and checks that no two clash. `samePorts` allows a port twice, as advertised addresses may
 * have it behind a proxy; otherwise only an IPv4 and an IPv6 address share one.
 */
export function parseListeners(
  texts: readonly string[],
  protocols: ProtocolMap,
  { samePorts = false } = {},
): Endpoint[] {
  const all = `[${texts.join(', ')}]`
  try {
    const endpoints = texts.map((text) => parseListener(text, protocols))
    if (new Set(endpoints.map((endpoint) => endpoint.listenerName)).size < endpoints.length) {
      throw new ConfigError(`Each listener must have a different name, listeners: ${all}`)
    }
    if (!samePorts) checkPorts(endpoints, all)
    return endpoints
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new ConfigError(`Error creating broker listeners from '${all}': ${error.message}`)
  }
}

function parseListener(text: string, protocols: ProtocolMap): Endpoint {
  const match = ENDPOINT.exec(text)
  const port = Number(match?.[4])
  if (match === null || !(port >= 0 && port <= 65535)) {
    throw new ConfigError(`Unable to parse ${text} to a broker endpoint`)
  }
  const listenerName = match[1]!.toUpperCase()
  const securityProtocol = protocols.get(listenerName)
  if (securityProtocol === undefined) throw new ConfigError(`No security protocol defined for listener ${listenerName}`)
  return { listenerName, securityProtocol, host: match[2] ?? match[3] ?? '', port }
}

function checkPorts(endpoints: readonly Endpoint[], all: string): void {
  for (const { port } of endpoints) {
    const sharing = endpoints.filter((endpoint) => endpoint.port === port)
    if (port === 0 || sharing.length === 1) continue
    const [ipv4, ipv6] = [sharing.filter(({ host }) => isIpv4(host)), sharing.filter(({ host }) => isIpv6(host))]
    const addresses = ipv4.length + ipv6.length
    const names = sharing.length - addresses
    if (names > 1) throw new ConfigError(`Each listener must have a different port, listeners: ${all}`)
    if (addresses > 2) {
      const unless = 'unless exactly one listener has an IPv4 address and the other IPv6 address'
      throw new ConfigError(`Each listener must have a different port ${unless}, listeners: ${all}, port: ${port}`)
    }
    if (names > 0 || ipv4.length !== 1) {
      const then = 'then one needs to be IPv4 and the other IPv6'
      throw new ConfigError(`If you have two listeners on the same port ${then}, listeners: ${all}, port: ${port}`)
    }
  }
}

function isIpv4(host: string): boolean {
  return /^[0-9]{1,3}(\.[0-9]{1,3}){3}$/.test(host)
}

function isIpv6(host: string): boolean {
  return host.includes(':')
}

/** True where only processes of the same machine can reach `host`. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIpv4(host) && host.startsWith('127.'))
}
