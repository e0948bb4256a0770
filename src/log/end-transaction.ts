import { assert, MalformedError } from '#core'
import type { Compute } from '#host'
import {
  ControlType,
  codecOf,
  compressionOf,
  controlTypeOf,
  coordinatorEpochOf,
  readRecords,
  sizeOf,
} from '#protocol/records'

/** What a transaction marker says. */
export interface EndTransaction {
  readonly isAbort: boolean
  readonly coordinatorEpoch: number
}

/**
 * The marker in a control batch, or undefined where its records are others, as the metadata quorum's are, or cannot be read:
 * no broker compresses them.
 */
export function endTransactionOf(bytes: Uint8Array, at: number): EndTransaction | undefined {
  if (compressionOf(codecOf(bytes, at)) !== 'none') return undefined
  try {
    for (const { key, value } of readRecords(bytes.subarray(at, at + sizeOf(bytes, at)), UNCOMPRESSED)) {
      const type = controlTypeOf(key)
      if (type !== ControlType.ABORT && type !== ControlType.COMMIT) return undefined
      return { isAbort: type === ControlType.ABORT, coordinatorEpoch: coordinatorEpochOf(value) }
    }
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
  }
  return undefined
}

const never = (): never => {
  assert(false, 'a batch that is not compressed needs no codec')
}
const UNCOMPRESSED: Compute = { gzip: never, gunzip: never, zstdCompress: never, zstdDecompress: never }
