/**
 * Whose the log directories are: read where they have been formatted, decided where they are new.
 *
 * The directory of the metadata log is formatted first and counts most. Where it has no `meta.properties` although another
 * directory has, the metadata is lost, and a new cluster must not begin on the old one's data: that is refused. A directory
 * without one beside a formatted metadata directory has been added and is formatted, if nothing is in it.
 */
import { type BrokerId, MalformedError, readUtf8, type Uuid, utf8 } from '#core'
import { type Disk, HostError, type Random } from '#host'
import { formatMetaProperties, type MetaProperties, parseMetaProperties } from './meta-properties.ts'
import { StorageError } from './storage-error.ts'

export interface StorageIdentity {
  readonly clusterId: string
  /** By the directory's path. */
  readonly directoryIds: ReadonlyMap<string, Uuid>
  /** True where nothing was there before: the metadata log is to be begun. */
  readonly isNew: boolean
}

export interface IdentityOptions {
  readonly nodeId: BrokerId
  /** The directory of the metadata log, and all directories, this one among them. */
  readonly metadataDirectory: string
  readonly directories: readonly string[]
  /** The cluster to be in; by default that of the folder, or a new one. */
  readonly clusterId?: string
}

/** Reads who the directories belong to. Throws `StorageError` where they are not this node's; writes nothing. */
export async function readIdentity(
  host: { readonly disk: Disk; readonly random: Pick<Random, 'uuid'> },
  options: IdentityOptions,
): Promise<StorageIdentity> {
  const { nodeId, metadataDirectory, directories } = options
  const known = new Map<string, MetaProperties>()
  for (const path of directories) {
    const properties = await readMetaProperties(host.disk, path)
    if (properties !== undefined) known.set(path, properties)
    else await checkUnused(host.disk, path)
  }
  const isNew = known.size === 0
  if (!isNew && !known.has(metadataDirectory)) {
    const [other] = known.keys()
    throw new StorageError(
      `${metadataDirectory} has no meta.properties although ${other} has: the metadata log of its cluster is missing.`,
    )
  }
  const first = known.get(metadataDirectory)
  const clusterId = options.clusterId ?? first?.clusterId ?? host.random.uuid()
  // Where nobody says which, it is that of the metadata.
  const source = options.clusterId === undefined ? { source: metadataDirectory } : {}
  const directoryIds = new Map<string, Uuid>()
  for (const path of directories) {
    const properties = known.get(path)
    if (properties !== undefined) checkOwner(path, properties, { clusterId, nodeId, ...source })
    const directoryId = properties?.directoryId ?? host.random.uuid()
    for (const [other, id] of directoryIds) {
      if (id === directoryId) throw new StorageError(`${path} and ${other} have the same directory.id ${id}.`)
    }
    directoryIds.set(path, directoryId)
  }
  return { clusterId, directoryIds, isNew }
}

/** Writes `meta.properties` where it is missing or has no directory id, the metadata directory's first. */
export async function writeIdentity(
  disk: Disk,
  { clusterId, directoryIds }: StorageIdentity,
  { nodeId, metadataDirectory }: Pick<IdentityOptions, 'nodeId' | 'metadataDirectory'>,
): Promise<void> {
  const rest = [...directoryIds.keys()].filter((path) => path !== metadataDirectory)
  for (const path of [metadataDirectory, ...rest]) {
    if ((await readMetaProperties(disk, path))?.directoryId !== undefined) continue
    const text = formatMetaProperties({ clusterId, nodeId, directoryId: directoryIds.get(path) })
    await disk.replaceFile(`${path}/meta.properties`, utf8(text))
  }
}

async function readMetaProperties(disk: Disk, path: string): Promise<MetaProperties | undefined> {
  const file = `${path}/meta.properties`
  let bytes: Uint8Array
  try {
    bytes = await disk.readFile(file)
  } catch (error) {
    if (error instanceof HostError && error.code === 'ENOENT') return undefined
    throw error
  }
  try {
    const text = readUtf8(bytes, 0, bytes.length)
    if (text === undefined) throw new MalformedError('it is not text')
    return parseMetaProperties(text)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw new StorageError(`Cannot read ${file}: ${error.message}.`, { cause: error })
  }
}

function checkOwner(
  path: string,
  properties: MetaProperties,
  { clusterId, nodeId, source }: { clusterId: string; nodeId: BrokerId; source?: string },
): void {
  if (properties.clusterId !== clusterId) {
    const as = source === undefined ? '' : ` as ${source}`
    throw new StorageError(`${path} belongs to the cluster ${properties.clusterId}, not to ${clusterId}${as}.`)
  }
  if (properties.nodeId !== nodeId) {
    throw new StorageError(`${path} belongs to node ${properties.nodeId}, but node.id is ${nodeId}.`)
  }
}

/** Only what a start or a format that was cut off leaves may be in a directory that is to be formatted. */
async function checkUnused(disk: Disk, path: string): Promise<void> {
  for (const { name, kind } of await disk.list(path)) {
    if (name.startsWith('.') || name === 'lost+found') continue
    if (kind === 'file' && /(-checkpoint|\.tmp)$/.test(name)) continue
    if (name === '__cluster_metadata-0') {
      const inside = await disk.list(`${path}/${name}`)
      if (!inside.some((entry) => entry.name.endsWith('.log') && entry.sizeBytes > 0)) continue
    }
    throw new StorageError(
      `${path} has no meta.properties, so it is not a data folder, but it is not empty either: ${name} is in it. Choose ` +
        'an empty folder.',
    )
  }
}
