/**
 * Heavy pure computing that a platform does better than TypeScript: the raw compressors. Deterministic: the same input
 * gives output that decompresses to the same bytes everywhere.
 *
 * Kafka's framing of snappy and LZ4 is not here but in protocol/compression; these are the algorithms below it.
 */
export interface Compute {
  gzip(bytes: Uint8Array, level: number): Uint8Array
  zstdCompress(bytes: Uint8Array, level: number): Uint8Array
  /** Each refuses with `CompressionError` what is damaged, and `tooLarge` what gives more than `bytesMax`. */
  gunzip(bytes: Uint8Array, bytesMax: number): Uint8Array
  zstdDecompress(bytes: Uint8Array, bytesMax: number): Uint8Array
  /** The raw block format, without any framing. */
  snappyCompress(bytes: Uint8Array): Uint8Array
  snappyDecompress(bytes: Uint8Array, bytesMax: number): Uint8Array
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
