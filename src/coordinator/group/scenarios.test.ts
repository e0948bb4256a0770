/** Runs the scenarios in `scenarios/*.txt`: commands, and all that the coordinator answered and wrote. */
import { seededRandom, VirtualClock } from '#host/memory'
import { nodeCompute } from '#host/node'
import { ErrorCode } from '#protocol'
import { testScenarios } from '../../scenarios.kit.test.ts'
import { GroupWorld, type JoinOptions, type TestClient } from './group-world.kit.test.ts'

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

testScenarios('coordinator/group/scenarios', async () => {
  const world = new GroupWorld({ clock: new VirtualClock(), random: seededRandom(1), compute: nodeCompute, settle })
  await world.start()
  let state = ''
  return async (commands) => {
    for (const command of commands) {
      await play(world, command)
      await world.settle()
    }
    const now = world.describe()
    if (now !== state) world.note(`= ${now}`)
    state = now
    return world.take()
  }
})

async function play(world: GroupWorld, line: string): Promise<void> {
  const [command, ...words] = line.split(' ')
  const options = new Map(words.filter((word) => word.includes('=')).map((word) => word.split('=') as [string, string]))
  const [first = ''] = words
  const client = () => world.client(first)
  switch (command) {
    case 'join':
      join(world, client(), options)
      break
    case 'enter':
      // With the round trip for a member id that clients make since KIP-394.
      join(world, client(), options)
      await world.settle()
      join(world, client(), options)
      break
    case 'sync':
      world.sync(client(), new Map([...options].map(([name, partitions]) => [name, partitions.replaceAll(',', ' ')])))
      break
    case 'restart': {
      // A new process, which knows nothing but its instance id. The old one goes on under another name.
      const old = client()
      old.name = `old-${first}`
      world.clients.set(old.name, old)
      world.clients.delete(first)
      world.client(first).instanceId = old.instanceId
      break
    }
    case 'heartbeat':
      for (const name of words) world.heartbeat(world.client(name))
      break
    case 'live':
      // Time passes, with heartbeats that nobody looks at.
      for (let leftMs = durationOf(first); leftMs > 0; leftMs -= 3000) {
        for (const name of words.slice(1)) world.heartbeat(world.client(name), { quiet: true })
        await world.advance(Math.min(leftMs, 3000))
      }
      break
    case 'leave':
      world.leave(
        words.map((name) => ({
          memberId: world.client(name).memberId,
          groupInstanceId: world.client(name).instanceId,
        })),
      )
      break
    case 'remove':
      world.leave(words.map((groupInstanceId) => ({ memberId: '', groupInstanceId })))
      break
    case 'commit':
      world.commit(first === 'nobody' ? undefined : client(), offsetsOf(options))
      break
    case 'fetch':
      world.fetch(first === 'stable')
      break
    case 'delete':
      world.delete()
      break
    case 'list':
      world.note(world.list())
      break
    case 'advance':
      await world.advance(durationOf(first))
      break
    case 'fail-over':
      await world.failOver()
      break
    case 'hold':
      world.log.commitsAtOnce = false
      break
    case 'release':
      world.log.commitsAtOnce = true
      world.log.commit()
      break
    case 'refuse':
      world.log.refusal = first === 'nothing' ? undefined : ErrorCode[first as keyof typeof ErrorCode]
      break
    case 'size':
      world.config.groupSizeMax = Number(first)
      break
    default:
      throw new Error(`No such command: ${line}`)
  }
}

function join(world: GroupWorld, client: TestClient, options: ReadonlyMap<string, string>): void {
  const instance = options.get('instance')
  if (instance !== undefined) client.instanceId = instance
  const speaks = options.get('speaks')
  const join: JoinOptions = {
    version: Number(options.get('v') ?? 9),
    sessionMs: durationOf(options.get('session') ?? '10s'),
    rebalanceMs: durationOf(options.get('rebalance') ?? '60s'),
    ...(options.has('type') && { type: options.get('type')! }),
    ...(speaks !== undefined && {
      protocols: speaks.split('/').map((protocol) => {
        const [name = '', topics = ''] = protocol.split(':')
        return [name, topics.split(',')] as const
      }),
    }),
  }
  world.join(client, join)
}

function offsetsOf(options: ReadonlyMap<string, string>): [string, number, number][] {
  return [...options].map(([name, offset]) => {
    const [topic = '', partition] = name.split('-')
    return [topic, Number(partition), Number(offset)]
  })
}

function durationOf(text: string): number {
  const [, count, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text)!
  return (
    Number(count) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit as 'ms' | 's' | 'm' | 'h' | 'd']
  )
}
