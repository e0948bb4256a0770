/** The data folders cannot be used. The message is a sentence for the operator: what, where, the values. */
export class StorageError extends Error {
  override readonly name = 'StorageError'
}
