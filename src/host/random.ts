import { type Uuid, uuidFromBytes } from '#core'

/** Randomness: a seeded sequence under simulation, the operating system's elsewhere. */
export interface Random {
  /** `length` random bytes, fit for secrets on a real host. */
  bytes(length: number): Uint8Array
  /** A whole number from 0 to `below` - 1; `below` is at most 2^32. */
  below(below: number): number
  /** A version 4 UUID in Kafka's text form; never one that begins with `-`, as Kafka's tools would take it for a flag. */
  uuid(): Uuid
}

/** What `Random.uuid` gives, out of any source of random bytes. */
export function randomUuid(randomBytes: (length: number) => Uint8Array): Uuid {
  for (;;) {
    const bytes = randomBytes(16)
    bytes[6] = (bytes[6]! & 0x0f) | 0x40
    bytes[8] = (bytes[8]! & 0x3f) | 0x80
    const uuid = uuidFromBytes(bytes)
    if (!uuid.startsWith('-')) return uuid
  }
}
