/**
 * Assertions stay on in production: a broken invariant stops the work it belongs to before it spreads.
 * They are for our own mistakes only. Bytes from a peer are checked and answered, never asserted.
 */
export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

/** Narrows by `condition`; `why` says why it must hold. Throws `AssertionError`, which nobody catches to go on. */
export function assert(condition: unknown, why: string): asserts condition {
  if (!condition) throw new AssertionError(why)
}

/** The end of a switch over a closed set: does not compile while a case is missing. */
export function unreachable(value: never): never {
  throw new AssertionError(`A case is missing for ${String(value)}`)
}
