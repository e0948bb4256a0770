import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Lines } from './lines.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

function world(width: number) {
  const told: string[] = []
  const ends = new Map<string, () => void>()
  const lines = new Lines(width, (name, error) => told.push(`${name} failed: ${error}`))
  const add = (name: string, id: string) =>
    lines.add(name, async () => {
      told.push(`${id} begins`)
      await new Promise<void>((resolve) => ends.set(id, resolve))
      told.push(`${id} ends`)
    })
  const end = async (id: string) => {
    ends.get(id)!()
    await turn()
  }
  return { lines, told, add, end }
}

describe('lines', () => {
  test('one after another in each, side by side in all, so many at a time', async () => {
    const { told, add, end } = world(2)
    for (const id of ['a1', 'a2', 'b1', 'c1']) add(id[0]!, id)
    assert.deepEqual(told, [], 'not in the turn that queues it')
    await turn()
    assert.deepEqual(told, ['a1 begins', 'b1 begins'])
    await end('a1')
    assert.deepEqual(told.slice(2), ['a1 ends', 'c1 begins'])
    add('b', 'b2')
    await end('b1')
    assert.deepEqual(told.slice(4), ['b1 ends', 'a2 begins'])
    await end('a2')
    assert.deepEqual(told.slice(6), ['a2 ends', 'b2 begins'])
    await end('b2')
    await end('c1')
    add('a', 'a3')
    await turn()
    assert.equal(told.at(-1), 'a3 begins')
  })

  test('go on where work fails', async () => {
    const { lines, told, add, end } = world(1)
    lines.add('a', () => Promise.reject('no disk'))
    add('a', 'a2')
    await turn()
    assert.deepEqual(told, ['a failed: no disk', 'a2 begins'])
    await end('a2')
  })

  test('are settled when all has ended that was queued by then', async () => {
    const { lines, told, add, end } = world(2)
    await lines.settled()
    for (const id of ['a1', 'b1', 'b2']) add(id[0]!, id)
    await turn()
    const settled = lines.settled().then(() => told.push('settled'))
    add('a', 'a2')
    await end('a1')
    await end('b1')
    assert.equal(told.includes('settled'), false)
    await end('b2')
    await settled
    assert.equal(told.includes('a2 ends'), false)
    await end('a2')
  })
})
