/**
 * The codecs of record batches: names, numbers, and both directions under a budget.
 *
 * gzip and zstd come from the host; LZ4 and Snappy are here in TypeScript (see `lz4-block.ts`), as is what Kafka wraps
 * around them. Whatever the bytes are, decompressing gives the content or throws `CompressionError`; memory is taken
 * for what the input can give and the budget allows, never because the input says so.
 */
import { CompressionError, type Compute } from '#host'
import { compressLz4, decompressLz4 } from './lz4-frame.ts'
import { compressSnappy, decompressSnappy } from './xerial.ts'

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** By the number that stands in a batch's attributes. */
export const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/** The codec of that number, or undefined for 5, 6 and 7, which are not given out. */
export function compressionOf(codec: number): Compression | undefined {
  return COMPRESSIONS[codec]
}

export function codecNumberOf(compression: Compression): number {
  return COMPRESSIONS.indexOf(compression)
}

/** How hard each codec tries: the topic's `compression.gzip.level`, `compression.lz4.level`, `compression.zstd.level`. */
export interface CompressionLevels {
  /** 1 to 9, or -1 for zlib's own choice. */
  readonly gzip: number
  /** 1 to 17; 9 is the quick compressor. */
  readonly lz4: number
  /** -131072 to 22. */
  readonly zstd: number
}

/** Kafka's defaults. */
export const DEFAULT_COMPRESSION_LEVELS: CompressionLevels = { gzip: -1, lz4: 9, zstd: 3 }

/** Compresses `bytes`; returns them as they are for `none`. */
export function compress(
  compression: Compression,
  bytes: Uint8Array,
  options: { readonly compute: Compute; readonly levels?: CompressionLevels },
): Uint8Array {
  const { compute, levels = DEFAULT_COMPRESSION_LEVELS } = options
  switch (compression) {
    case 'none':
      return bytes
    case 'gzip':
      return compute.gzip(bytes, levels.gzip)
    case 'snappy':
      return compressSnappy(bytes)
    case 'lz4':
      return compressLz4(bytes, levels.lz4)
    case 'zstd':
      return compute.zstdCompress(bytes, levels.zstd)
  }
}

/** What `bytes` give, at most `bytesMax`; themselves for `none`. Throws `CompressionError`. */
export function decompress(
  compression: Compression,
  bytes: Uint8Array,
  options: { readonly compute: Compute; readonly bytesMax: number },
): Uint8Array {
  const { compute, bytesMax } = options
  switch (compression) {
    case 'none':
      if (bytes.length > bytesMax) {
        throw new CompressionError(`${bytes.length} bytes, more than ${bytesMax}`, { tooLarge: true })
      }
      return bytes
    case 'gzip':
      return compute.gunzip(bytes, bytesMax)
    case 'snappy':
      return decompressSnappy(bytes, bytesMax)
    case 'lz4':
      return decompressLz4(bytes, bytesMax)
    case 'zstd':
      return compute.zstdDecompress(bytes, bytesMax)
  }
}
