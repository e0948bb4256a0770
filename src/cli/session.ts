/** A connection to a cluster for as long as a command works with it, and a tidy end. */
import { Cluster } from '#client'
import { createNodeHost } from '#host/node'
import type { SessionOptions } from './options.ts'
import { errorColors, printable, say } from './output.ts'

/** Runs `work` with a cluster, and closes it. */
export async function inSession<Result>(
  { bootstrap, timeout }: Pick<SessionOptions, 'bootstrap' | 'timeout'>,
  work: (cluster: Cluster) => Promise<Result>,
): Promise<Result> {
  const warn = (message: string) => say(`${errorColors.yellow('ottla:')} ${printable(message)}`)
  const host = createNodeHost({ logger: { error: warn, warn, info() {}, debug() {} } })
  const cluster = new Cluster(host, { bootstrap, clientId: 'ottla-cli', retryTimeoutMs: timeout * 1000 })
  // Timers alone do not keep Node running: while we wait before another attempt, this does.
  const keepAlive = setInterval(() => {}, 2 ** 30)
  try {
    return await work(cluster)
  } finally {
    clearInterval(keepAlive)
    await cluster.close()
  }
}
