/** What batches are checked against, as for a topic that Kafka makes by default. */
import { type BatchRules, NO_DECOMPRESSED_LIMIT } from './index.ts'

export const NOW = 1_700_000_000_000
export const HOUR = 3_600_000
export const MIB = 1024 * 1024

export const defaults: BatchRules = {
  maxMessageBytes: 1_048_588,
  maxDecompressedMessageBytes: NO_DECOMPRESSED_LIMIT,
  compressionType: 'producer',
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Number(2n ** 63n - 1n),
  timestampAfterMaxMs: HOUR,
  compacted: false,
}
