/** A log that cannot be compacted: a batch of it is damaged, or its records are none. It stays as it is. */
export class UncleanableError extends Error {
  override readonly name = 'UncleanableError'
}
