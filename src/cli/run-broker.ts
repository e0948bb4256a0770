/** A broker in this process, from its configuration to its end. */
import process from 'node:process'
import { BrokerConfig, type LogLevel } from '#config'
import { MemoryDisk } from '#host/memory'
import { createNodeHost, createNodeLogger, type LogFormat } from '#host/node'
import { BrokerServer } from '#server'
import { type OutputFormat, write } from './output.ts'

export interface RunOptions {
  readonly output: OutputFormat
  /** Keeps nothing on disk. */
  readonly memory: boolean
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat
}

const ALIVE_MS = 60_000

/**
 * Runs a broker until it is told to stop, by SIGINT or SIGTERM; says in one line when it is ready. Throws where it cannot
 * start or go on.
 */
export async function runBroker(
  properties: ReadonlyMap<string, string>,
  { output, memory, logLevel, logFormat }: RunOptions,
): Promise<void> {
  const config = BrokerConfig.parse(properties)
  const logger = createNodeLogger({ format: logFormat })
  const disk = memory ? { disk: new MemoryDisk({ survives: false }) } : {}
  for (const warning of config.warnings) logger.warn(warning)

  // Signals count from the beginning: one that comes while the broker starts stops it when it has.
  const stopAsked = new Promise<string>((ask) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => ask(signal))
  })
  // A broker that waits for space on a full disk before it listens has nothing else that keeps its process alive.
  const alive = setInterval(() => {}, ALIVE_MS)
  const server = await BrokerServer.start(config, createNodeHost({ logger, ...disk }), { logLevel }).finally(() =>
    clearInterval(alive),
  )
  const data = memory ? null : config.get('log.dirs')
  const listeners = server.addresses
  const kept = data === null ? 'in memory' : `data in ${data.join(', ')}`
  await write(
    output === 'json'
      ? `${JSON.stringify({ listeners, data, pid: process.pid })}\n`
      : `Ottla is ready on ${listeners.map(urlOf).join(', ')}, ${kept}\n`,
  )

  const why = await Promise.race([stopAsked, server.failed])
  if (why instanceof Error) {
    await server.stop().catch(() => {})
    throw why
  }
  if (logLevel !== 'ERROR' && logLevel !== 'WARN') logger.info(`Stopping after ${why}`)
  await server.stop()
}

function urlOf({ name, host, port }: BrokerServer['addresses'][number]): string {
  return `${name}://${host.includes(':') ? `[${host}]` : host}:${port}`
}
