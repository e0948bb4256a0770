import { MalformedError } from '#core'
import type { Compute } from '#host'
import { ControlType, controlTypeOf, coordinatorEpochOf, readRecords, sizeOf } from '#protocol/records'

/** What a transaction marker says. */
export interface EndTransaction {
  readonly isAbort: boolean
  readonly coordinatorEpoch: number
}

/** The marker in a control batch, or undefined where its records are others, as the metadata quorum's are. */
export function endTransactionOf(bytes: Uint8Array, at: number): EndTransaction | undefined {
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
  throw new MalformedError('A control batch is compressed')
}
/** Control batches are never compressed. */
const UNCOMPRESSED: Compute = { gzip: never, gunzip: never, zstdCompress: never, zstdDecompress: never }
