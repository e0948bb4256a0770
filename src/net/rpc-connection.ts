// Temporary: replaced by the net room's own.
import { ByteReader, ByteWriter, joinBytes } from '#core'
import type { Address, Connection, Host } from '#host'
import { HostError } from '#host'
import {
  type Api,
  decode,
  encode,
  type Message,
  type MessageInput,
  requestHeaderVersion,
  responseHeaderVersion,
} from '#protocol'
import { apiVersions, requestHeader, responseHeader } from '#protocol/messages'

interface Pending {
  readonly api: Api
  readonly version: number
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

export class RpcConnection {
  closed = false
  readonly #connection: Connection
  readonly #clientId: string
  readonly #pending = new Map<number, Pending>()
  #versions = new Map<number, { min: number; max: number }>()
  readonly #room = new Uint8Array(65536)
  #next = 0
  #buffer: Uint8Array = new Uint8Array(0)

  private constructor(connection: Connection, clientId: string) {
    this.#connection = connection
    this.#clientId = clientId
    connection.listen({
      room: () => this.#room,
      received: (length) => this.#data(this.#room.subarray(0, length)),
      drained: () => {},
      closed: () => {
        this.closed = true
        for (const { reject } of this.#pending.values())
          reject(new HostError('ECONNRESET', 'The broker closed the connection'))
        this.#pending.clear()
      },
    })
  }

  static async connect(
    host: Pick<Host, 'network'>,
    address: Address,
    options: { clientId: string; timeoutMs: number },
  ): Promise<RpcConnection> {
    const rpc = new RpcConnection(await host.network.connect(address, options.timeoutMs), options.clientId)
    const answer = await rpc.#send(apiVersions, 3, { clientSoftwareName: 'ottla', clientSoftwareVersion: '1' })
    rpc.#versions = new Map(
      answer.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, { min: minVersion, max: maxVersion }]),
    )
    return rpc
  }

  async send<A extends Api>(
    api: A,
    request: MessageInput<A['request']>,
    _options: { timeoutMs: number },
  ): Promise<Message<A['response']>> {
    const range = this.#versions.get(api.key)
    if (range === undefined) throw new HostError('EPROTO', `The broker does not serve ${api.name}`)
    return await this.#send(api, Math.min(range.max, api.request.versionMax), request)
  }

  close(): void {
    this.#connection.destroy()
  }

  async #send<A extends Api>(
    api: A,
    version: number,
    request: MessageInput<A['request']>,
  ): Promise<Message<A['response']>> {
    if (this.closed) throw new HostError('ECONNRESET', 'The connection is closed')
    const correlationId = this.#next++
    const writer = new ByteWriter()
    const size = writer.int32Later()
    encode(requestHeader, requestHeaderVersion(api, version), writer, {
      requestApiKey: api.key,
      requestApiVersion: version,
      correlationId,
      clientId: this.#clientId,
    })
    encode(api.request, version, writer, request as never)
    size(writer.length - 4)
    return await new Promise((resolve, reject) => {
      this.#pending.set(correlationId, { api, version, resolve, reject })
      this.#connection.write(writer.finish())
    })
  }

  #data(chunk: Uint8Array): void {
    this.#buffer = this.#buffer.length === 0 ? chunk.slice() : joinBytes([this.#buffer, chunk])
    for (;;) {
      if (this.#buffer.length < 4) return
      const size = new ByteReader(this.#buffer).int32()
      if (this.#buffer.length < 4 + size) return
      const frame = this.#buffer.subarray(4, 4 + size)
      this.#buffer = this.#buffer.subarray(4 + size)
      const id = new ByteReader(frame).int32()
      const pending = this.#pending.get(id)
      if (pending === undefined) continue
      this.#pending.delete(id)
      const reader = new ByteReader(frame)
      decode(responseHeader, responseHeaderVersion(pending.api, pending.version), reader)
      pending.resolve(decode(pending.api.response, pending.version, reader) as never)
    }
  }
}
