/**
 * Opens the metadata of a node: checks whose the folders are, formats new ones, and reads the newest snapshot and the log
 * behind it. Whatever is in the way is one `StorageError`; nothing is written before all that was found has been checked.
 */
import { type BrokerConfig, SECURITY_PROTOCOLS } from '#config'
import { type BrokerId, MalformedError, METADATA_TOPIC_ID, readUtf8, type Uuid } from '#core'
import { type Disk, type Host, HostError } from '#host'
import { DEFAULT_LOG_CONFIG, type Log, type LogConfig, type LogDirectory } from '#log'
import { BOOTSTRAP_SNAPSHOT, NO_QUORUM_STATE, parseQuorumState, type QuorumState, type VoterSet } from '#raft'
import type { Endpoint } from './image/cluster-image.ts'
import { MetadataImage } from './image/metadata-image.ts'
import type { MetadataRecord } from './metadata-record.ts'
import { loadLog } from './quorum/load-log.ts'
import type { LoggedBatch } from './quorum/quorum-log.ts'
import { bootstrapRecords, bootstrapSnapshot, onlyVoter } from './storage/bootstrap.ts'
import { readIdentity, type StorageIdentity, writeIdentity } from './storage/identity.ts'
import { SnapshotStore } from './storage/snapshot-store.ts'
import { StorageError } from './storage/storage-error.ts'

export interface MetadataNodeOptions {
  readonly host: Pick<Host, 'clock' | 'compute' | 'disk' | 'logger' | 'random'>
  readonly config: BrokerConfig
  /** All log directories, taken by this process. */
  readonly directories: readonly LogDirectory[]
  /** The one with the metadata log. Default: that of `metadata.log.dir`, or the first. */
  readonly metadataDirectory?: LogDirectory
  /** The cluster to be in. Default: the folder's, or a new one. */
  readonly clusterId?: string
}

/** What the folders held, or got. */
export interface OpenedNode {
  readonly nodeId: BrokerId
  readonly identity: StorageIdentity
  /** The id of the directory with the metadata log. */
  readonly directoryId: Uuid
  readonly log: Log
  readonly store: SnapshotStore
  /** As of the newest snapshot. */
  readonly image: MetadataImage
  /** The log behind it. */
  readonly loaded: readonly LoggedBatch[]
  readonly voterSet: VoterSet
  readonly quorumState: QuorumState
  readonly quorumStatePath: string
  /** What a first leader writes. */
  readonly bootstrapRecords: readonly MetadataRecord[]
  readonly controllerEndpoints: readonly Endpoint[]
}

const TOPIC_PARTITION = { topic: '__cluster_metadata', partition: 0 }
/** What Kafka's own configurations use; a node that is its quorum by itself listens on none. */
const CONTROLLER_PORT = 9093

export async function openNode(options: MetadataNodeOptions): Promise<OpenedNode> {
  const { host, config, directories } = options
  const { disk, clock, compute } = host
  const nodeId = config.get('node.id')
  const directory = options.metadataDirectory ?? metadataDirectoryOf(config, directories)
  const metadataDirectory = directory.path
  const identity = await readIdentity(host, {
    nodeId,
    metadataDirectory,
    directories: directories.map(({ path }) => path),
    ...(options.clusterId === undefined ? {} : { clusterId: options.clusterId }),
  })
  const directoryId = identity.directoryIds.get(metadataDirectory)!

  const log = await openLog(directory, config)
  const folder = `${metadataDirectory}/${TOPIC_PARTITION.topic}-${TOPIC_PARTITION.partition}`
  const store = await SnapshotStore.open(host, folder)
  const controllerEndpoints = controllerEndpointsOf(config)
  const self = onlyVoter(nodeId, directoryId, controllerEndpoints)
  if (identity.isNew) await store.write(BOOTSTRAP_SNAPSHOT, bootstrapSnapshot(self, clock.nowMs()))

  const snapshot = await loadSnapshot(store, log)
  const fallback: VoterSet = { voters: [self], kraftVersion: 0, offset: -1 }
  const { batches, voterSet } = await loadLog({ log, compute }, snapshot.endOffset, snapshot.voterSet ?? fallback)
  checkVoters(voterSet, { nodeId, directoryId, folder })
  const quorumStatePath = `${folder}/quorum-state`
  const quorumState = await readQuorumState(disk, quorumStatePath)
  await writeIdentity(disk, identity, { nodeId, metadataDirectory })
  return {
    nodeId,
    identity,
    directoryId,
    log,
    store,
    image: snapshot.image,
    loaded: batches,
    voterSet,
    quorumState,
    quorumStatePath,
    bootstrapRecords: snapshot.bootstrapRecords,
    controllerEndpoints,
  }
}

function metadataDirectoryOf(config: BrokerConfig, directories: readonly LogDirectory[]): LogDirectory {
  const wanted = config.get('metadata.log.dir')
  const directory = wanted === null ? directories[0] : directories.find(({ path }) => path === wanted)
  if (directory !== undefined) return directory
  const paths = directories.map(({ path }) => path).join(', ')
  throw new StorageError(
    `The folder of the metadata log (metadata.log.dir), ${wanted}, is not among log.dirs: ${paths}.`,
  )
}

/** Where controllers would reach this node. */
function controllerEndpointsOf(config: BrokerConfig): readonly Endpoint[] {
  const listeners = config.listeners.controller
  if (listeners.length === 0) {
    const [name = 'CONTROLLER'] = config.get('controller.listener.names')
    return [{ name, host: 'localhost', port: CONTROLLER_PORT, securityProtocol: 0 }]
  }
  return listeners.map(({ listenerName, host, port, securityProtocol }) => ({
    name: listenerName,
    host: host === '' ? 'localhost' : host,
    port,
    securityProtocol: SECURITY_PROTOCOLS.indexOf(securityProtocol),
  }))
}

function openLog(directory: LogDirectory, config: BrokerConfig): Promise<Log> {
  const logConfig: LogConfig = {
    ...DEFAULT_LOG_CONFIG,
    segmentBytes: config.get('internal.metadata.log.segment.bytes') ?? config.get('metadata.log.segment.bytes'),
    segmentMs: config.get('metadata.log.segment.ms'),
    fileDeleteDelayMs: config.get('internal.metadata.delete.delay.millis'),
    // Snapshots decide what goes: see storage/snapshots.ts.
    retentionMs: -1,
    retentionBytes: -1,
    flushMessages: 1,
  }
  const exists = directory
    .found()
    .some(({ topic, partition }) => topic === TOPIC_PARTITION.topic && partition === TOPIC_PARTITION.partition)
  if (exists) return directory.openLog(TOPIC_PARTITION, logConfig)
  return directory.createLog(TOPIC_PARTITION, { topicId: METADATA_TOPIC_ID, config: logConfig })
}

/** The image as of the newest snapshot, or an empty one; a log must begin where its snapshot ends, or before. */
async function loadSnapshot(
  store: SnapshotStore,
  log: Log,
): Promise<{
  readonly image: MetadataImage
  readonly endOffset: number
  readonly voterSet: VoterSet | undefined
  readonly bootstrapRecords: readonly MetadataRecord[]
}> {
  const image = new MetadataImage()
  const { latest, bootstrap } = store
  if (latest !== undefined) {
    const { kraftVersion, voters, lastContainedLogTimestamp } = await store.read(latest, (record) => image.load(record))
    const { endOffset, epoch } = latest
    image.moveTo({ lastOffset: endOffset - 1, epoch, timestampMs: Number(lastContainedLogTimestamp) })
    if (log.logStartOffset > endOffset) {
      throw new StorageError(
        `The metadata log in ${log.folder} begins at ${log.logStartOffset}, but its snapshot ends at ${endOffset}.`,
      )
    }
    // The log lost its end, but all that a snapshot has was committed: it goes on from there.
    if (log.logEndOffset < endOffset) await log.truncateFullyAndStartAt(endOffset)
    const voterSet = voters.length === 0 ? undefined : { voters, kraftVersion, offset: endOffset - 1 }
    return { image, endOffset, voterSet, bootstrapRecords: [] }
  }
  if (log.logStartOffset > 0) {
    throw new StorageError(
      `The metadata log in ${log.folder} begins at ${log.logStartOffset}, but there is no snapshot before it.`,
    )
  }
  if (bootstrap === undefined) {
    return { image, endOffset: 0, voterSet: undefined, bootstrapRecords: bootstrapRecords() }
  }
  const records: MetadataRecord[] = []
  const { kraftVersion, voters } = await store.read(bootstrap, (record) => records.push(record))
  const voterSet = voters.length === 0 ? undefined : { voters, kraftVersion, offset: -1 }
  return { image, endOffset: 0, voterSet, bootstrapRecords: records }
}

function checkVoters(
  { voters, kraftVersion }: VoterSet,
  { nodeId, directoryId, folder }: { nodeId: BrokerId; directoryId: Uuid; folder: string },
): void {
  const ids = voters.map(({ id }) => id)
  if (ids.length !== 1 || ids[0] !== nodeId) {
    throw new StorageError(
      `Node ${nodeId} cannot lead the metadata quorum in ${folder} alone: its voters are ${ids.join(', ')}. Quorums of ` +
        'several nodes are not supported yet.',
    )
  }
  const [voter] = voters
  if (kraftVersion > 0 && voter!.directoryId !== directoryId) {
    throw new StorageError(
      `The voter ${nodeId} of the metadata quorum in ${folder} has the directory.id ${voter!.directoryId}, but ` +
        `meta.properties says ${directoryId}.`,
    )
  }
}

async function readQuorumState(disk: Disk, path: string): Promise<QuorumState> {
  let bytes: Uint8Array
  try {
    bytes = await disk.readFile(path)
  } catch (error) {
    if (error instanceof HostError && error.code === 'ENOENT') return NO_QUORUM_STATE
    throw error
  }
  try {
    return parseQuorumState(readUtf8(bytes, 0, bytes.length) ?? '')
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    throw new StorageError(`Cannot read ${path}: ${error.message}.`, { cause: error })
  }
}
