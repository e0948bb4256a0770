import { createRequire } from 'node:module'
import { accelerateCrc32c } from '#core'

/**
 * Lets CRC-32C run by the processor's instruction, where `@node-rs/crc32` has a binary for this machine; elsewhere the
 * pure code goes on doing it. Returns whether it could. Called once by whoever puts a process together.
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
