/** Lines of bytes: what is between line ends stays as it is, text or not. */
import { joinBytes } from '#core'

const LF = 0x0a
const CR = 0x0d
/** Brokers take no requests of more than 100 MiB, unless they are told to; who sends more is told nothing. */
const LINE_BYTES_MAX = 64 * 1024 * 1024

/**
 * The lines of a stream: for each piece that arrives, those that end in it; at the end, what is left. A line ends with
 * LF or CR LF, which do not belong to it. Throws a `RangeError` for a line of more than 64 MiB.
 */
export async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Uint8Array[]> {
  let begun: Uint8Array[] = []
  let begunBytes = 0
  for await (const piece of pieces) {
    const lines: Uint8Array[] = []
    let at = 0
    for (let end = piece.indexOf(LF); end >= 0; end = piece.indexOf(LF, at)) {
      const rest = piece.subarray(at, end)
      lines.push(withoutCr(begunBytes === 0 ? rest : joinBytes([...begun, rest])))
      begun = []
      begunBytes = 0
      at = end + 1
    }
    if (at < piece.length) {
      begun.push(piece.subarray(at))
      begunBytes += piece.length - at
      if (begunBytes > LINE_BYTES_MAX) throw new RangeError('A line is longer than 64 MiB')
    }
    if (lines.length > 0) yield lines
  }
  if (begunBytes > 0) yield [withoutCr(joinBytes(begun))]
}

/** Where `part`, of one byte at least, begins in `bytes`; -1 where it does not. */
export function indexOfBytes(bytes: Uint8Array, part: Uint8Array): number {
  for (let at = bytes.indexOf(part[0]!); at >= 0; at = bytes.indexOf(part[0]!, at + 1)) {
    if (part.every((byte, i) => bytes[at + i] === byte)) return at
  }
  return -1
}

function withoutCr(line: Uint8Array): Uint8Array {
  return line[line.length - 1] === CR ? line.subarray(0, -1) : line
}
