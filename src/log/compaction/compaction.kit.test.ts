/** Compacted logs: batches with keys, passes, and what is left. */
import assert from 'node:assert/strict'
import { nodeCompute } from '#host/node'
import {
  type BatchOptions,
  baseOffsetOf,
  encodeBatch,
  hasDeleteHorizon,
  lastOffsetOf,
  readRecords,
  recordCountOf,
  sizeOf,
} from '#protocol/records'
import type { Log } from '../log.ts'
import { settle, World } from '../log-world.kit.test.ts'
import type { CleanedRange } from './clean-log.ts'
import { Throttle } from './cleaning-pace.ts'

export const DAY_MS = 24 * 60 * 60 * 1000

export interface Put {
  readonly key: string
  readonly value: string | null
}

export function keyed(puts: readonly Put[], options: BatchOptions & { timestamp?: number } = {}): Uint8Array {
  const { timestamp = 1000, ...rest } = options
  const bytes = (text: string) => new TextEncoder().encode(text)
  return encodeBatch(
    puts.map(({ key, value }) => ({ timestamp, key: bytes(key), value: value === null ? null : bytes(value) })),
    { compute: nodeCompute, ...rest },
  )
}

export const put = (key: string, value: string | null): Put => ({ key, value })

export async function openCompacted(config: NonNullable<Parameters<typeof World.open>[0]>['config'] = {}) {
  const world = await World.open({
    config: { compacted: true, deletes: false, minCleanableDirtyRatio: 0, timestampBeforeMaxMs: 2 ** 63, ...config },
  })
  return { world, log: await world.create() }
}

/** Everything so far is committed, in a segment that is not active. */
export async function roll(log: Log): Promise<void> {
  await log.flush()
  log.advanceHighWatermark(log.logEndOffset)
  log.roll()
  await settle()
}

export async function clean(world: World, log: Log, mapBytes = 1 << 20): Promise<CleanedRange | undefined> {
  const range = await log.cleanable(world.clock.nowMs())
  if (range?.isDue !== true) return undefined
  const limits = { mapBytes, loadFactor: 0.9, ioBytes: 4096 }
  return await log.clean(range, { limits, throttle: new Throttle(() => Number.POSITIVE_INFINITY) })
}

export interface Found {
  readonly base: number
  readonly last: number
  readonly count: number
  readonly hasHorizon: boolean
  readonly records: readonly string[]
}

/** All batches of a log, read as a consumer would. */
export async function batchesOf(log: Log): Promise<Found[]> {
  const found: Found[] = []
  for (let next = log.logStartOffset; next < log.logEndOffset; ) {
    const slice = await log.read(next, { maxBytes: 200, atLeastOne: true, endOffset: log.logEndOffset })
    assert.equal(slice.error, 0)
    if (slice.sizeBytes === 0) break
    for (const chunk of slice.chunks) {
      for (let at = 0; at < chunk.length; at += sizeOf(chunk, at)) {
        const text = (bytes: Uint8Array | null) => (bytes === null ? '-' : new TextDecoder().decode(bytes))
        found.push({
          base: baseOffsetOf(chunk, at),
          last: lastOffsetOf(chunk, at),
          count: recordCountOf(chunk, at),
          hasHorizon: hasDeleteHorizon(chunk, at),
          records: Array.from(
            readRecords(chunk.subarray(at), nodeCompute),
            ({ offset, key, value }) => `${offset} ${text(key)}=${text(value)}`,
          ),
        })
      }
    }
    next = slice.nextOffset
  }
  return found
}

export async function recordsOf(log: Log): Promise<readonly string[]> {
  return (await batchesOf(log)).flatMap(({ records }) => records)
}
