import { BATCH_HEADER_BYTES, sizeOf } from '#protocol/records'
import type { OpenFiles } from './open-files.ts'

/** Large reads: a scan is bound by the disk, and by the checksums, not by system calls. */
const CHUNK_BYTES = 4 * 1024 * 1024

export interface ScanRange {
  /** Where a batch begins. */
  readonly from: number
  /** Where the file ends, or as far as it is to be looked at. */
  readonly to: number
  /** How much is read at once. Default 4 MiB. */
  readonly chunkBytes?: number
}

export interface ScanEnd {
  /** After the last batch that was visited. */
  readonly position: number
  /** Why the scan ended before `to`: what `visit` said, or what is wrong with the batch there. */
  readonly problem: string | undefined
}

/**
 * Gives `visit` every batch of a log file in turn: the bytes it lies in (only good until it returns), where, how long, and
 * its position in the file. Ends at a batch that cannot be whole, or where `visit` returns why.
 */
export async function scanBatches(
  files: OpenFiles,
  path: string,
  { from, to, chunkBytes = CHUNK_BYTES }: ScanRange,
  visit: (bytes: Uint8Array, at: number, sizeBytes: number, position: number) => string | undefined,
): Promise<ScanEnd> {
  let buffer = new Uint8Array(Math.min(chunkBytes, Math.max(0, to - from)))
  /** What is in the buffer, of the file from `position` on. */
  let filled = 0
  let position = from
  while (position < to) {
    const wanted = Math.min(buffer.length, to - position)
    const view = buffer.subarray(filled, wanted)
    const read = await files.with(path, 'read', (file) => file.read(view, position + filled))
    filled += read
    let at = 0
    let missing = BATCH_HEADER_BYTES
    while (filled - at >= BATCH_HEADER_BYTES) {
      const sizeBytes = sizeOf(buffer, at)
      missing = sizeBytes
      if (sizeBytes < BATCH_HEADER_BYTES || position + at + sizeBytes > to || at + sizeBytes > filled) break
      const problem = visit(buffer, at, sizeBytes, position + at)
      if (problem !== undefined) return { position: position + at, problem }
      at += sizeBytes
      missing = BATCH_HEADER_BYTES
    }
    position += at
    if (position === to) break
    if (missing < BATCH_HEADER_BYTES || position + missing > to || read < view.length) {
      return { position, problem: cutOff(missing, Math.min(to - position, filled - at)) }
    }
    buffer.copyWithin(0, at, filled)
    filled -= at
    if (missing > buffer.length) {
      const larger = new Uint8Array(missing)
      larger.set(buffer.subarray(0, filled))
      buffer = larger
    }
  }
  return { position, problem: undefined }
}

function cutOff(sizeBytes: number, leftBytes: number): string {
  if (sizeBytes < BATCH_HEADER_BYTES) return `the batch says that it has ${sizeBytes} bytes, its header alone has more`
  return `the batch has ${sizeBytes} bytes or more, ${leftBytes} are left`
}
