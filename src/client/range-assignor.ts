/**
 * How the members of a group share out partitions: by ranges of each topic, exactly as Kafka's RangeAssignor does, so that
 * it does not matter whose client leads the group.
 */

export interface Subscriber {
  readonly memberId: string
  /** Of a static member (KIP-345). */
  readonly groupInstanceId: string | null
  readonly topics: readonly string[]
}

export interface TopicShare {
  readonly topic: string
  readonly partitions: readonly number[]
}

/**
 * Gives each member its share. Of each topic the members that want it get consecutive partitions, in the order of the
 * members; where it does not come out even, the first get one more. A topic without a count does not exist.
 */
export function assignByRange(
  partitionCounts: ReadonlyMap<string, number>,
  members: readonly Subscriber[],
): Map<string, TopicShare[]> {
  const shares = new Map<string, TopicShare[]>(members.map(({ memberId }) => [memberId, []]))
  const inOrder = [...members].sort(byInstanceThenId)
  for (const [topic, count] of partitionCounts) {
    const subscribers = inOrder.filter(({ topics }) => topics.includes(topic))
    const each = Math.floor(count / subscribers.length)
    const withOneMore = count % subscribers.length
    let next = 0
    for (const [place, { memberId }] of subscribers.entries()) {
      const length = each + (place < withOneMore ? 1 : 0)
      const first = next
      if (length > 0) {
        shares.get(memberId)?.push({ topic, partitions: Array.from({ length }, (_, i) => first + i) })
      }
      next += length
    }
  }
  return shares
}

/** Static members come first, by the id that they keep when they restart: so they get the same partitions again. */
function byInstanceThenId(a: Subscriber, b: Subscriber): number {
  if (a.groupInstanceId !== null && b.groupInstanceId !== null) return compare(a.groupInstanceId, b.groupInstanceId)
  if (a.groupInstanceId !== null) return -1
  if (b.groupInstanceId !== null) return 1
  return compare(a.memberId, b.memberId)
}

/** As Java compares strings: by UTF-16 units. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
