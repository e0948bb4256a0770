/**
 * Heavy pure computing that a platform does better than TypeScript: the raw compressors. Deterministic: the same input
 * gives output that decompresses to the same bytes everywhere.
 *
 * LZ4 and Snappy are not here: protocol/compression has them in TypeScript, with what Kafka wraps around them.
 */
export interface Compute {
  /** `level` is 1 to 9, or -1 for zlib's own choice. */
  gzip(bytes: Uint8Array, level: number): Uint8Array
  /** `level` is -131072 to 22. */
  zstdCompress(bytes: Uint8Array, level: number): Uint8Array
  /**
   * Each gives the content of `bytes`, all of which must belong to it; throws `CompressionError` for what is damaged,
   * and with `tooLarge` for what gives more than `bytesMax`, for which memory may be taken at once.
   */
  gunzip(bytes: Uint8Array, bytesMax: number): Uint8Array
  zstdDecompress(bytes: Uint8Array, bytesMax: number): Uint8Array
}

/** Compressed bytes that cannot be, or are not allowed to be, decompressed. */
export class CompressionError extends Error {
  override readonly name = 'CompressionError'
  /** True where the data may be fine but its size passes the budget given. */
  readonly tooLarge: boolean

  constructor(message: string, options: { tooLarge?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.tooLarge = options.tooLarge ?? false
  }
}
