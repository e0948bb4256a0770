/** A connection to a cluster for as long as a command works with it, and a tidy end. */
import { Cluster } from '#client'
import { createNodeHost } from '#host/node'
import type { SessionOptions } from './options.ts'
import { errorColors, printable, say } from './output.ts'

const CONNECT_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000

/** Runs `work` with a cluster, and closes it. */
export async function inSession<Result>(
  { bootstrap, timeout }: Pick<SessionOptions, 'bootstrap' | 'timeout'>,
  work: (cluster: Cluster) => Promise<Result>,
): Promise<Result> {
  const warn = (message: string) => say(`${errorColors.yellow('ottla:')} ${printable(message)}`)
  const host = createNodeHost({ logger: { error: warn, warn, info() {}, debug() {} } })
  const timeoutMs = timeout * 1000
  const cluster = new Cluster(host, {
    bootstrap,
    clientId: 'ottla-cli',
    connectTimeoutMs: Math.min(CONNECT_TIMEOUT_MS, timeoutMs),
    requestTimeoutMs: Math.min(REQUEST_TIMEOUT_MS, timeoutMs),
    retryTimeoutMs: timeoutMs,
  })
  // Timers alone do not keep Node running: while we wait before another attempt, this does.
  const keepAlive = setInterval(() => {}, 2 ** 30)
  try {
    return await work(cluster)
  } finally {
    clearInterval(keepAlive)
    await cluster.close()
  }
}
