/**
 * Liveness and readiness over HTTP, for whatever watches over processes: `GET /health` is 200 as long as the process
 * answers, `GET /ready` is 200 while the broker serves and 503 before and after. What is wrong with its disks while it
 * serves all the same stands below, a line each.
 */
import { createServer, type Server } from 'node:http'
import type { Address } from '#host'
import { HostError } from '#host'

const HEADERS_MS_MAX = 5000

export interface HealthState {
  readonly isReady: () => boolean
  /** What an operator should look after, a sentence each. */
  readonly troubles: () => readonly string[]
}

export class HealthServer {
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  /** Rejects with a `HostError` where it cannot listen. */
  static async open({ host, port }: Address, state: HealthState): Promise<HealthServer> {
    const server = createServer((request, response) => {
      const [status, text] = answerTo(request.method ?? '', request.url ?? '', state)
      response.writeHead(status, { 'content-type': 'text/plain', 'cache-control': 'no-store' })
      response.end(`${text}\n`)
    })
    server.headersTimeout = HEADERS_MS_MAX
    server.requestTimeout = HEADERS_MS_MAX
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        reject(
          new HostError(error.code ?? 'EIO', `Cannot answer for health on ${host}:${port}: ${error.message}`, error),
        )
      })
      server.listen({ host, port }, resolve)
    })
    return new HealthServer(server)
  }

  /** Where it listens, with the port that was taken. */
  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : -1
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

function answerTo(method: string, url: string, { isReady, troubles }: HealthState): [number, string] {
  if (method !== 'GET' && method !== 'HEAD') return [405, 'only GET and HEAD are answered']
  const path = url.split('?')[0]
  if (path === '/health') return [200, 'alive']
  if (path === '/ready') return isReady() ? [200, ['ready', ...troubles()].join('\n')] : [503, 'not ready']
  return [404, 'there are /health and /ready']
}
