/** The world failed: a disk, a socket, a name. `code` is the system's (`ENOSPC`, `ECONNREFUSED`); `message` says what, where. */
export class HostError extends Error {
  override readonly name = 'HostError'
  readonly code: string

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
