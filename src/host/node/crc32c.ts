import { createRequire } from 'node:module'
import { accelerateCrc32c } from '#core'

/**
 * Lets CRC-32C run by the processor's instruction, where `@node-rs/crc32` has a binary for this machine; elsewhere the
 * pure code goes on doing it. Returns whether it could. Called once by whoever puts a process together.
 *
 * Not each of its versions is quick: 1.10.7 sums 27 GB/s, 1.10.8 on the same machine 6. `npm run bench:records` tells.
 */
export function useNativeCrc32c(): boolean {
  try {
    const native = createRequire(import.meta.url)('@node-rs/crc32') as typeof import('@node-rs/crc32')
    accelerateCrc32c(native.crc32c)
    return true
  } catch {
    return false
  }
}
