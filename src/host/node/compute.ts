/**
 * The compressors of Node: gzip by `node:zlib`, zstd by WebAssembly on every version of Node.
 *
 * Since 22.15 `node:zlib` has zstd too. It is not used: for batches of up to 16 KB it takes three times as long, as it
 * makes a context for each call (at 1 MB it is a third faster); it reads one frame and stops; and Node 22 takes a frame
 * that is cut off for a whole one. One implementation also means that all versions agree.
 */
import { gunzipSync, gzipSync } from 'node:zlib'
import { CompressionError, type Compute } from '#host'
import { loadZstd, type ZstdInstance } from './zstd-wasm.ts'

const CHUNK_BYTES_MIN = 16 * 1024
const CHUNK_BYTES_MAX = 1024 * 1024

let loaded: ZstdInstance | undefined

/** gzip and zstd. Nothing is loaded before it is needed. */
export const nodeCompute: Compute = {
  gzip: (bytes, level) => plain(gzipSync(bytes, { level })),
  gunzip,
  zstdCompress: (bytes, level) => withZstd((zstd) => zstd.compress(bytes, level)),
  zstdDecompress: (bytes, bytesMax) => withZstd((zstd) => zstd.decompress(bytes, bytesMax)),
}

/** Synchronous on purpose: a batch is checked within its turn. Compiling takes milliseconds, once, at the first use. */
function withZstd(work: (zstd: ZstdInstance) => Uint8Array): Uint8Array {
  loaded ??= loadZstd()
  try {
    return work(loaded)
  } catch (error) {
    if (error instanceof CompressionError) throw error
    // A trap: the memory of the instance is in no known state.
    loaded = undefined
    throw new CompressionError('zstd failed', { cause: error })
  }
}

/** What `gunzipSync` returns with `info`, which its types do not tell. */
interface Inflated {
  readonly buffer: Buffer
  readonly engine: { readonly bytesWritten: number }
}

function gunzip(bytes: Uint8Array, bytesMax: number): Uint8Array {
  const guess = Math.min(4 * bytes.length, bytesMax, CHUNK_BYTES_MAX)
  let inflated: Inflated
  try {
    inflated = gunzipSync(bytes, {
      info: true,
      // zlib wants room for one byte at least, also for an empty content.
      maxOutputLength: Math.max(1, bytesMax),
      chunkSize: Math.max(guess, CHUNK_BYTES_MIN),
    }) as unknown as Inflated
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(bytesMax)
    throw new CompressionError(`gzip stream is damaged: ${(error as Error).message}`, { cause: error })
  }
  const left = bytes.length - inflated.engine.bytesWritten
  if (left !== 0) throw new CompressionError(`gzip stream is damaged: ${left} bytes follow its end`)
  if (inflated.buffer.length > bytesMax) throw tooLarge(bytesMax)
  return plain(inflated.buffer)
}

function tooLarge(bytesMax: number): CompressionError {
  return new CompressionError(`gzip stream gives more than ${bytesMax} bytes`, { tooLarge: true })
}

/** The same bytes without Node's `Buffer`, whose `slice` does not copy as that of other arrays does. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}
