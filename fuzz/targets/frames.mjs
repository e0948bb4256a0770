/** A byte stream cut into frames: the same frames however it is torn, none longer than allowed, no memory for promises. */
import { MalformedError } from '#core'
import { FrameReader } from '#net'
import { Violation } from '../engine/violation.mjs'

const FRAME_BYTES_MAX = 600_000
const FIRST_BYTES = 65_536

/** The frames of `stream`, given in pieces of at most `pieceBytes`; what breaks it is the last word. */
function framesOf(stream, pieceBytes, refuseEvery) {
  const frames = []
  let offered = 0
  const reader = new FrameReader(FRAME_BYTES_MAX, {
    frame(bytes, start, end) {
      if (refuseEvery > 0 && ++offered % refuseEvery === 0) return false
      frames.push(Buffer.from(bytes.subarray(start, end)).toString('latin1'))
      return true
    },
  })
  try {
    for (let at = 0; at < stream.length; ) {
      const room = reader.room()
      const length = Math.min(room.length, pieceBytes, stream.length - at)
      room.set(stream.subarray(at, at + length))
      at += length
      reader.received(length)
      for (let tries = 0; reader.isWaiting; tries++) {
        if (tries > stream.length) throw new Violation('what was refused is not offered again')
        reader.resume()
      }
      if (reader.heldBytes > Math.max(FIRST_BYTES, 2 * at)) throw new Violation(`${reader.heldBytes} bytes for ${at}`)
    }
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    frames.push('malformed')
  }
  return frames
}

function run(bytes) {
  if (bytes.length < 2) return
  const stream = bytes.subarray(2)
  const whole = framesOf(stream, FRAME_BYTES_MAX, 0)
  const torn = framesOf(stream, 1 + bytes[0], [0, 2, 3, 7][bytes[1] % 4])
  if (whole.length !== torn.length || whole.some((frame, i) => frame !== torn[i])) throw new Violation('other frames')
}

export const target = {
  about: 'a byte stream, whole and torn to pieces, with frames refused and offered again',
  kind: 'frames',
  bytesMax: 2048,
  seeds: () => [
    Uint8Array.of(0, 0, 0, 0, 0, 1, 7, 0, 0, 0, 2, 8, 9),
    Uint8Array.of(2, 2, 0, 0, 0, 4, 1, 2, 3, 4, 0, 0, 0, 0),
    Uint8Array.of(5, 3, 0x47, 0x45, 0x54, 0x20, 0x2f),
    Uint8Array.of(255, 1, ...Array.from({ length: 40 }, () => [0, 0, 0, 3, 1, 2, 3]).flat()),
    Uint8Array.of(9, 0, 0, 1, 0, 0, ...new Uint8Array(1000)),
  ],
  heapBytesMax: () => 8 * 1024 * 1024,
  run,
}
