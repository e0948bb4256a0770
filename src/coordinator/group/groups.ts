/**
 * The groups of a shard by their names, in the latest and the committed view.
 *
 * The views differ in which groups there are. A classic group itself is one object in both, as in Kafka: its members and
 * state are what its rebalance has come to, most of which is never written.
 */
import { MalformedError } from '#core'
import type { Clock } from '#host'
import { type Timeline, TimelineMap } from '../runtime/timeline.ts'
import { ClassicGroup } from './classic-group.ts'
import { ClassicMember } from './classic-member.ts'
import type { GroupMetadata, GroupMetadataRecord } from './group-record.ts'
import type { Rebalance } from './rebalance.ts'

export class Groups {
  readonly #byId: TimelineMap<string, ClassicGroup>
  readonly #clock: Clock
  readonly #rebalance: Rebalance

  constructor(timeline: Timeline, clock: Clock, options: { readonly rebalance: Rebalance }) {
    this.#byId = new TimelineMap(timeline)
    this.#clock = clock
    this.#rebalance = options.rebalance
  }

  get(groupId: string): ClassicGroup | undefined {
    return this.#byId.get(groupId)
  }

  getCommitted(groupId: string): ClassicGroup | undefined {
    return this.#byId.getCommitted(groupId)
  }

  values(): Iterable<ClassicGroup> {
    return this.#byId.values()
  }

  committedValues(): Iterable<ClassicGroup> {
    return this.#byId.committedValues()
  }

  getOrCreate(groupId: string): ClassicGroup {
    return this.#byId.get(groupId) ?? this.create(groupId)
  }

  /** A new group without members. It is committed with the next record of the shard. */
  create(groupId: string): ClassicGroup {
    const group = new ClassicGroup(
      groupId,
      {
        state: 'Empty',
        generationId: 0,
        protocolType: null,
        protocolName: null,
        leaderId: null,
        stateTimestampMs: this.#clock.nowMs(),
      },
      (group) => this.#rebalance.timersOf(group),
    )
    this.#byId.set(groupId, group)
    return group
  }

  /** Replays a group as it was stored, or removes it. Throws `MalformedError` where no coordinator can have stored it. */
  apply({ groupId, value }: GroupMetadataRecord): void {
    if (value === null) this.#byId.delete(groupId)
    else this.#byId.set(groupId, this.#restore(groupId, value))
  }

  #restore(groupId: string, value: GroupMetadata): ClassicGroup {
    const { members } = value
    const instances = members.flatMap(({ groupInstanceId }) => groupInstanceId ?? [])
    if (hasTwins(members.map(({ memberId }) => memberId)) || hasTwins(instances)) {
      throw new MalformedError(`group ${JSON.stringify(groupId)} has a member twice`)
    }
    const group = new ClassicGroup(
      groupId,
      {
        state: members.length === 0 ? 'Empty' : 'Stable',
        generationId: value.generation,
        protocolType: value.protocolType === '' ? null : value.protocolType,
        protocolName: value.protocol,
        leaderId: members.some(({ memberId }) => memberId === value.leader) ? value.leader : null,
        stateTimestampMs: value.currentStateTimestamp,
      },
      (group) => this.#rebalance.timersOf(group),
    )
    for (const stored of members) {
      const { memberId, groupInstanceId, clientId, clientHost, sessionTimeout, rebalanceTimeout } = stored
      const member = new ClassicMember(
        { memberId, groupInstanceId, clientId, clientHost },
        {
          sessionTimeoutMs: sessionTimeout,
          rebalanceTimeoutMs: rebalanceTimeout === -1 ? sessionTimeout : rebalanceTimeout,
          // What the member spoke beside the chosen protocol is not stored; it says so again when it joins again.
          protocols: [{ name: value.protocol ?? '', metadata: stored.subscription.slice() }],
        },
        { session: this.#rebalance.sessionTimer(group, memberId), assignment: stored.assignment.slice() },
      )
      group.add(member, value.protocolType)
    }
    group.refreshSubscribedTopics()
    return group
  }
}

function hasTwins(names: readonly string[]): boolean {
  return new Set(names).size < names.length
}
