/**
 * The records of the real-input run: record number `index` of a seed is always the same, in every language. The same
 * function stands in java/RealInput.java and go/real-input/main.go; the verifier computes every record's hash by this one,
 * so a difference between them shows as a failed run.
 *
 * Numbers come from a 32-bit counter passed through murmur3's finaliser. Nine records in ten have a value of 10 to 500
 * bytes; the tail reaches 1 MB and carries most of the bytes. Keys are null, empty or binary; values also null and empty;
 * header values null, empty or bytes.
 *
 * Timestamps lie in the hour behind `baseMs`, which a run sets to an hour before its start. They must be recent: a broker
 * forgets a producer, and with it what it has had from that producer, a day after the producer's newest timestamp.
 *
 * kcat's producer cannot say everything: it has one set of headers per process and no empty key or value beside null ones,
 * so its records have the headers of their block (`blockHeaders`), and what would be empty is null (`plain`).
 */
import { createHash } from 'node:crypto'

export const valueBytesMax = 1_000_000
const hourMs = 3_600_000
const words = Array.from({ length: 16 }, (_, i) => Buffer.from(`word-${i}-${'abcdefgh'.slice(0, 1 + (i % 8))} `))

/** @returns a function that gives the next unsigned 32-bit number */
export function numbers(seed, index) {
  let state = (seed ^ Math.imul(index, 0x9e3779b1)) | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return (z ^ (z >>> 16)) >>> 0
  }
}

/**
 * @param {number} seed
 * @param {number} index
 * @param {{ partitions: number, baseMs: number, plain?: boolean, blockHeaders?: { key: string, value: Buffer | null }[] }} lane
 */
export function recordOf(seed, index, lane) {
  const next = numbers(seed, index)
  const partition = next() % lane.partitions
  const timestampMs = lane.baseMs + (next() % hourMs)
  const key = keyFrom(next)
  const headers = headersFrom(next)
  const value = valueFrom(next)
  if (!lane.plain) return { partition, timestampMs, key, value, headers }
  const nullable = (bytes) => (bytes?.length === 0 ? null : bytes)
  return { partition, timestampMs, key: nullable(key), value: nullable(value), headers: lane.blockHeaders }
}

function keyFrom(next) {
  const kind = next() % 10
  if (kind === 0) return null
  return kind === 1 ? Buffer.alloc(0) : bytesFrom(next, 1 + (next() % 32))
}

/** Header values have no comma, equals sign or line end, between which kcat's reader could not tell them apart. */
export function headersFrom(next) {
  const count = [0, 0, 1, 3][next() % 4]
  const headers = []
  for (let i = 0; i < count; i++) {
    const key = `h${next() % 8}`
    const kind = next() % 8
    const value = kind === 0 ? null : Buffer.alloc(kind === 1 ? 0 : 1 + (next() % 24))
    for (let at = 0; value !== null && at < value.length; at++) value[at] = 97 + (next() % 26)
    headers.push({ key, value })
  }
  return headers
}

function valueFrom(next) {
  const kind = next() % 64
  if (kind === 0) return null
  if (kind === 1) return Buffer.alloc(0)
  const rank = next() % 1000
  const size =
    rank < 900
      ? 10 + (next() % 490)
      : rank < 990
        ? 500 + (next() % 7500)
        : rank < 999
          ? 8000 + (next() % 92_000)
          : 100_000 + (next() % (valueBytesMax - 100_000 + 1))
  const form = next() % 3
  if (form === 0) return bytesFrom(next, size)
  return form === 1 ? textFrom(next, size) : repeated(bytesFrom(next, 64), size)
}

/** Four bytes of each number, lowest first. */
function bytesFrom(next, size) {
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  for (; at + 4 <= size; at += 4) bytes.writeUInt32LE(next(), at)
  for (let left = at < size ? next() : 0; at < size; at++, left >>>= 8) bytes[at] = left & 0xff
  return bytes
}

/** Words of a small vocabulary, eight chosen by each number. */
function textFrom(next, size) {
  const bytes = Buffer.allocUnsafe(size)
  for (let at = 0; at < size; ) {
    let choice = next()
    for (let i = 0; i < 8 && at < size; i++, choice >>>= 4) at += words[choice & 15].copy(bytes, at)
  }
  return bytes
}

function repeated(block, size) {
  const bytes = Buffer.allocUnsafe(size)
  for (let at = 0; at < size; at += block.length) block.copy(bytes, at)
  return bytes
}

/** The first 8 bytes of a SHA-256 over key, value and headers, each behind its length; as hexadecimal text. */
export function hashOf({ key, value, headers }) {
  const hash = createHash('sha256')
  const length = Buffer.allocUnsafe(4)
  const add = (bytes) => {
    length.writeInt32BE(bytes?.length ?? -1)
    hash.update(length)
    if (bytes !== null) hash.update(bytes)
  }
  add(key)
  add(value)
  length.writeInt32BE(headers.length)
  hash.update(length)
  for (const header of headers) {
    add(Buffer.from(header.key))
    add(header.value)
  }
  return hash.digest('hex').slice(0, 16)
}
