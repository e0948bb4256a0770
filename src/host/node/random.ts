import { randomFillSync, randomInt } from 'node:crypto'
import { type Random, randomUuid } from '../random.ts'

/** A trip to the system for each UUID takes ten times what is made of it: small ones come from a page that was filled at once. */
const PAGE_BYTES = 4096
const SMALL_BYTES_MAX = 64
const page = new Uint8Array(PAGE_BYTES)
let pageUsed = PAGE_BYTES

/** The operating system's randomness. */
export const nodeRandom: Random = {
  bytes: (length) => (length > SMALL_BYTES_MAX ? randomFillSync(new Uint8Array(length)) : takeFromPage(length)),
  below: (below) => randomInt(below),
  uuid: () => randomUuid(nodeRandom.bytes),
}

/** A copy: no byte is given twice, and none can be seen or changed in the page before it is given. */
function takeFromPage(length: number): Uint8Array {
  if (pageUsed + length > PAGE_BYTES) {
    randomFillSync(page)
    pageUsed = 0
  }
  const bytes = page.slice(pageUsed, pageUsed + length)
  page.fill(0, pageUsed, pageUsed + length)
  pageUsed += length
  return bytes
}
