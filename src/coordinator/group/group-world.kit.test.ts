/**
 * A group coordinator on a partition in memory under a virtual clock, and clients that talk to it in one line each. All
 * that leaves it, answers and records, is written down in short words with readable member ids, so that a whole
 * rebalance can be read.
 */
import { ByteReader, ByteWriter, readUtf8, utf8, ZERO_UUID } from '#core'
import { type Clock, type Compute, type Logger, type Random, silentLogger } from '#host'
import { decode, ErrorCode, type ErrorName, encode, errorName } from '#protocol'
import { consumerProtocolSubscription } from '#protocol/consumer-protocol'
import { baseOffsetOf, readRecords } from '#protocol/records'
import { MemoryCoordinatorLog } from '../runtime/memory-log.kit.test.ts'
import type { JoinGroupResponse, SyncGroupResponse } from './classic-member.ts'
import type { GroupCoordinatorConfig } from './group-config.ts'
import { GroupCoordinator } from './group-coordinator.ts'
import { type GroupRecord, groupRecordFormat } from './group-record.ts'

export const GROUP = 'g'

export const TEST_CONFIG: GroupCoordinatorConfig = {
  sessionTimeoutMinMs: 6000,
  sessionTimeoutMaxMs: 1_800_000,
  initialRebalanceDelayMs: 3000,
  groupSizeMax: 2_147_483_647,
  offsetMetadataMax: 4096,
  offsetsRetentionMs: 7 * 24 * 3_600_000,
  offsetsRetentionCheckIntervalMs: 600_000,
  offsetsCommitTimeoutMs: 5000,
  offsetsTopicPartitionCount: 1,
  offsetsTopicReplicationFactor: 1,
  offsetsTopicSegmentBytes: 104_857_600,
  offsetsTopicCompression: 'none',
}

/** What a client keeps between its requests. */
export interface TestClient {
  name: string
  memberId: string
  generationId: number
  protocolName: string | null
  instanceId: string | null
  assignment: string[]
  /** How many of its requests wait for an answer. */
  waiting: number
}

/** What the world is made of; the tests bring it, as this room is pure. */
export interface WorldParts {
  readonly clock: Clock & { run(byMs: number, settle: () => Promise<void>): Promise<void> }
  readonly random: Random
  readonly compute: Compute
  /** Lets everything that waits for promises only go on. */
  settle(): Promise<void>
}

export interface JoinOptions {
  readonly version?: number
  readonly sessionMs?: number
  readonly rebalanceMs?: number
  readonly type?: string
  /** Protocol names with the topics subscribed to by each. */
  readonly protocols?: readonly (readonly [string, readonly string[]])[]
  readonly reason?: string
}

export class GroupWorld {
  readonly clock: WorldParts['clock']
  readonly config: { -readonly [Key in keyof GroupCoordinatorConfig]: GroupCoordinatorConfig[Key] }
  readonly clients = new Map<string, TestClient>()
  readonly coordinator: GroupCoordinator
  log = new MemoryCoordinatorLog()
  /** What has left since it was last taken. */
  readonly #events: string[] = []
  readonly #settle: () => Promise<void>
  readonly #compute: Compute
  readonly #aliases = new Map<string, string>()

  constructor(parts: WorldParts, options: { config?: Partial<GroupCoordinatorConfig>; logger?: Logger } = {}) {
    this.clock = parts.clock
    this.#compute = parts.compute
    this.#settle = () => parts.settle()
    this.config = { ...TEST_CONFIG, ...options.config }
    this.coordinator = new GroupCoordinator({
      config: this.config,
      clock: this.clock,
      random: parts.random,
      compute: parts.compute,
      logger: options.logger ?? silentLogger,
      offsetsPartitionCount: () => 1,
    })
  }

  async start(): Promise<void> {
    this.log.onAppend = (batch) => this.#noteBatch(batch)
    await this.coordinator.lead(0, this.log)
  }

  /** Another broker becomes the leader, with what was committed; here, the same one comes back. */
  async failOver(): Promise<void> {
    this.coordinator.resign(0)
    await this.#settle()
    const { onAppend } = this.log
    this.log = this.log.failOver()
    this.log.onAppend = onAppend
    await this.coordinator.lead(0, this.log)
  }

  async settle(): Promise<void> {
    await this.#settle()
  }

  async advance(ms: number): Promise<void> {
    await this.clock.run(ms, this.#settle)
  }

  take(): string[] {
    return this.#events.splice(0)
  }

  client(name: string): TestClient {
    let client = this.clients.get(name)
    if (client === undefined) {
      client = {
        name,
        memberId: '',
        generationId: -1,
        protocolName: null,
        instanceId: null,
        assignment: [],
        waiting: 0,
      }
      this.clients.set(name, client)
    }
    return client
  }

  join(client: TestClient, options: JoinOptions = {}): void {
    const { version: apiVersion = 9, protocols = [['range', ['t']]] } = options
    client.waiting++
    void Promise.resolve(
      this.coordinator.joinGroup(
        { apiVersion, clientId: client.name, remoteHost: '127.0.0.1' },
        {
          groupId: GROUP,
          sessionTimeoutMs: options.sessionMs ?? 10_000,
          rebalanceTimeoutMs: options.rebalanceMs ?? 60_000,
          memberId: client.memberId,
          groupInstanceId: client.instanceId,
          protocolType: options.type ?? 'consumer',
          protocols: protocols.map(([name, topics]) => ({ name, metadata: subscription(topics) })),
          reason: options.reason ?? null,
        },
      ),
    ).then((response) => this.#joined(client, response))
  }

  sync(
    client: TestClient,
    assignments: ReadonlyMap<string, string> = new Map(),
    options: { version?: number } = {},
  ): void {
    const isNew = (options.version ?? 5) >= 5
    client.waiting++
    void Promise.resolve(
      this.coordinator.syncGroup({
        groupId: GROUP,
        generationId: client.generationId,
        memberId: client.memberId,
        groupInstanceId: client.instanceId,
        protocolType: isNew ? 'consumer' : null,
        protocolName: isNew ? client.protocolName : null,
        assignments: [...assignments].map(([name, assignment]) => ({
          memberId: this.client(name).memberId,
          assignment: utf8(assignment),
        })),
      }),
    ).then((response) => this.#synced(client, response))
  }

  heartbeat(client: TestClient, { quiet = false } = {}): void {
    const { generationId, memberId, instanceId: groupInstanceId } = client
    void Promise.resolve(this.coordinator.heartbeat({ groupId: GROUP, generationId, memberId, groupInstanceId })).then(
      (error) => {
        if (!quiet) this.note(`${client.name}: Heartbeat ${errorName(error)}`)
      },
    )
  }

  leave(members: readonly { memberId: string; groupInstanceId: string | null }[]): void {
    void Promise.resolve(
      this.coordinator.leaveGroup({
        groupId: GROUP,
        memberId: '',
        members: members.map((member) => ({ ...member, reason: null })),
      }),
    ).then(({ errorCode, members = [] }) => {
      const each = members.map(
        (member) => `${member.memberId || member.groupInstanceId} ${errorNameOf(member.errorCode)}`,
      )
      this.note(`LeaveGroup ${errorNameOf(errorCode)}${each.length > 0 ? `: ${each.join(', ')}` : ''}`)
    })
  }

  commit(client: TestClient | undefined, offsets: readonly (readonly [string, number, number])[]): void {
    const name = client?.name ?? 'nobody'
    void Promise.resolve(
      this.coordinator.commitOffsets(
        { apiVersion: 9, clientId: name, remoteHost: '127.0.0.1' },
        {
          groupId: GROUP,
          generationIdOrMemberEpoch: client?.generationId ?? -1,
          memberId: client?.memberId ?? '',
          groupInstanceId: client?.instanceId ?? null,
          retentionTimeMs: -1,
          topics: offsets.map(([topic, partitionIndex, committedOffset]) => ({
            name: topic,
            topicId: ZERO_UUID,
            partitions: [{ partitionIndex, committedOffset, committedLeaderEpoch: -1, committedMetadata: '' }],
          })),
        },
      ),
    ).then(({ topics }) => {
      const errors = topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorNameOf(errorCode)))
      this.note(`${name}: OffsetCommit ${[...new Set(errors)].join(', ')}`)
    })
  }

  fetch(requireStable: boolean): void {
    const group = { groupId: GROUP, memberId: null, memberEpoch: -1, topics: null }
    void Promise.resolve(this.coordinator.fetchOffsets(group, { requireStable })).then(({ topics, errorCode }) => {
      const offsets = topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, committedOffset, errorCode }) =>
          errorCode === 0
            ? `${name}-${partitionIndex}=${committedOffset}`
            : `${name}-${partitionIndex} ${errorNameOf(errorCode)}`,
        ),
      )
      this.note(`OffsetFetch ${errorNameOf(errorCode)}: ${offsets.join(' ') || 'nothing'}`)
    })
  }

  describe(): string {
    const context = { apiVersion: 6, clientId: 'admin', remoteHost: '127.0.0.1' }
    const group = this.coordinator.describeGroup(context, GROUP)
    if (group.errorCode !== ErrorCode.NONE) return errorNameOf(group.errorCode)
    const members = group.members.map((member) => `${member.memberId}[${text(member.memberAssignment)}]`)
    return this.#readable(`${group.groupState} ${group.protocolData || '-'} ${members.join(' ')}`.trim())
  }

  list(): string {
    const { errorCode, groups } = this.coordinator.listGroups({ statesFilter: [], typesFilter: [] })
    const each = groups.map(({ groupId, groupState, groupType }) => `${groupId} ${groupType} ${groupState}`)
    return `ListGroups ${errorNameOf(errorCode)}: ${each.join(', ') || 'none'}`
  }

  delete(): void {
    void this.coordinator.deleteGroups([GROUP]).then(([deleted]) => {
      this.note(`DeleteGroups ${errorNameOf(deleted?.errorCode ?? 0)}`)
    })
  }

  note(event: string): void {
    this.#events.push(this.#readable(event))
  }

  /** The records in the log, decoded. */
  records(): GroupRecord[] {
    return this.log.batches.flatMap((batch) =>
      [...readRecords(batch, this.#compute)].map(({ key, value }) => groupRecordFormat.decode(key!, value)),
    )
  }

  #joined(client: TestClient, response: JoinGroupResponse): void {
    client.waiting--
    const { errorCode, generationId, protocolName, leader, memberId, members, skipAssignment } = response
    if (errorCode !== ErrorCode.NONE) {
      if (errorCode === ErrorCode.MEMBER_ID_REQUIRED) client.memberId = memberId
      if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID) client.memberId = ''
      const as = errorCode === ErrorCode.MEMBER_ID_REQUIRED ? ` as ${memberId}` : ''
      this.note(`${client.name}: JoinGroup ${errorNameOf(errorCode)}${as}`)
      return
    }
    client.memberId = memberId
    client.generationId = generationId ?? -1
    client.protocolName = protocolName
    const each = members.map((member) => `${member.memberId}(${topicsOf(member.metadata).join(',')})`)
    const role = members.length > 0 ? `leads ${each.join(' ')}` : `follows ${leader}`
    const skip = skipAssignment === true ? ', assignment to be skipped' : ''
    this.note(`${client.name}: joined generation ${generationId} by ${protocolName} as ${memberId}, ${role}${skip}`)
  }

  #synced(client: TestClient, { errorCode, assignment }: SyncGroupResponse): void {
    client.waiting--
    if (errorCode !== ErrorCode.NONE) {
      this.note(`${client.name}: SyncGroup ${errorNameOf(errorCode)}`)
      return
    }
    client.assignment = text(assignment)
      .split(' ')
      .filter((name) => name !== '')
    this.note(`${client.name}: assigned [${text(assignment)}] in generation ${client.generationId}`)
  }

  #noteBatch(batch: Uint8Array): void {
    let offset = baseOffsetOf(batch)
    for (const { key, value } of readRecords(batch, this.#compute)) {
      this.note(`log ${offset++}: ${showRecord(groupRecordFormat.decode(key!, value))}`)
    }
  }

  /** Member ids as `a#1`, `a#2` in the order of their making. */
  #readable(event: string): string {
    return event.replaceAll(/([\w.]+)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id, name: string) => {
      let alias = this.#aliases.get(id)
      if (alias === undefined) {
        const before = [...this.#aliases.values()].filter((other) => other.startsWith(`${name}#`)).length
        alias = `${name}#${before + 1}`
        this.#aliases.set(id, alias)
      }
      return alias
    })
  }
}

function showRecord(record: GroupRecord): string {
  if (record.kind === 'foreign') return `a record of type ${record.type}`
  if (record.kind === 'offset') {
    return `${record.groupId} has read ${record.topic}-${record.partition} to ${record.value?.offset ?? 'nowhere'}`
  }
  if (record.value === null) return `group ${record.groupId} is no more`
  const { generation, protocol, leader, members } = record.value
  if (members.length === 0) return `group ${record.groupId} is empty in generation ${generation}`
  const each = members.map(({ memberId, assignment }) => `${memberId}[${text(assignment)}]`)
  return `group ${record.groupId} in generation ${generation} by ${protocol} under ${leader}: ${each.join(' ')}`
}

function errorNameOf(code: number): ErrorName | string {
  return errorName(code as ErrorCode)
}

/** What a consumer says that reads `topics`. */
export function subscription(topics: readonly string[]): Uint8Array {
  const writer = new ByteWriter()
  writer.int16(0)
  encode(consumerProtocolSubscription, 0, writer, { topics })
  return writer.finishJoined()
}

function topicsOf(metadata: Uint8Array): readonly string[] {
  const reader = new ByteReader(metadata)
  reader.int16()
  return decode(consumerProtocolSubscription, 0, reader).topics
}

function text(bytes: Uint8Array): string {
  return readUtf8(bytes, 0, bytes.length) ?? '?'
}
