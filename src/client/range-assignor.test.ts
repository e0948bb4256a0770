import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assignByRange, type Subscriber } from './range-assignor.ts'

const member = (memberId: string, ...topics: string[]): Subscriber => ({ memberId, groupInstanceId: null, topics })

function assigned(counts: Readonly<Record<string, number>>, ...members: Subscriber[]): Record<string, string> {
  const shares = assignByRange(new Map(Object.entries(counts)), members)
  return Object.fromEntries(
    [...shares].map(([id, share]) => [id, share.map(({ topic, partitions }) => `${topic}:${partitions}`).join(' ')]),
  )
}

test('each topic is cut into ranges, the first members get one more', () => {
  assert.deepEqual(assigned({ t: 7, u: 2 }, member('b', 't', 'u'), member('a', 't', 'u'), member('c', 't', 'u')), {
    a: 't:0,1,2 u:0',
    b: 't:3,4 u:1',
    c: 't:5,6',
  })
})

test('a topic is shared among those who want it', () => {
  assert.deepEqual(assigned({ t: 2, u: 2 }, member('a', 't'), member('b', 't', 'u')), { a: 't:0', b: 't:1 u:0,1' })
})

test('a member gets nothing where there is nothing, and a topic that nobody wants goes to nobody', () => {
  assert.deepEqual(assigned({ u: 3 }, member('a', 'missing')), { a: '' })
})

test('static members come first, in the order of the ids that they keep', () => {
  const fixed = (memberId: string, groupInstanceId: string) => ({ memberId, groupInstanceId, topics: ['t'] })
  assert.deepEqual(assigned({ t: 3 }, member('a', 't'), fixed('c', '1'), fixed('b', '2')), {
    c: 't:0',
    b: 't:1',
    a: 't:2',
  })
})
