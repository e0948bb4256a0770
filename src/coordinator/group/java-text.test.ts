import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupPartitionOf, javaHostText, javaUuidText } from './java-text.ts'

test('groups fall on the partitions that Kafka gives them, by Java hashes', () => {
  const partitions = { '': 0, a: 47, hello: 22, 'my-group': 12, 'console-consumer-1': 24, été: 42 }
  for (const [groupId, partition] of Object.entries(partitions)) {
    assert.equal(groupPartitionOf(groupId, 50), partition, groupId)
  }
  // Beyond the basic plane Java counts two characters.
  assert.equal(groupPartitionOf('\u{1f600}', 1_000_000), 772_899)
  // The hash -2^31, which has no positive counterpart.
  assert.equal(groupPartitionOf('polygenelubricants', 50), 0)
})

test('UUIDs are of version 4', () => {
  assert.equal(javaUuidText(new Uint8Array(16)), '00000000-0000-4000-8000-000000000000')
  assert.equal(javaUuidText(new Uint8Array(16).fill(0xff)), 'ffffffff-ffff-4fff-bfff-ffffffffffff')
})

test('addresses look as Java shows them', () => {
  assert.equal(javaHostText('127.0.0.1'), '/127.0.0.1')
  assert.equal(javaHostText('::1'), '/0:0:0:0:0:0:0:1')
  assert.equal(javaHostText('::ffff:10.1.2.3'), '/10.1.2.3')
  assert.equal(javaHostText('fe80::1:2%eth0'), '/fe80:0:0:0:0:0:1:2%eth0')
  assert.equal(javaHostText('2001:db8:0:0:1:0:0:1'), '/2001:db8:0:0:1:0:0:1')
  assert.equal(javaHostText('::'), '/0:0:0:0:0:0:0:0')
})
