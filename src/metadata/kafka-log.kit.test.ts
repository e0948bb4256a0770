/** What Kafka 4.4 wrote into its metadata log, and what its own tool says is in it: see testdata/kafka-4.4. */
import { readFileSync } from 'node:fs'
import { nodeCompute } from '#host/node'
import { batchesIn, isControl, lastOffsetOf, leaderEpochOf, maxTimestampOf, readRecords } from '#protocol/records'
import type { MetadataBatch } from './image/metadata-image.ts'
import { decodeMetadataRecord } from './metadata-record.ts'

export function kafkaFile(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../src/metadata/testdata/kafka-4.4/${name}`, import.meta.url)))
}

export const KAFKA_LOG = kafkaFile('00000000000000000000.log')
/** The snapshot that Kafka took of the log's first 60 records. */
export const KAFKA_SNAPSHOT = kafkaFile('00000000000000000060-0000000002.checkpoint')

/** By offset, what `kafka-dump-log --cluster-metadata-decoder` prints. */
export const KAFKA_DUMP: ReadonlyMap<number, { type: string; version: number; data: Record<string, unknown> }> =
  new Map(
    new TextDecoder()
      .decode(kafkaFile('dump.txt'))
      .trimEnd()
      .split('\n')
      .map((line) => {
        const space = line.indexOf(' ')
        return [Number(line.slice(0, space)), JSON.parse(line.slice(space + 1))]
      }),
  )

/** The values of the log's metadata records, by offset. */
export function kafkaValues(): Map<number, Uint8Array> {
  const values = new Map<number, Uint8Array>()
  for (const { at, sizeBytes } of batchesIn(KAFKA_LOG)) {
    const batch = KAFKA_LOG.subarray(at, at + sizeBytes)
    if (isControl(batch)) continue
    for (const { offset, value } of readRecords(batch, nodeCompute)) values.set(offset, value!)
  }
  return values
}

/** The log as an image takes it. */
export function kafkaBatches(): MetadataBatch[] {
  return [...batchesIn(KAFKA_LOG)].map(({ at, sizeBytes }) => {
    const batch = KAFKA_LOG.subarray(at, at + sizeBytes)
    const records = isControl(batch)
      ? []
      : [...readRecords(batch, nodeCompute)].map(({ value }) => decodeMetadataRecord(value!))
    return {
      lastOffset: lastOffsetOf(batch),
      epoch: leaderEpochOf(batch),
      timestampMs: Number(maxTimestampOf(batch)),
      records,
    }
  })
}
