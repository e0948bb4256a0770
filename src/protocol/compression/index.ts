export type { Compression, CompressionLevels } from './compression.ts'
export {
  COMPRESSIONS,
  codecNumberOf,
  compress,
  compressionOf,
  DEFAULT_COMPRESSION_LEVELS,
  decompress,
} from './compression.ts'
