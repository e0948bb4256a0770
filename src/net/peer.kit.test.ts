/** For tests: the other end of a connection to a broker. It sends whatever bytes it likes, and keeps the answers. */
import { ByteReader } from '#core'
import type { Connection } from '#host'
import { FrameReader, type FrameSink } from './index.ts'

export class Peer implements FrameSink {
  readonly connection: Connection
  /** Without their size. */
  readonly answers: Uint8Array[] = []
  isClosed = false
  #wake: (() => void) | undefined

  constructor(connection: Connection) {
    this.connection = connection
    const reader = new FrameReader(1 << 30, this)
    connection.listen({
      room: () => reader.room(),
      received: (length) => {
        reader.received(length)
        this.#wake?.()
      },
      drained() {},
      closed: () => {
        this.isClosed = true
        this.#wake?.()
      },
    })
  }

  frame(bytes: Uint8Array, start: number, end: number): boolean {
    this.answers.push(bytes.slice(start, end))
    return true
  }

  send(...parts: readonly Uint8Array[]): void {
    this.connection.write(parts)
  }

  get correlationIds(): number[] {
    return this.answers.map((answer) => new ByteReader(answer).int32())
  }

  async until(condition: (peer: Peer) => boolean): Promise<void> {
    while (!condition(this)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async answered(count: number): Promise<Uint8Array[]> {
    await this.until(() => this.answers.length >= count || this.isClosed)
    return this.answers
  }

  async closed(): Promise<void> {
    await this.until(() => this.isClosed)
  }
}
