/**
 * zstd compiled to WebAssembly, loaded in one go without waiting: `@bokuweb/zstd-wasm` starts itself by a promise, and a
 * batch is checked within its turn. So we take the module below that package's door and hand it the instance.
 *
 * One context for each direction is kept, as making one costs more than a small batch. Decompressing writes straight
 * into memory of the size given; no window is taken because a frame asks for one.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { CompressionError } from '#host'
import { zstdContentBound } from './zstd-frame.ts'

/** What Emscripten made of zstd's own interface; addresses and sizes are numbers. */
interface Emscripten {
  HEAPU8: Uint8Array
  instantiateWasm(imports: object, receive: (instance: object) => void): object
  init(): void
  _malloc(size: number): number
  _free(address: number): void
  _ZSTD_createCCtx(): number
  _ZSTD_createDCtx(): number
  _ZSTD_compressBound(size: number): number
  _ZSTD_isError(result: number): number
  _ZSTD_compress_usingDict(
    context: number,
    into: number,
    intoSize: number,
    from: number,
    fromSize: number,
    dictionary: number,
    dictionarySize: number,
    level: number,
  ): number
  _ZSTD_decompress_usingDict(
    context: number,
    into: number,
    intoSize: number,
    from: number,
    fromSize: number,
    dictionary: number,
    dictionarySize: number,
  ): number
}

/** `ZSTD_error_dstSize_tooSmall`: there is more content than room for it. */
const TOO_SMALL = 70

/** The parts of the global `WebAssembly` used here, which `@types/node` leaves to a browser's types. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => object
}

export interface ZstdInstance {
  compress(bytes: Uint8Array, level: number): Uint8Array
  /** The content of the frames in `bytes`, at most `bytesMax`. Throws `CompressionError`. */
  decompress(bytes: Uint8Array, bytesMax: number): Uint8Array
}

/** Compiles and starts an instance of its own: some milliseconds, and memory that grows with what it is given. */
export function loadZstd(): ZstdInstance {
  const require = createRequire(import.meta.url)
  const folder = dirname(require.resolve('@bokuweb/zstd-wasm'))
  const source = join(folder, 'zstd.js')
  delete require.cache[source]
  const zstd = (require(source) as { Module: Emscripten }).Module
  zstd.instantiateWasm = (imports, receive) => {
    const file = readFileSync(join(folder, 'zstd.wasm'))
    const code = new Uint8Array(file.buffer, file.byteOffset, file.byteLength)
    const instance = new WebAssembly.Instance(new WebAssembly.Module(code), imports)
    receive(instance)
    return instance
  }
  zstd.init()
  const compressor = zstd._ZSTD_createCCtx()
  const decompressor = zstd._ZSTD_createDCtx()

  /** Copies `bytes` in, lets `work` fill `size` bytes, and copies out as many as it says. */
  function run(bytes: Uint8Array, size: number, work: (into: number, from: number) => number): Uint8Array | number {
    const from = zstd._malloc(bytes.length + size)
    if (from === 0)
      throw new CompressionError(`zstd has no memory for ${bytes.length + size} bytes`, { tooLarge: true })
    try {
      zstd.HEAPU8.set(bytes, from)
      const into = from + bytes.length
      const result = work(into, from)
      return zstd._ZSTD_isError(result) === 0 ? zstd.HEAPU8.slice(into, into + result) : -result
    } finally {
      zstd._free(from)
    }
  }

  return {
    compress(bytes, level) {
      const size = zstd._ZSTD_compressBound(bytes.length)
      const result = run(bytes, size, (into, from) =>
        zstd._ZSTD_compress_usingDict(compressor, into, size, from, bytes.length, 0, 0, level),
      )
      if (typeof result === 'number') throw new CompressionError(`zstd cannot compress: error ${result}`)
      return result
    },
    decompress(bytes, bytesMax) {
      const bound = zstdContentBound(bytes, bytesMax)
      const result = run(bytes, bound, (into, from) =>
        zstd._ZSTD_decompress_usingDict(decompressor, into, bound, from, bytes.length, 0, 0),
      )
      if (typeof result !== 'number') return result
      // Where the room was less than the budget, it was all that the frames can give: then they are damaged.
      if (result === TOO_SMALL && bound === bytesMax) {
        throw new CompressionError(`zstd frame gives more than ${bytesMax} bytes`, { tooLarge: true })
      }
      throw new CompressionError(`zstd frame is damaged: error ${result}`)
    },
  }
}
