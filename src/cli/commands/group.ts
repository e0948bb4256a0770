/** `ottla group`: list, describe, reset and delete consumer groups. */
import { Command } from 'commander'
import { type Cluster, Consumer, KafkaError, OffsetPoint, throwIfError } from '#client'
import { ByteReader, MalformedError, ZERO_UUID } from '#core'
import { decode, ErrorCode } from '#protocol'
import { consumerProtocolAssignment } from '#protocol/consumer-protocol'
import { deleteGroups, describeGroups, listGroups, offsetCommit, offsetFetch } from '#protocol/messages'
import { parseMoment } from '../arguments.ts'
import { print, printable, table } from '../output.ts'
import { inSession, type SessionOptions, withSession } from '../session.ts'
import { UsageError } from '../usage-error.ts'

interface ResetOptions extends SessionOptions {
  readonly topic: readonly string[]
  readonly to: string
  readonly execute?: boolean
}

interface PartitionOffsets {
  readonly topic: string
  readonly partition: number
  readonly committed: number
  readonly end: number
  readonly lag: number
  readonly member: string
}

export function groupCommand(): Command {
  const group = new Command('group').description('list, describe, reset and delete consumer groups')

  withSession(group.command('list'))
    .alias('ls')
    .description('list the groups')
    .action(async (options: SessionOptions) => {
      const groups = await inSession(options, list)
      print(options.output, groups, (all) =>
        table(
          ['GROUP', 'STATE', 'TYPE', 'PROTOCOL'],
          all.map(({ name, state, type, protocol }) => [printable(name), state, type, protocol]),
        ),
      )
    })

  withSession(group.command('describe <group>'))
    .description('show members, committed offsets and lag')
    .action(async (name: string, options: SessionOptions) => {
      const described = await inSession(options, async (cluster) => await describe(cluster, name))
      print(options.output, described, describeText)
    })

  withSession(group.command('reset <group>'))
    .description('move the committed offsets of a group without members; shows what it would do unless --execute')
    .requiredOption(
      '--to <where>',
      'earliest, latest, an offset, +n or -n from where it is, or a moment: a date, 15m, 2h',
    )
    .option('-t, --topic <topic[:partition]>', 'of these only; may be given again', collect, [])
    .option('--execute', 'do it')
    .action(async (name: string, options: ResetOptions) => {
      const moved = await inSession(options, async (cluster) => await reset(cluster, name, options))
      print(options.output, moved, (all) => [
        ...table(
          ['TOPIC', 'PARTITION', 'COMMITTED', options.execute === true ? 'NOW' : 'WOULD BE'],
          all.map(({ topic, partition, from, to }) => [topic, partition, from < 0 ? '-' : from, to]),
        ),
        ...(options.execute === true ? [] : ['Nothing was changed: give --execute to do it.']),
      ])
    })

  withSession(group.command('delete <group...>'))
    .alias('rm')
    .description('delete groups without members, and their offsets')
    .action(async (names: string[], options: SessionOptions) => {
      await inSession(options, async (cluster) => {
        for (const name of names) await remove(cluster, name)
      })
      print(options.output, names, (all) => all.map((name) => `Deleted group ${name}.`))
    })

  return group
}

async function list(cluster: Cluster) {
  const { brokers } = await cluster.retry(async () => await cluster.refresh([]))
  const answers = await Promise.all(
    brokers.map(async ({ nodeId }) => await cluster.sendToBroker(nodeId, listGroups, {})),
  )
  return answers
    .flatMap(({ errorCode, groups }) => {
      throwIfError(errorCode, 'Cannot list the groups')
      return groups
    })
    .map(({ groupId, groupState, groupType, protocolType }) => ({
      name: groupId,
      state: groupState,
      type: groupType,
      protocol: protocolType,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function describe(cluster: Cluster, name: string) {
  const coordinator = await cluster.coordinatorOf(name)
  const answer = await cluster.sendToBroker(coordinator, describeGroups, { groups: [name] })
  const [group] = answer.groups
  throwIfError(group?.errorCode ?? -1, `Cannot describe group ${name}`, group?.errorMessage)
  const members = (group?.members ?? []).map(
    ({ memberId, groupInstanceId, clientId, clientHost, memberAssignment }) => ({
      memberId,
      groupInstanceId,
      clientId,
      clientHost,
      assigned: assignedTo(memberAssignment),
    }),
  )
  const committed = await committedOffsets(cluster, name)
  if (group?.groupState === 'Dead' && committed.length === 0) {
    throw new KafkaError(ErrorCode.GROUP_ID_NOT_FOUND, `Cannot describe group ${name}`)
  }
  const ends = await endsOf(cluster, committed)
  const offsets: PartitionOffsets[] = committed.map(({ topic, partition, offset }) => {
    const end = ends.get(topic)?.get(partition) ?? -1
    const member = members.find(({ assigned }) => assigned.includes(`${topic}-${partition}`))
    return { topic, partition, committed: offset, end, lag: Math.max(0, end - offset), member: member?.memberId ?? '' }
  })
  return {
    name,
    state: group?.groupState ?? '',
    protocol: group?.protocolData ?? '',
    coordinator,
    members,
    offsets,
    lag: offsets.reduce((sum, { lag }) => sum + lag, 0),
  }
}

function describeText(group: Awaited<ReturnType<typeof describe>>): string[] {
  const { name, state, protocol, coordinator, members, offsets, lag } = group
  return [
    `${printable(name)}  ${state}${protocol === '' ? '' : `, ${protocol}`}, coordinator ${coordinator}, lag ${lag}`,
    ...table(
      ['TOPIC', 'PARTITION', 'COMMITTED', 'END', 'LAG', 'MEMBER'],
      offsets.map(({ topic, partition, committed, end, lag: behind, member }) => [
        topic,
        partition,
        committed,
        end,
        behind,
        printable(member),
      ]),
    ),
    ...(members.length === 0
      ? ['No members.']
      : table(
          ['MEMBER', 'CLIENT', 'HOST', 'PARTITIONS'],
          members.map(({ memberId, clientId, clientHost, assigned }) => [
            printable(memberId),
            printable(clientId),
            printable(clientHost),
            assigned.length,
          ]),
        )),
  ]
}

function assignedTo(assignment: Uint8Array): string[] {
  if (assignment.length < 2) return []
  try {
    const reader = new ByteReader(assignment)
    const version = Math.min(reader.int16(), consumerProtocolAssignment.versionMax)
    const { assignedPartitions } = decode(consumerProtocolAssignment, version, reader)
    return assignedPartitions.flatMap(({ topic, partitions }) => partitions.map((partition) => `${topic}-${partition}`))
  } catch (error) {
    // Other protocols than the consumers' have assignments of their own.
    if (error instanceof MalformedError || error instanceof RangeError) return []
    throw error
  }
}

async function committedOffsets(cluster: Cluster, name: string) {
  const coordinator = await cluster.coordinatorOf(name)
  const answer = await cluster.retry(
    async () =>
      await cluster.sendToBroker(coordinator, offsetFetch, {
        groupId: name,
        topics: null,
        groups: [{ groupId: name, topics: null }],
      }),
  )
  const [group] = answer.groups
  throwIfError(group?.errorCode ?? answer.errorCode, `Cannot read the offsets of group ${name}`)
  const names = await topicNames(cluster)
  // Versions before 8 answer for one group, and by name.
  const topics = group?.topics ?? answer.topics.map((topic) => ({ ...topic, topicId: ZERO_UUID }))
  return topics
    .flatMap((topic) =>
      topic.partitions.map(({ partitionIndex, committedOffset }) => ({
        topic: topic.name || (names.get(topic.topicId) ?? ''),
        partition: partitionIndex,
        offset: committedOffset,
      })),
    )
    .filter(({ offset }) => offset >= 0)
    .sort((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition))
}

async function topicNames(cluster: Cluster): Promise<Map<string, string>> {
  const { topics } = await cluster.refresh(null)
  return new Map(topics.map(({ topicId, name }) => [topicId, name ?? '']))
}

async function endsOf(cluster: Cluster, offsets: readonly { topic: string; partition: number }[]) {
  const consumer = new Consumer(cluster)
  const topics = [...new Set(offsets.map(({ topic }) => topic))]
  const ends = await Promise.all(
    topics.map(async (topic) => {
      const partitions = offsets.filter((offset) => offset.topic === topic).map(({ partition }) => partition)
      return [topic, await consumer.offsetsAt(topic, partitions, OffsetPoint.LATEST)] as const
    }),
  )
  return new Map(ends)
}

async function reset(cluster: Cluster, name: string, options: ResetOptions) {
  const committed = await committedOffsets(cluster, name)
  const wanted = await partitionsToReset(cluster, { committed, given: options.topic })
  if (wanted.length === 0) {
    throw new UsageError(`Group ${name} has committed nothing`, 'Name the topics to reset with --topic.')
  }
  const consumer = new Consumer(cluster)
  const moved = await Promise.all(
    wanted.map(async ({ topic, partition }) => {
      const from = committed.find((offset) => offset.topic === topic && offset.partition === partition)?.offset ?? -1
      return { topic, partition, from, to: await targetOf(consumer, { topic, partition, from, to: options.to }) }
    }),
  )
  if (options.execute === true) await commit(cluster, name, moved)
  return moved
}

async function partitionsToReset(
  cluster: Cluster,
  { committed, given }: { committed: readonly { topic: string; partition: number }[]; given: readonly string[] },
): Promise<{ topic: string; partition: number }[]> {
  if (given.length === 0) return committed.map(({ topic, partition }) => ({ topic, partition }))
  const chosen = await Promise.all(
    given.map(async (text) => {
      const [topic = '', partition] = text.split(':')
      if (partition !== undefined) return [{ topic, partition: Number(partition) }]
      const { partitions } = await cluster.topic(topic)
      return partitions.map((found) => ({ topic, partition: found.partition }))
    }),
  )
  return chosen.flat()
}

async function targetOf(
  consumer: Consumer,
  { topic, partition, from, to }: { topic: string; partition: number; from: number; to: string },
): Promise<number> {
  const at = async (point: bigint) => (await consumer.offsetsAt(topic, [partition], point)).get(partition)!
  if (to === 'earliest') return await at(OffsetPoint.EARLIEST)
  if (to === 'latest') return await at(OffsetPoint.LATEST)
  if (!/^[+-]?\d+$/.test(to)) return await at(parseMoment(to, Date.now()))
  const asked = /^[+-]/.test(to) ? Math.max(from, 0) + Number(to) : Number(to)
  const [first, end] = [await at(OffsetPoint.EARLIEST), await at(OffsetPoint.LATEST)]
  return Math.min(Math.max(asked, first), end)
}

async function commit(
  cluster: Cluster,
  name: string,
  offsets: readonly { topic: string; partition: number; to: number }[],
): Promise<void> {
  const coordinator = await cluster.coordinatorOf(name)
  const topics = await Promise.all(
    [...new Set(offsets.map(({ topic }) => topic))].map(async (topic) => ({
      name: topic,
      topicId: (await cluster.topic(topic)).topicId,
      partitions: offsets
        .filter((offset) => offset.topic === topic)
        .map(({ partition, to }) => ({ partitionIndex: partition, committedOffset: to, committedMetadata: '' })),
    })),
  )
  const answer = await cluster.sendToBroker(coordinator, offsetCommit, { groupId: name, memberId: '', topics })
  for (const { partitions } of answer.topics) {
    for (const { errorCode } of partitions) {
      const detail = errorCode === ErrorCode.UNKNOWN_MEMBER_ID ? 'it has members: stop them first' : undefined
      throwIfError(errorCode, `Cannot reset group ${name}`, detail)
    }
  }
}

async function remove(cluster: Cluster, name: string): Promise<void> {
  const coordinator = await cluster.coordinatorOf(name)
  const { results } = await cluster.sendToBroker(coordinator, deleteGroups, { groupsNames: [name] })
  throwIfError(results[0]?.errorCode ?? -1, `Cannot delete group ${name}`)
}

function collect(text: string, before: readonly string[]): string[] {
  return [...before, text]
}
