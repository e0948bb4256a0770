/**
 * A run of batches: what a Produce request, a Fetch answer and a segment hold.
 *
 * A Fetch answer may end in the middle of a batch, as the broker cuts at a byte count; the run ends before it.
 */
import { BATCH_HEADER_BYTES, BATCH_PREFIX_BYTES, computeCrc, crcOf, MAGIC, magicOf, sizeOf } from './batch-header.ts'

export interface BatchPlace {
  readonly at: number
  readonly sizeBytes: number
}

/**
 * Where each whole batch of `bytes` lies. Ends before the first that is cut off, or whose length cannot be: what is left
 * then begins at the end of the last one given. Nothing but the lengths is looked at.
 */
export function* batchesIn(bytes: Uint8Array, at = 0): Generator<BatchPlace, void, undefined> {
  let next = at
  while (next + BATCH_PREFIX_BYTES <= bytes.length) {
    const sizeBytes = sizeOf(bytes, next)
    if (sizeBytes < BATCH_HEADER_BYTES || next + sizeBytes > bytes.length) return
    yield { at: next, sizeBytes }
    next += sizeBytes
  }
}

/**
 * Why the bytes at `at` are not one whole, undamaged batch of format 2, or undefined where they are. For what comes from
 * our own disk or from a replica: the header is checked and the sum, not the records, which their leader has checked.
 */
export function checkBatch(bytes: Uint8Array, at = 0): string | undefined {
  const left = bytes.length - at
  if (left < BATCH_HEADER_BYTES) return `${left} bytes are left, a batch header has ${BATCH_HEADER_BYTES}`
  const sizeBytes = sizeOf(bytes, at)
  if (sizeBytes < BATCH_HEADER_BYTES) return `the batch says that it has ${sizeBytes} bytes, its header alone has more`
  if (sizeBytes > left) return `the batch says that it has ${sizeBytes} bytes, ${left} are left`
  const magic = magicOf(bytes, at)
  if (magic !== MAGIC) return `the batch has format ${magic}, not ${MAGIC}`
  const computed = computeCrc(bytes, at)
  if (computed !== crcOf(bytes, at)) return `the batch has CRC ${crcOf(bytes, at)}, its bytes have ${computed}`
  return undefined
}
