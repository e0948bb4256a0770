/** The walk's quick varints beside the plain ones of ByteReader: they accept the same bytes, and read the same numbers. */
import { ByteReader, MalformedError } from '#core'
import {
  exactVarlongAt,
  PAST_EVERYTHING,
  unzigzag,
  varintEnd,
  varlongAt,
  zigzagAt,
} from '../../dist/protocol/records/varint.js'
import { Violation } from '../engine/violation.mjs'

function attempt(read) {
  try {
    return read()
  } catch (error) {
    if (error instanceof MalformedError) return undefined
    throw error
  }
}

function run(bytes) {
  for (let at = 0; at < bytes.length && at < 12; at++) {
    const plain = new ByteReader(bytes, at)
    const expected = attempt(() => plain.varint())
    const bits = zigzagAt(bytes, at, bytes.length)
    const fits = varintEnd !== PAST_EVERYTHING
    if (fits !== (expected !== undefined)) throw new Violation(`a varint at ${at}: ${expected}, quickly ${fits}`)
    if (fits && (unzigzag(bits) !== expected || varintEnd !== plain.position)) throw new Violation(`a varint at ${at}`)

    // Bits beyond the 64th are dropped, as Java does, in records; in messages they are malformed.
    if (hasBitsBeyond(bytes, at)) continue
    const long = new ByteReader(bytes, at)
    const exact = attempt(() => long.varlong())
    const value = varlongAt(bytes, at, bytes.length)
    if (Number.isNaN(value) !== (exact === undefined))
      throw new Violation(`a varlong at ${at}: ${exact}, quickly ${value}`)
    if (exact === undefined) continue
    if (varintEnd !== long.position) throw new Violation(`the end of a varlong at ${at}`)
    if (Number.isFinite(value) ? BigInt(value) !== exact : exactVarlongAt(bytes, at) !== exact) {
      throw new Violation(`a varlong at ${at}: ${exact}, quickly ${value}`)
    }
  }
}

function hasBitsBeyond(bytes, at) {
  for (let i = at; i < at + 9; i++) if (bytes[i] < 0x80) return false
  return bytes[at + 9] > 1 && bytes[at + 9] < 0x80
}

export const target = {
  about: 'varints read in two ways',
  kind: 'records and codecs',
  bytesMax: 24,
  seeds: () => [
    Uint8Array.of(0),
    Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f),
    Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x10),
    Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01),
    Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f),
  ],
  run,
}
