/**
 * `meta.properties`, in each log directory: whose it is. Version 1, as Kafka writes it since it has no ZooKeeper.
 */
import { parseProperties } from '#config'
import { type BrokerId, isUuid, MalformedError, type Uuid } from '#core'

export interface MetaProperties {
  /** Any text; a UUID where Kafka or Ottla chose it. */
  readonly clusterId: string
  readonly nodeId: BrokerId
  /** Names this directory among those of all brokers (KIP-858); undefined in folders from before 3.7. */
  readonly directoryId: Uuid | undefined
}

/** Throws `MalformedError` with what is missing or wrong. */
export function parseMetaProperties(text: string): MetaProperties {
  const properties = parseProperties(text)
  const version = properties.get('version')
  if (version === '0') throw new MalformedError('it is of version 0, written by a broker with ZooKeeper')
  if (version !== '1') throw new MalformedError(`its version is ${version ?? 'missing'}, not 1`)
  const clusterId = properties.get('cluster.id')
  if (clusterId === undefined || clusterId === '') throw new MalformedError('cluster.id is missing')
  const nodeId = properties.get('node.id') ?? ''
  if (!/^\d{1,10}$/.test(nodeId)) throw new MalformedError(`node.id is not a number: ${JSON.stringify(nodeId)}`)
  const directoryId = properties.get('directory.id')
  if (directoryId !== undefined && !isUuid(directoryId)) {
    throw new MalformedError(`directory.id is not a UUID: ${JSON.stringify(directoryId)}`)
  }
  return { clusterId, nodeId: Number(nodeId), directoryId }
}

export function formatMetaProperties({ clusterId, nodeId, directoryId }: MetaProperties): string {
  const lines = [`cluster.id=${clusterId}`, 'version=1', `node.id=${nodeId}`]
  if (directoryId !== undefined) lines.push(`directory.id=${directoryId}`)
  return `${lines.join('\n')}\n`
}
