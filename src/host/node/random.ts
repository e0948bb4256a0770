import { randomFillSync, randomInt } from 'node:crypto'
import { type Random, randomUuid } from '../random.ts'

/** The operating system's randomness. */
export const nodeRandom: Random = {
  bytes: (length) => randomFillSync(new Uint8Array(length)),
  below: (below) => randomInt(below),
  uuid: () => randomUuid(nodeRandom.bytes),
}
