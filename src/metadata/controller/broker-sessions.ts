/**
 * When each broker was last heard of. It is not in the log: a controller that begins to lead gives every unfenced broker a
 * fresh session.
 *
 * The broker that shares a process with the controller needs none. It is alive as long as the controller is, and a second
 * process cannot stand in for it, as the data folder is locked; so it may register anew at once after a crash, where Kafka
 * waits for the session of the dead one to end.
 */
import type { BrokerId, Offset } from '#core'

interface Session {
  readonly epoch: number
  lastSeenMs: number
  metadataOffset: Offset
}

export class BrokerSessions {
  readonly #localId: BrokerId
  readonly #timeoutMs: number
  readonly #sessions = new Map<BrokerId, Session>()

  constructor(localId: BrokerId, timeoutMs: number) {
    this.#localId = localId
    this.#timeoutMs = timeoutMs
  }

  touch(
    id: BrokerId,
    epoch: number,
    { monotonicMs, metadataOffset }: { monotonicMs: number; metadataOffset: Offset },
  ): void {
    if (id === this.#localId) return
    this.#sessions.set(id, { epoch, lastSeenMs: monotonicMs, metadataOffset })
  }

  remove(id: BrokerId): void {
    this.#sessions.delete(id)
  }

  isValid(id: BrokerId, epoch: number, monotonicMs: number): boolean {
    const session = this.#sessions.get(id)
    return session?.epoch === epoch && monotonicMs - session.lastSeenMs < this.#timeoutMs
  }

  /** The brokers that were not heard of in time, the longest silent first. */
  expired(monotonicMs: number): readonly BrokerId[] {
    const silent = [...this.#sessions].filter(([, session]) => monotonicMs - session.lastSeenMs >= this.#timeoutMs)
    return silent.sort(([, a], [, b]) => a.lastSeenMs - b.lastSeenMs).map(([id]) => id)
  }

  /** When the next session ends; undefined where there is none. */
  get nextExpiryMs(): number | undefined {
    let next: number | undefined
    for (const { lastSeenMs } of this.#sessions.values()) {
      if (next === undefined || lastSeenMs + this.#timeoutMs < next) next = lastSeenMs + this.#timeoutMs
    }
    return next
  }
}
