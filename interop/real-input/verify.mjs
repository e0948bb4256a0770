/**
 * Joins what was generated, what was acknowledged and what was read, lane by lane. A lane is one topic written by one
 * client; of each lane this must hold:
 *
 *   - every record was acknowledged, once, with the hash that the generator gives it
 *   - every acknowledged record is read by each reader at its partition and offset with its hash and its timestamp
 *   - each partition is read as the offsets 0, 1, 2 ... with no gap and nothing twice
 *   - a record at an offset that was not acknowledged is a copy of one that was (an answer was lost, the client sent
 *     again), and an idempotent client leaves no such copies and keeps its records in order
 *   - where the writer's log only tells which offsets a block of records has (kcat without idempotence), those offsets hold
 *     just the records of that block, each once
 *   - both readers see the same timestamps, also where the writer could not tell its own
 */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { blockRecords, kcatRecordOf } from './kcat.mjs'
import { hashOf, recordOf } from './records.mjs'

/**
 * @param {number} seed
 * @param {object} lane
 * @param {string} folder
 * @returns {Promise<{ results: { name: string, failure?: string }[], copies: number }>}
 */
export async function verifyLane(seed, lane, folder) {
  const generated = new Map() // hash -> how often
  const hashes = []
  for (let index = lane.first; index < lane.first + lane.count; index++) {
    const record = lane.client === 'kcat' ? kcatRecordOf(seed, index, lane) : recordOf(seed, index, lane)
    const hash = hashOf(record)
    hashes.push({ hash, partition: record.partition, timestampMs: record.timestampMs })
    generated.set(hash, (generated.get(hash) ?? 0) + 1)
  }

  const results = []
  const check = async (name, body) => {
    const failures = []
    await body((failure) => failures.push(failure))
    const failure = failures.length > 0 ? `${failures.length} wrong, first: ${failures[0]}` : undefined
    results.push({ name: `${lane.topic} ${name}`, ...(failure && { failure }) })
  }

  // The time a record was given, not the one it was acknowledged with: where an answer is lost and the client sends again,
  // Kafka acknowledges the whole batch with the batch's newest timestamp. kcat takes the time of its own clock.
  const unordered = lane.client === 'kcat' && !lane.idempotent
  const timestampOf = (expected) => (lane.client === 'kcat' ? '-' : String(expected?.timestampMs))
  const blockOf = (index) => Math.floor((index - lane.first) / blockRecords)
  // partition -> block -> hash -> how many records of the block have it
  const recordsOfBlocks = () => {
    const blocks = Array.from({ length: lane.partitions }, () => new Map())
    for (const [i, { hash, partition }] of hashes.entries()) {
      const block = blockOf(lane.first + i)
      if (!blocks[partition].has(block)) blocks[partition].set(block, new Map())
      const records = blocks[partition].get(block)
      records.set(hash, (records.get(hash) ?? 0) + 1)
    }
    return blocks
  }

  // partition -> offset -> { index, hash, timestamp }
  const acknowledged = Array.from({ length: lane.partitions }, () => [])
  await check('acknowledged', async (wrong) => {
    const seen = new Set()
    for await (const [indexText, partitionText, offset, timestamp, hash] of rows(`${folder}/${lane.topic}.acked`)) {
      const index = Number(indexText)
      const expected = hashes[index - lane.first]
      if (seen.has(index)) wrong(`record ${index} was acknowledged twice`)
      seen.add(index)
      if (expected === undefined || expected.hash !== hash || expected.partition !== Number(partitionText))
        wrong(`record ${index} was sent as ${hash} to partition ${partitionText}, not as generated`)
      const place = acknowledged[Number(partitionText)]
      if (place[Number(offset)] !== undefined) wrong(`two records were acknowledged at ${partitionText}:${offset}`)
      place[Number(offset)] = { index, hash, timestamp: lane.logAppendTime ? timestamp : timestampOf(expected) }
    }
    if (seen.size !== lane.count) wrong(`${lane.count - seen.size} of ${lane.count} records were not acknowledged`)
  })

  let copies = 0
  const timestamps = [] // of each reader: partition -> offset -> timestamp
  for (const reader of lane.readers) {
    const times = Array.from({ length: lane.partitions }, () => [])
    timestamps.push(times)
    copies = 0
    await check(`read by ${reader}`, async (wrong) => {
      const next = new Array(lane.partitions).fill(0)
      const lastIndex = new Array(lane.partitions).fill(-1)
      const blocks = unordered ? recordsOfBlocks() : []
      for await (const [partitionText, offsetText, timestamp, hash] of rows(`${folder}/${lane.topic}.read-${reader}`)) {
        const partition = Number(partitionText)
        const offset = Number(offsetText)
        const where = `${partitionText}:${offsetText}`
        if (offset !== next[partition]) wrong(`${where} follows ${partition}:${next[partition] - 1}`)
        next[partition] = offset + 1
        times[partition][offset] = timestamp
        const record = acknowledged[partition][offset]
        if (record === undefined) {
          copies++
          if (!generated.has(hash)) wrong(`${where} holds ${hash}, which nobody sent`)
          else if (lane.idempotent) wrong(`${where} was not acknowledged: a copy from an idempotent client`)
          continue
        }
        if (unordered) {
          const left = blocks[partition].get(blockOf(record.index))
          if (!left.get(hash)) wrong(`${where} holds ${hash}, which is not of its block or is there twice`)
          left.set(hash, left.get(hash) - 1)
        } else if (record.hash !== hash) wrong(`${where} holds ${hash}; acknowledged was ${record.hash}`)
        if (record.timestamp !== '-' && record.timestamp !== timestamp)
          wrong(`${where} has timestamp ${timestamp} instead of ${record.timestamp}`)
        if (lane.idempotent && record.index < lastIndex[partition]) wrong(`${where} is out of the client's order`)
        lastIndex[partition] = record.index
      }
      for (const [partition, records] of acknowledged.entries())
        for (let offset = next[partition]; offset < records.length; offset++)
          if (records[offset] !== undefined) wrong(`${partition}:${offset} was acknowledged and is missing`)
    })
  }
  await check(`timestamps of ${lane.readers.join(' and ')}`, (wrong) => {
    const [one, ...others] = timestamps
    for (const other of others)
      for (let partition = 0; partition < lane.partitions; partition++)
        for (let offset = 0; offset < Math.max(one[partition].length, other[partition].length); offset++)
          if (one[partition][offset] !== other[partition][offset])
            wrong(
              `${partition}:${offset} is ${one[partition][offset]} for one and ${other[partition][offset]} for the other`,
            )
  })
  return { results, copies }
}

async function* rows(file) {
  for await (const line of createInterface({ input: createReadStream(file) })) yield line.split(' ')
}
