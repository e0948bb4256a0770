/**
 * Consumers under a random schedule of time, crashes, restarts, fail-overs and failing writes; then peace. Whatever
 * happens, no partition has two owners in a generation, what was acknowledged is not lost or moved back, and in the end
 * every partition is owned by a consumer that lives.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readUtf8, utf8, ZERO_UUID } from '#core'
import type { Random } from '#host'
import { seededRandom, VirtualClock } from '#host/memory'
import { nodeCompute } from '#host/node'
import { ErrorCode } from '#protocol'
import { GROUP, GroupWorld, subscription } from './group-world.kit.test.ts'

const PARTITIONS = [0, 1, 2, 3, 4, 5]
const SEEDS = 40
const STEPS = 150
const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

/** What must hold, as seen from outside. */
class Witness {
  readonly #owners = new Map<string, string>()
  readonly acknowledged = new Map<number, number>()

  assigned(generationId: number, partition: number, owner: string): void {
    const key = `${generationId}:${partition}`
    const before = this.#owners.get(key)
    assert.ok(
      before === undefined || before === owner,
      `INV-54: partition ${partition} in generation ${generationId} belongs to ${before} and ${owner}`,
    )
    this.#owners.set(key, owner)
  }

  acknowledge(partition: number, offset: number): void {
    const before = this.acknowledged.get(partition) ?? -1
    assert.ok(offset > before, `INV-56: partition ${partition} was at ${before} and is committed at ${offset}`)
    this.acknowledged.set(partition, offset)
  }
}

/** A consumer of the eager protocol: it gives up everything before it joins again. */
class Consumer {
  readonly name: string
  readonly #instanceId: string | null
  readonly #world: GroupWorld
  readonly #witness: Witness
  memberId = ''
  generationId = -1
  positions = new Map<number, number>()
  state: 'out' | 'busy' | 'in' | 'dead' = 'out'

  constructor(name: string, world: GroupWorld, options: { witness: Witness; instanceId: string | null }) {
    this.name = name
    this.#world = world
    this.#witness = options.witness
    this.#instanceId = options.instanceId
  }

  get instanceId(): string | null {
    return this.#instanceId
  }

  async act(): Promise<void> {
    if (this.state === 'out') await this.#join()
    else if (this.state === 'in') await this.#heartbeat()
  }

  async #join(): Promise<void> {
    this.state = 'busy'
    this.positions.clear()
    const response = await this.#world.coordinator.joinGroup(
      { apiVersion: 9, clientId: this.name, remoteHost: '127.0.0.1' },
      {
        groupId: GROUP,
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 20_000,
        memberId: this.memberId,
        groupInstanceId: this.#instanceId,
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: subscription(['t']) }],
        reason: null,
      },
    )
    if (this.state !== 'busy') return
    if (response.errorCode === ErrorCode.MEMBER_ID_REQUIRED) this.memberId = response.memberId
    if (response.errorCode !== ErrorCode.NONE) return this.#back(response.errorCode)
    this.memberId = response.memberId
    this.generationId = response.generationId ?? -1
    const { members } = response
    const assignments = response.skipAssignment
      ? []
      : members.map(({ memberId }, i) => ({
          memberId,
          assignment: utf8(PARTITIONS.filter((partition) => partition % members.length === i).join(' ')),
        }))
    await this.#sync(assignments)
  }

  async #sync(assignments: { memberId: string; assignment: Uint8Array }[]): Promise<void> {
    const { generationId, memberId } = this
    const { errorCode, assignment } = await this.#world.coordinator.syncGroup({
      groupId: GROUP,
      generationId,
      memberId,
      groupInstanceId: this.#instanceId,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments,
    })
    if (this.state !== 'busy') return
    if (errorCode !== ErrorCode.NONE) return this.#back(errorCode)
    const owned = (readUtf8(assignment, 0, assignment.length) ?? '').split(' ').filter((text) => text !== '')
    for (const partition of owned) this.#witness.assigned(generationId, Number(partition), this.#instanceId ?? memberId)
    const topics = [{ name: 't', topicId: ZERO_UUID, partitionIndexes: owned.map(Number) }]
    const group = { groupId: GROUP, memberId: null, memberEpoch: -1, topics }
    const fetched = await this.#world.coordinator.fetchOffsets(group, { requireStable: true })
    if (this.state !== 'busy') return
    if (fetched.errorCode !== ErrorCode.NONE) return this.#back(ErrorCode.NONE)
    this.state = 'in'
    for (const { partitionIndex, committedOffset } of fetched.topics[0]?.partitions ?? []) {
      this.positions.set(partitionIndex, committedOffset)
    }
  }

  async #heartbeat(): Promise<void> {
    const { generationId, memberId } = this
    const ask = { groupId: GROUP, generationId, memberId, groupInstanceId: this.#instanceId }
    const error = await this.#world.coordinator.heartbeat(ask)
    if (this.state === 'in' && error !== ErrorCode.NONE) this.#back(error)
  }

  /** Reads on in a partition it owns, and commits. */
  async work(random: Random): Promise<void> {
    const owned = [...this.positions]
    if (this.state !== 'in' || owned.length === 0) return
    const [partition, position] = owned[random.below(owned.length)]!
    const committedOffset = position + 1 + random.below(3)
    this.positions.set(partition, committedOffset)
    const { generationId: generationIdOrMemberEpoch, memberId } = this
    const { topics } = await this.#world.coordinator.commitOffsets(
      { apiVersion: 9, clientId: this.name, remoteHost: '127.0.0.1' },
      {
        groupId: GROUP,
        generationIdOrMemberEpoch,
        memberId,
        groupInstanceId: this.#instanceId,
        retentionTimeMs: -1,
        topics: [
          {
            name: 't',
            topicId: ZERO_UUID,
            partitions: [
              { partitionIndex: partition, committedOffset, committedLeaderEpoch: -1, committedMetadata: '' },
            ],
          },
        ],
      },
    )
    if (topics[0]?.partitions[0]?.errorCode === ErrorCode.NONE) this.#witness.acknowledge(partition, committedOffset)
  }

  leave(): void {
    const member = { memberId: this.memberId, groupInstanceId: this.#instanceId, reason: null }
    void this.#world.coordinator.leaveGroup({ groupId: GROUP, memberId: '', members: [member] })
    this.state = 'dead'
  }

  #back(error: number): void {
    this.state = 'out'
    this.positions.clear()
    const forgets: number[] = [ErrorCode.UNKNOWN_MEMBER_ID, ErrorCode.FENCED_INSTANCE_ID]
    if (forgets.includes(error)) this.memberId = ''
  }
}

async function live(seed: number): Promise<void> {
  const random = seededRandom(seed)
  const world = new GroupWorld({
    clock: new VirtualClock(),
    random: seededRandom(seed + 1),
    compute: nodeCompute,
    settle: async () => {},
  })
  await world.start()
  const witness = new Witness()
  let consumers: Consumer[] = []
  let count = 0
  const enter = (instanceId: string | null) => {
    consumers.push(new Consumer(`c${count++}`, world, { witness, instanceId }))
  }
  for (let i = 0; i < 3; i++) enter(i === 0 ? 'static' : null)

  const failures: unknown[] = []
  const watch = (acting: Promise<void>) => void acting.catch((failure) => failures.push(failure))

  const pick = () => consumers[random.below(Math.max(1, consumers.length))]
  const faults: (() => void | Promise<void>)[] = [
    () => {
      if (consumers.length < 6) enter(null)
    },
    () => pick()?.leave(),
    () => {
      // A crash; a static consumer comes back as a new process, at once or after its session.
      const victim = pick()
      if (victim === undefined) return
      victim.state = 'dead'
      if (victim.instanceId !== null) enter(victim.instanceId)
    },
    () => world.failOver(),
    () => {
      world.log.commitsAtOnce = false
    },
    () => {
      world.log.refusal = ErrorCode.NOT_ENOUGH_REPLICAS
    },
    () => world.advance(12_000),
  ]
  const heal = () => {
    world.log.commitsAtOnce = true
    world.log.commit()
    world.log.refusal = undefined
  }

  for (let step = 0; step < STEPS; step++) {
    for (const consumer of consumers) {
      if (random.below(4) > 0) watch(consumer.act())
      if (random.below(2) > 0) watch(consumer.work(random))
    }
    await settle()
    if (failures.length > 0) throw failures[0]
    await world.advance(random.below(2000))
    if (random.below(6) === 0) await faults[random.below(faults.length)]!()
    if (random.below(5) === 0) heal()
    consumers = consumers.filter(({ state }) => state !== 'dead')
  }

  heal()
  if (consumers.length === 0) enter(null)
  for (let second = 0; second < 120; second++) {
    for (const consumer of consumers) watch(consumer.act())
    await settle()
    await world.advance(1000)
  }
  const owners = new Map<number, string>()
  for (const consumer of consumers) {
    assert.equal(consumer.state, 'in', `INV-57: ${consumer.name} is not in the group after two quiet minutes`)
    for (const partition of consumer.positions.keys()) {
      assert.ok(!owners.has(partition), `INV-54: partition ${partition} has two owners`)
      owners.set(partition, consumer.name)
    }
  }
  assert.equal(owners.size, PARTITIONS.length, 'INV-57: every partition has an owner')
  const fetched = await world.coordinator.fetchOffsets(
    { groupId: GROUP, memberId: null, memberEpoch: -1, topics: null },
    { requireStable: true },
  )
  const stored = new Map(fetched.topics[0]?.partitions.map((each) => [each.partitionIndex, each.committedOffset]))
  for (const [partition, offset] of witness.acknowledged) {
    assert.ok((stored.get(partition) ?? -1) >= offset, `INV-56: partition ${partition} lost offset ${offset}`)
  }
  world.coordinator.close()
}

test('ownership, offsets and convergence hold under any schedule', async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    await live(seed).catch((error) => {
      throw new Error(`seed ${seed}: ${error.message}`, { cause: error })
    })
  }
})
