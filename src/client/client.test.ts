/** The client against a whole broker: what happens when things go wrong. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { utf8, ZERO_UUID } from '#core'
import { createPartitions, deleteRecords, deleteTopics, describeProducers, produce } from '#protocol/messages'
import { encodeBatch } from '#protocol/records'
import { withBroker } from './broker.kit.test.ts'
import type { Cluster } from './cluster.ts'
import { Consumer } from './consumer.ts'
import { GroupMember } from './group-member.ts'
import { fetchCommitted } from './group-offsets.ts'
import { findOffsets, OffsetPoint } from './offsets.ts'
import { type OutgoingRecord, Producer } from './producer.ts'

function recordsOf(values: readonly string[], partition?: number): OutgoingRecord[] {
  return values.map((value, i) => ({ timestamp: 1000 + i, key: null, value: utf8(value), partition, line: i + 1 }))
}

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => String(from + i))
}

/** Reads as many values as asked for, from an offset of partition 0 on. */
async function read(cluster: Cluster, topic: string, { from = 0, count }: { from?: number; count: number }) {
  const consumer = new Consumer(cluster, { maxWaitMs: 20 })
  consumer.add([{ topic, partition: 0, offset: from }])
  const values: string[] = []
  while (values.length < count) {
    for (const { records } of await consumer.poll()) {
      values.push(...records.map(({ value }) => Buffer.from(value ?? []).toString()))
    }
  }
  return values
}

async function deleteTopic(cluster: Cluster, name: string): Promise<void> {
  await cluster.ask(deleteTopics, { topics: [{ name, topicId: ZERO_UUID }], timeoutMs: 1000 })
}

describe('a producer', () => {
  test('stores each record once, in order, though the broker restarts', async () => {
    await withBroker(async ({ cluster, createTopic, stop, start }) => {
      await createTopic('t')
      const producer = new Producer(cluster, { batchBytesMax: 2000 })
      const all = numbers(0, 4000)
      let restarted: Promise<void> | undefined
      for (let at = 0; at < all.length; at += 100) {
        await producer.send('t', recordsOf(all.slice(at, at + 100)))
        // Answers are on their way and batches wait when it goes.
        if (at === 1000) restarted = stop().then(start)
        await cluster.pause(1)
      }
      await restarted
      await producer.flush()
      assert.deepEqual(await read(cluster, 't', { count: all.length }), all)
      assert.deepEqual(producer.stored, [{ topic: 't', partition: 0, firstOffset: 0, lastOffset: 3999, count: 4000 }])
    })
  })

  test('takes no more in than it may hold', async () => {
    await withBroker(async ({ cluster, createTopic }) => {
      await createTopic('t')
      const producer = new Producer(cluster, { pendingBytesMax: 1000 })
      await producer.send('t', recordsOf(['small']))
      assert.equal(producer.stored.length, 0)
      await producer.send('t', recordsOf(['x'.repeat(1000)]))
      assert.equal(producer.stored[0]?.count, 2)
    })
  })

  test('sends keys where the Java producer does, and records without key in runs', async () => {
    await withBroker(async ({ cluster, createTopic }) => {
      await createTopic('t', 3)
      const producer = new Producer(cluster)
      await producer.send('t', [{ timestamp: 0, key: utf8('abc'), value: null }])
      await producer.flush()
      // murmur2('abc') is 479470107, which leaves 0 when it is shared among 3.
      assert.deepEqual(
        producer.stored.map(({ partition, count }) => [partition, count]),
        [[0, 1]],
      )
      const keyless = new Producer(cluster)
      await keyless.send('t', recordsOf(numbers(0, 100)))
      await keyless.flush()
      assert.deepEqual(
        keyless.stored.map(({ count }) => count),
        [100],
      )
      await keyless.send('t', recordsOf(Array.from({ length: 6 }, () => 'x'.repeat(40_000))))
      await keyless.flush()
      assert.equal(keyless.stored.length, 3)
    })
  })

  test('makes smaller batches where the topic wants them, and names a record that is too large', async () => {
    await withBroker(async ({ cluster, createTopic }) => {
      await createTopic('t', 1, { 'max.message.bytes': '1000' })
      const producer = new Producer(cluster)
      const values = numbers(0, 500)
      await producer.send('t', recordsOf(values))
      await producer.flush()
      assert.deepEqual(await read(cluster, 't', { count: 500 }), values)

      let told: unknown
      const other = new Producer(cluster, { onFailure: (error) => (told = error) })
      await other.send('t', recordsOf(['fine', 'x'.repeat(2000), 'behind it']))
      await assert.rejects(other.flush(), { code: 'MESSAGE_TOO_LARGE', message: /^Cannot write line 2 to t-0: / })
      assert.match(String(told), /line 2/)
      await assert.rejects(other.send('t', recordsOf(['no more'])), { code: 'MESSAGE_TOO_LARGE' })
      assert.equal((await findOffsets(cluster, { topic: 't', partitions: [0] }, OffsetPoint.LATEST)).get(0), 501)
    })
  })

  test('names the record that the topic refuses', async () => {
    await withBroker(async ({ cluster, createTopic }) => {
      await createTopic('t', 1, { 'cleanup.policy': 'compact' })
      const producer = new Producer(cluster)
      const key = utf8('k')
      await producer.send('t', [
        { timestamp: 0, key, value: null, line: 1 },
        { timestamp: 0, key: null, value: key, line: 2 },
        { timestamp: 0, key, value: null, line: 3 },
      ])
      await assert.rejects(producer.flush(), { code: 'INVALID_RECORD', message: /^Cannot write line 2 to t-0: / })
    })
  })

  test('goes on under a new identity when the broker remembers something else of it', async () => {
    await withBroker(async ({ cluster, createTopic }) => {
      await createTopic('t')
      const producer = new Producer(cluster)
      await producer.send('t', recordsOf(['first']))
      await producer.flush()
      const { topicId } = await cluster.topic('t')
      const { topics } = await cluster.ask(describeProducers, { topics: [{ name: 't', partitionIndexes: [0] }] })
      const { producerId } = topics[0]!.partitions[0]!.activeProducers[0]!
      // Somebody takes the next ten sequences.
      const stolen = encodeBatch(recordsOf(numbers(0, 10)), { producerId, producerEpoch: 0, baseSequence: 1 })
      const { responses } = await cluster.ask(produce, {
        acks: -1,
        timeoutMs: 1000,
        topicData: [{ name: 't', topicId, partitionData: [{ index: 0, records: [stolen] }] }],
      })
      assert.equal(responses[0]?.partitionResponses[0]?.errorCode, 0)
      for (const value of ['second', 'third']) {
        await producer.send('t', recordsOf([value]))
        await producer.flush()
      }
      assert.deepEqual((await read(cluster, 't', { count: 13 })).slice(-2), ['second', 'third'])
    })
  })

  test('writes to a topic that was made anew', async () => {
    await withBroker(async ({ cluster, createTopic }) => {
      await createTopic('t')
      const producer = new Producer(cluster)
      await producer.send('t', recordsOf(['old']))
      await producer.flush()
      await deleteTopic(cluster, 't')
      await createTopic('t')
      await producer.send('t', recordsOf(['new']))
      await producer.flush()
      assert.deepEqual(await read(cluster, 't', { count: 1 }), ['new'])
    })
  })

  test('refuses a partition that the topic does not have', async () => {
    await withBroker(async ({ cluster, createTopic }) => {
      await createTopic('t', 2)
      await assert.rejects(new Producer(cluster).send('t', recordsOf(['x'], 2)), {
        name: 'RangeError',
        message: 'There is no partition 2 of t: it has partitions 0 to 1',
      })
    })
  })
})

describe('a consumer', () => {
  test('goes on after a restart where it was', async () => {
    await withBroker(async ({ cluster, createTopic, connect, stop, start }) => {
      await createTopic('t')
      const consumer = new Consumer(cluster, { maxWaitMs: 20 })
      consumer.add([{ topic: 't', partition: 0, offset: 0 }])
      const offsets: number[] = []
      const poll = async () => {
        for (const { records } of await consumer.poll()) offsets.push(...records.map(({ offset }) => offset))
      }
      const produceMore = async () => {
        const producer = new Producer(connect())
        await producer.send('t', recordsOf(numbers(0, 10)))
        await producer.flush()
      }
      await produceMore()
      while (offsets.length < 10) await poll()
      await stop()
      const polling = poll()
      await start()
      await polling
      await produceMore()
      while (offsets.length < 20) await poll()
      assert.deepEqual(offsets, numbers(0, 20).map(Number))
    })
  })

  test('goes on at the nearest offset that is there, and says so', async () => {
    await withBroker(async ({ cluster, createTopic, warnings }) => {
      await createTopic('t')
      const producer = new Producer(cluster)
      await producer.send('t', recordsOf(numbers(0, 10)))
      await producer.flush()
      await cluster.ask(deleteRecords, {
        topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset: 7 }] }],
        timeoutMs: 1000,
      })
      assert.deepEqual(await read(cluster, 't', { count: 3, from: 2 }), ['7', '8', '9'])
      assert.deepEqual(warnings, ['t-0 has no offset 2 any more; reading goes on at 7'])
    })
  })

  test('reads a topic that was made anew from its beginning', async () => {
    await withBroker(async ({ cluster, createTopic, connect, warnings }) => {
      await createTopic('t')
      const writer = connect()
      const write = async (values: readonly string[]) => {
        const producer = new Producer(writer)
        await producer.send('t', recordsOf(values))
        await producer.flush()
      }
      await write(['a', 'b', 'c'])
      const consumer = new Consumer(cluster, { maxWaitMs: 20 })
      consumer.add([{ topic: 't', partition: 0, offset: 0 }])
      const values: string[] = []
      const readTo = async (count: number) => {
        while (values.length < count) {
          for (const { records } of await consumer.poll()) {
            values.push(...records.map(({ value }) => Buffer.from(value ?? []).toString()))
          }
        }
      }
      await readTo(3)
      await deleteTopic(writer, 't')
      await createTopic('t')
      await write(['d', 'e', 'f', 'g'])
      await readTo(7)
      assert.deepEqual(values, ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
      assert.deepEqual(warnings, ['t-0 has been made anew; it is read from its beginning'])
    })
  })

  test('gives nothing of a partition that was removed, though it was asked for', async () => {
    await withBroker(async ({ cluster, createTopic }) => {
      await createTopic('t', 2)
      const producer = new Producer(cluster)
      await producer.send('t', [...recordsOf(numbers(0, 10), 0), ...recordsOf(numbers(0, 10), 1)])
      await producer.flush()
      const consumer = new Consumer(cluster, { maxWaitMs: 20, maxBytes: 1 })
      const partitions = [0, 1].map((partition) => ({ topic: 't', partition, offset: 0 }))
      consumer.add(partitions)
      const [first] = await consumer.poll()
      const other = partitions.filter(({ partition }) => partition !== first?.partition)
      consumer.remove(other)
      assert.deepEqual(await consumer.poll(), [])
      consumer.add(other)
      const again = await consumer.poll()
      assert.deepEqual(
        again.map(({ partition, records }) => [partition, records.length]),
        [[other[0]?.partition, 10]],
      )
    })
  })

  test('gives up on a topic that is gone, in time', async () => {
    await withBroker(async ({ cluster, connect, createTopic }) => {
      await createTopic('t')
      const consumer = new Consumer(connect({ retryTimeoutMs: 100 }), { maxWaitMs: 20 })
      consumer.add([{ topic: 't', partition: 0, offset: 0 }])
      await consumer.poll()
      await deleteTopic(cluster, 't')
      await assert.rejects(
        async () => {
          for (;;) await consumer.poll()
        },
        { code: 'UNKNOWN_TOPIC_OR_PARTITION' },
      )
    })
  })
})

describe('members of a group', () => {
  test('share out anew when one comes and when one goes', async () => {
    await withBroker(async ({ cluster, connect, createTopic }) => {
      await createTopic('t', 3)
      const options = { groupId: 'g', topics: ['t'], heartbeatIntervalMs: 10 }
      const one = new GroupMember(cluster, options)
      const two = new GroupMember(connect(), options)
      const stale = async (member: GroupMember) => {
        while (!member.isStale) await cluster.pause(5)
      }
      assert.equal((await one.join()).length, 3)
      const joining = two.join()
      await stale(one)
      const shares = await Promise.all([one.join(), joining])
      assert.deepEqual(shares.map((share) => share.length).sort(), [1, 2])
      assert.equal(await two.commit([{ topic: 't', partition: 2, offset: 5 }]), true)
      await two.leave()
      await stale(one)
      const all = await one.join()
      assert.deepEqual(
        all.map(({ partition, committedOffset }) => [partition, committedOffset]),
        [
          [0, undefined],
          [1, undefined],
          [2, 5],
        ],
      )
      await one.leave()
      assert.deepEqual(await fetchCommitted(cluster, 'g'), [{ topic: 't', partition: 2, offset: 5 }])
    })
  })

  test('share out anew when the topic grows', async () => {
    await withBroker(async ({ cluster, connect, createTopic }) => {
      await createTopic('t')
      const member = new GroupMember(connect({ metadataAgeMaxMs: 0 }), {
        groupId: 'g',
        topics: ['t'],
        heartbeatIntervalMs: 10,
      })
      assert.equal((await member.join()).length, 1)
      await cluster.ask(createPartitions, {
        topics: [{ name: 't', count: 4, assignments: null }],
        timeoutMs: 1000,
        validateOnly: false,
      })
      while (!member.isStale) await cluster.pause(5)
      assert.equal((await member.join()).length, 4)
      await member.leave()
    })
  })

  test('may leave while they join', async () => {
    await withBroker(async ({ cluster, connect, createTopic }) => {
      await createTopic('t')
      const options = { groupId: 'g', topics: ['t'], heartbeatIntervalMs: 60_000 }
      const one = new GroupMember(cluster, options)
      await one.join()
      const two = new GroupMember(connect(), options)
      // It waits for the first, which does not know yet.
      const joining = two.join().catch(() => {})
      await cluster.pause(50)
      await two.leave()
      assert.equal((await one.join()).length, 1)
      await one.leave()
      await joining
    })
  })
})

test('the first contact fails at once where nobody is, and with the reasons of all that were tried', async () => {
  await withBroker(async ({ connect }) => {
    const nobody = connect({ bootstrap: [1, 2].map((port) => ({ host: '127.0.0.1', port })) })
    await assert.rejects(nobody.topic('t'), { code: 'ECONNREFUSED', message: /127\.0\.0\.1:1.*127\.0\.0\.1:2/ })
    const one = connect({ bootstrap: [1, 9092].map((port) => ({ host: '127.0.0.1', port })) })
    assert.equal((await one.refresh([])).brokers.length, 1)
  })
})
