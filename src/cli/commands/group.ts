/** `ottla group`: list, describe, reset and delete consumer groups. */
import { Command } from 'commander'
import { type Cluster, commitOffsets, fetchCommitted, partitionOfTopic, throwIfError } from '#client'
import { nameOf, type TopicPartition } from '#core'
import { ErrorCode } from '#protocol'
import { deleteGroups, listGroups } from '#protocol/messages'
import { byTopicThenPartition, describeGroup, type GroupDescription } from '../group-description.ts'
import { type SessionOptions, withSession } from '../options.ts'
import { print, printable, table } from '../output.ts'
import { eachPart, throwFailures } from '../parts.ts'
import { type NamedPartitions, parseTarget, parseTopicPartition, type Target, targetIn } from '../reset-target.ts'
import { inSession } from '../session.ts'
import { UsageError } from '../usage-error.ts'

interface ResetOptions extends SessionOptions {
  readonly topic?: readonly NamedPartitions[]
  readonly to: Target
  readonly execute?: boolean
}

export function groupCommand(): Command {
  const group = new Command('group')

  withSession(group.command('list').alias('ls').description('list the groups')).action(
    async (options: SessionOptions) => {
      const groups = await inSession(options, list)
      await print(options.output, groups, (all) =>
        all.length === 0
          ? ['There are no groups.']
          : table(
              ['GROUP', 'STATE', 'TYPE', 'PROTOCOL'],
              all.map((one) => [one.group, one.state || '-', one.type || '-', one.protocolType || '-']),
            ),
      )
    },
  )

  withSession(
    group.command('describe <group...>').description('show members, committed offsets, and how far behind they are'),
  ).action(async (names: string[], options: SessionOptions) => {
    const described = await inSession(options, async (cluster) =>
      eachPart(names, (name) => describeGroup(cluster, name)),
    )
    await print(options.output, described.done, (all) => all.flatMap(describeText))
    throwFailures(described)
  })

  withSession(
    group
      .command('reset <group>')
      .description(
        'move the committed offsets of a group without members; only shows what it would do, unless --execute',
      )
      .requiredOption(
        '--to <where>',
        'earliest, latest, an offset, +n or -n from where it is, or a moment: a date, 15m, 2h, 7d ago',
        (text) => parseTarget(text, Date.now()),
      )
      .option(
        '-t, --topic <topic[:partition]>',
        'of these only; may be given again',
        (text, before: readonly NamedPartitions[] = []) => [...before, parseTopicPartition(text)],
      )
      .option('--execute', 'do it'),
  )
    .addHelpText(
      'after',
      `
Examples:
  ottla group reset billing --to earliest                           what would happen
  ottla group reset billing --to 2h --topic orders --execute        read the last two hours again
  ottla group reset billing --to +1 --topic orders:3 --execute      skip one record`,
    )
    .action(async (name: string, options: ResetOptions) => {
      const isDone = options.execute === true
      const offsets = await inSession(options, async (cluster) => await reset(cluster, name, options))
      await print(options.output, { group: name, executed: isDone, offsets }, () => [
        ...table(
          ['TOPIC', 'PARTITION', 'COMMITTED', isDone ? 'NOW' : 'WOULD BE'],
          offsets.map(({ topic, partition, before, after }) => [topic, partition, before ?? '-', after]),
        ),
        ...(isDone ? [] : ['Nothing was changed: give --execute to do it.']),
      ])
    })

  withSession(
    group.command('delete <group...>').alias('rm').description('delete groups without members, and their offsets'),
  ).action(async (names: string[], options: SessionOptions) => {
    const deleted = await inSession(options, async (cluster) => eachPart(names, (name) => remove(cluster, name)))
    await print(options.output, deleted.done, (all) => all.map((one) => `Deleted group ${printable(one.group)}.`))
    throwFailures(deleted)
  })

  return group
}

async function list(cluster: Cluster) {
  const { brokers } = await cluster.retry(async () => await cluster.refresh([]))
  const answers = await Promise.all(
    brokers.map(({ nodeId }) => cluster.retry(async () => await cluster.sendToBroker(nodeId, listGroups, {}))),
  )
  return answers
    .flatMap(({ errorCode, groups }) => {
      throwIfError(errorCode, 'Cannot list the groups')
      return groups
    })
    .map(({ groupId, groupState, groupType, protocolType }) => ({
      group: groupId,
      state: groupState,
      type: groupType,
      protocolType,
    }))
    .sort((a, b) => (a.group < b.group ? -1 : 1))
}

function describeText(group: GroupDescription): string[] {
  const { group: name, state, protocol, coordinator, lag, offsets, members } = group
  return [
    `${printable(name)}  ${state}${protocol === '' ? '' : `, ${printable(protocol)}`}, coordinator ${coordinator}, lag ${lag}`,
    ...(offsets.length === 0
      ? ['Nothing is committed.']
      : table(
          ['TOPIC', 'PARTITION', 'COMMITTED', 'END', 'LAG', 'MEMBER'],
          offsets.map((one) => [
            one.topic,
            one.partition,
            one.offset ?? '-',
            one.endOffset ?? '-',
            one.lag ?? '-',
            one.memberId ?? '-',
          ]),
        )),
    ...(members.length === 0
      ? ['There are no members.']
      : table(
          ['MEMBER', 'CLIENT', 'HOST', 'PARTITIONS'],
          members.map((one) => [one.memberId, one.clientId, one.clientHost, one.partitions.length]),
        )),
  ]
}

async function reset(cluster: Cluster, name: string, { to, topic = [], execute }: ResetOptions) {
  const committed = await fetchCommitted(cluster, name)
  const wanted = topic.length === 0 ? committed : await partitionsOfNames(cluster, topic)
  if (wanted.length === 0) {
    throw new UsageError(`Group ${printable(name)} has committed nothing`, 'Name the topics to reset with --topic.')
  }
  const before = new Map(committed.map((one) => [nameOf(one), one.offset]))
  const offsets = await Promise.all(
    wanted.map(async ({ topic: of, partition }) => {
      const where = { topic: of, partition }
      const from = before.get(nameOf(where)) ?? null
      return { ...where, before: from, after: await targetIn(cluster, where, { target: to, from }) }
    }),
  )
  offsets.sort(byTopicThenPartition)
  if (execute !== true) return offsets
  const errorCode = await commitOffsets(cluster, name, {
    offsets: offsets.map(({ topic: of, partition, after }) => ({ topic: of, partition, offset: after })),
  })
  // So Kafka answers an outsider who commits for a group that has members.
  const hasMembers = errorCode === ErrorCode.UNKNOWN_MEMBER_ID
  throwIfError(hasMembers ? ErrorCode.NON_EMPTY_GROUP : errorCode, `Cannot reset group ${printable(name)}`)
  return offsets
}

async function partitionsOfNames(cluster: Cluster, names: readonly NamedPartitions[]): Promise<TopicPartition[]> {
  const named = await Promise.all(
    names.map(async ({ topic, partition }) => {
      const known = await cluster.topic(topic)
      const chosen = partition === undefined ? known.partitions : [partitionOfTopic(known, partition)]
      return chosen.map((one) => ({ topic, partition: one.partition }))
    }),
  )
  return [...new Map(named.flat().map((one) => [nameOf(one), one])).values()]
}

async function remove(cluster: Cluster, name: string): Promise<{ readonly group: string }> {
  const { results } = await cluster.sendToCoordinator(
    name,
    deleteGroups,
    { groupsNames: [name] },
    { errorOf: (answer) => answer.results[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR },
  )
  throwIfError(results[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR, `Cannot delete group ${printable(name)}`)
  return { group: name }
}
