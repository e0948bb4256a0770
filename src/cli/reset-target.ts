/** Where `ottla group reset` moves committed offsets to. */
import { InvalidArgumentError } from 'commander'
import { type Cluster, findOffsets, OffsetPoint } from '#client'
import type { TopicPartition } from '#core'
import { momentOf } from './arguments.ts'

/** A timestamp or `OffsetPoint`, an offset, or so far from where it is. */
export type Target = { readonly timestamp: bigint } | { readonly offset: number } | { readonly by: number }

/** `earliest`, `latest`, `17`, `+5`, `-5`, or a moment (a date, `2h`). */
export function parseTarget(text: string, nowMs: number): Target {
  if (text === 'earliest') return { timestamp: OffsetPoint.EARLIEST }
  if (text === 'latest') return { timestamp: OffsetPoint.LATEST }
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text))) {
    return /^\d/.test(text) ? { offset: Number(text) } : { by: Number(text) }
  }
  const timestamp = /^\d+$/.test(text) ? undefined : momentOf(text, nowMs)
  if (timestamp !== undefined) return { timestamp }
  throw new InvalidArgumentError(
    'Give earliest, latest, an offset, +n or -n, a date such as 2026-11-21T12:00:00Z, or how long ago: 15m, 2h, 7d.',
  )
}

export interface NamedPartitions {
  readonly topic: string
  /** Undefined: all. */
  readonly partition: number | undefined
}

/** `topic` or `topic:partition`. */
export function parseTopicPartition(text: string): NamedPartitions {
  const match = /^([^:]+)(?::(\d+))?$/.exec(text)
  if (match === null) throw new InvalidArgumentError('Give topic or topic:partition.')
  return { topic: match[1]!, partition: match[2] === undefined ? undefined : Number(match[2]) }
}

/** The offset that a target means in a partition: one that its log has, or its end. */
export async function targetIn(
  cluster: Cluster,
  { topic, partition }: TopicPartition,
  { target, from }: { readonly target: Target; readonly from: number | null },
): Promise<number> {
  const at = async (point: bigint) =>
    (await findOffsets(cluster, { topic, partitions: [partition] }, point)).get(partition)!
  if ('timestamp' in target) return await at(target.timestamp)
  const [first, end] = [await at(OffsetPoint.EARLIEST), await at(OffsetPoint.LATEST)]
  const asked = 'offset' in target ? target.offset : (from ?? first) + target.by
  return Math.min(Math.max(asked, first), end)
}
