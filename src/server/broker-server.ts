import type { BrokerConfig } from '#config'
import type { Host } from '#host'

/** A broker, put together. */
export class BrokerServer {
  readonly addresses: readonly { readonly name: string; readonly host: string; readonly port: number }[] = []
  /** Resolves, with the reason, if the broker can no longer do its work. */
  readonly failed: Promise<Error> = new Promise(() => {})

  static async start(_config: BrokerConfig, _host: Host): Promise<BrokerServer> {
    return new BrokerServer()
  }

  async stop(): Promise<void> {}
}
