/**
 * A stretch of a file that stands in for its bytes, until they are sent: they need never be in our memory. Nobody writes
 * to the stretch meanwhile, and the file stays open.
 */
export interface FileRange {
  readonly length: number
  /** Puts what lies `at` bytes from its beginning into `into`, all of it; false where the file does not give that. */
  read(into: Uint8Array, at: number): boolean
  /** Lets go of the file; the second time it does nothing. */
  release(): void
}

/** What is sent: bytes, or where they lie. */
export type Chunk = Uint8Array | FileRange

export function isBytes(chunk: Chunk): chunk is Uint8Array {
  return chunk instanceof Uint8Array
}

/** All of a range; undefined where the file does not give it. */
export function readRange(range: FileRange): Uint8Array | undefined {
  const bytes = new Uint8Array(range.length)
  return range.read(bytes, 0) ? bytes : undefined
}
