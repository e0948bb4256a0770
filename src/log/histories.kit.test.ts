/** What random histories share: their seeds, their choices, and what their crashes leave. */
import { test } from 'node:test'
import type { Random } from '#host'
import type { UnsyncedChange } from '#host/memory'

/** A test of many histories. A failure prints its seed; `SEED=n` runs that one alone, `SEEDS=n` so many. */
export function testHistories(count: number, run: (seed: number) => Promise<void>): void {
  const { SEED, SEEDS = count } = process.env
  const seeds = SEED === undefined ? Array.from({ length: Number(SEEDS) }, (_, i) => i) : [Number(SEED)]
  test(`agree through ${seeds.length} random histories`, async () => {
    for (const seed of seeds) {
      try {
        await run(seed)
      } catch (error) {
        throw new Error(`SEED=${seed}: ${error instanceof Error ? error.stack : error}`, { cause: error })
      }
    }
  })
}

export function pick<T>(random: Random, ...choices: readonly T[]): T {
  return choices[random.below(choices.length)]!
}

/** What a crash leaves of what was not synced: nothing, everything, or any part of it, with writes that are torn. */
export function survival(random: Random): (unsynced: UnsyncedChange) => boolean | number {
  const mode = pick(random, 'nothing', 'everything', 'any', 'any', 'torn')
  if (mode === 'nothing') return () => false
  if (mode === 'everything') return () => true
  return ({ change }) => {
    if (pick(random, true, false)) return true
    return mode === 'torn' && change.kind === 'write' ? random.below(change.bytes.length + 1) : false
  }
}
