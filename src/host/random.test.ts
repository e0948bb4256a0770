import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isUuid } from '#core'
import { seededRandom } from './memory/index.ts'
import { nodeRandom } from './node/index.ts'

for (const [name, random] of [
  ['node', nodeRandom],
  ['seeded', seededRandom(7)],
] as const) {
  describe(`randomness (${name})`, () => {
    it('gives as many bytes as asked for, others each time', () => {
      assert.equal(random.bytes(0).length, 0)
      assert.equal(random.bytes(7).length, 7)
      assert.notDeepEqual(random.bytes(16), random.bytes(16))
    })

    it('draws every number below the bound, and none else', () => {
      const seen = new Set<number>()
      for (let i = 0; i < 1000; i++) seen.add(random.below(6))
      assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4, 5])
      assert.equal(random.below(1), 0)
      for (let i = 0; i < 100; i++) assert.ok(random.below(2 ** 32) < 2 ** 32)
    })

    it('makes version 4 UUIDs that never begin with a dash', () => {
      const seen = new Set<string>()
      for (let i = 0; i < 1000; i++) {
        const uuid = random.uuid()
        assert.ok(isUuid(uuid) && !uuid.startsWith('-'), uuid)
        const bytes = Buffer.from(uuid, 'base64url')
        assert.equal(bytes[6]! >> 4, 4)
        assert.equal(bytes[8]! >> 6, 2)
        seen.add(uuid)
      }
      assert.equal(seen.size, 1000)
    })
  })
}

describe('seeded randomness', () => {
  it('repeats itself for the same seed and for no other', () => {
    const drawn = (seed: number) => {
      const random = seededRandom(seed)
      return [random.below(2 ** 32), random.uuid(), [...random.bytes(9)]]
    }
    assert.deepEqual(drawn(1), drawn(1))
    assert.notDeepEqual(drawn(1), drawn(2))
    assert.notDeepEqual(drawn(1), drawn(1 + 2 ** 32))
  })
})
