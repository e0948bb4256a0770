/**
 * A broker in a process of its own, from outside: started, asked, measured, stopped, killed. Ottla from the built tree or
 * Apache Kafka, behind the same few methods, so that the client matrix, the crash runs and the benches treat both alike.
 *
 * A broker counts as ready when it has answered a request (ApiVersions), not when it has printed something.
 */
import { execFile, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const run = promisify(execFile)

/**
 * Starts a broker and waits for its first answer.
 *
 * @param {'ottla' | 'kafka'} kind
 * @param {object} options
 * @param {string} options.folder - for data and the broker's log; what is there is used again
 * @param {number} [options.port] - default: a free one
 * @param {Record<string, string | number>} [options.settings] - broker configuration
 * @param {string} [options.command] - Ottla's entry, default dist/command/main.js of this tree
 * @param {Record<string, string>} [options.env] - added to the environment
 * @param {number} [options.openFiles] - how many files and sockets Ottla may have open
 */
export async function startBroker(kind, options) {
  const port = options.port ?? (await freePort())
  const broker =
    kind === 'kafka'
      ? new KafkaBroker(options.folder, port, options.settings ?? {}, options.env)
      : new OttlaBroker(options.folder, port, options.settings ?? {}, options)
  started.add(broker)
  await broker.start()
  return broker
}

/** For `env`, where nothing is measured: with the first of its compilers alone a JVM starts in half the time. */
export const QUICK_JVM = { KAFKA_JVM_OPTS: '-XX:TieredStopAtLevel=1' }

/** What this process has started and must not leave behind, however it ends. */
const started = new Set()
process.on('exit', () => {
  for (const broker of started) if (broker.running) process.kill(broker.pid, 'SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1))

class Broker {
  folder
  port
  settings
  pid = 0
  /** From the process's start to its first answer, of the last start. */
  startMs = 0

  constructor(folder, port, settings) {
    this.folder = folder
    this.port = port
    this.settings = settings
    mkdirSync(folder, { recursive: true })
  }

  get bootstrap() {
    return `127.0.0.1:${this.port}`
  }

  get running() {
    return this.pid !== 0 && isAlive(this.pid)
  }

  /** CPU seconds since the process began (user and system), and resident memory now and at its highest. */
  usage() {
    const fields = afterName(readFileSync(`/proc/${this.pid}/stat`, 'utf8'))
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    const kilobytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
      residentBytes: kilobytes('VmRSS') * 1024,
      residentPeakBytes: kilobytes('VmHWM') * 1024,
    }
  }
}

class OttlaBroker extends Broker {
  kind = 'ottla'
  openFiles
  #command
  #env
  #child

  constructor(folder, port, settings, { command = join(root, 'dist/command/main.js'), env, openFiles } = {}) {
    super(folder, port, settings)
    this.openFiles = openFiles
    this.#command = command
    this.#env = env
  }

  /** Resolves with the exit code, or the signal, when the process has ended. */
  get ended() {
    return this.#child.ended
  }

  get data() {
    return join(this.folder, 'data')
  }

  get log() {
    return join(this.folder, 'broker.log')
  }

  async start() {
    const output = openSync(this.log, 'a')
    const began = performance.now()
    const sets = Object.entries(this.settings).flatMap(([key, value]) => ['--set', `${key}=${value}`])
    const data = 'log.dirs' in this.settings ? [] : ['--data', this.data]
    const args = [this.#command, 'start', '--port', String(this.port), ...data, ...sets]
    const options = { stdio: ['ignore', output, output], cwd: this.folder, env: { ...process.env, ...this.#env } }
    const limit = this.openFiles === undefined ? '' : `ulimit -n ${this.openFiles} && `
    const child =
      limit === ''
        ? spawn(process.execPath, args, options)
        : spawn('sh', ['-c', `${limit}exec "$0" "$@"`, process.execPath, ...args], options)
    closeSync(output)
    this.#child = child
    this.pid = child.pid ?? 0
    child.ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)))
    await answering(this.port, () => child.exitCode === null && child.signalCode === null).catch((cause) => {
      throw new Error(`Ottla did not start on port ${this.port}: ${lastLines(this.log)}`, { cause })
    })
    this.startMs = performance.now() - began
  }

  /** SIGTERM, and the wait for a clean end; resolves with the exit code. */
  async stop() {
    this.#child.kill('SIGTERM')
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 60_000)
    const ended = await this.#child.ended
    clearTimeout(late)
    return ended
  }

  /** SIGKILL: a crash of the process. */
  async kill() {
    this.#child.kill('SIGKILL')
    await this.#child.ended
  }
}

class KafkaBroker extends Broker {
  kind = 'kafka'
  #env

  constructor(folder, port, settings, env = {}) {
    super(folder, port, settings)
    this.#env = env
  }

  get data() {
    return join(this.folder, 'node1', 'log')
  }

  get log() {
    return join(this.folder, 'node1', 'server.out')
  }

  async start() {
    const sets = Object.entries(this.settings).flatMap(([key, value]) => ['--set', `${key}=${value}`])
    const script = join(root, 'interop/kafka/up.sh')
    const env = { ...process.env, ...this.#env }
    const up = run(script, ['--port', String(this.port), '--data', this.folder, ...sets], { env })
    let failed = false
    up.catch(() => {
      failed = true
    })
    await answering(this.port, () => !failed).catch(() => up)
    const answeredAt = uptimeMs()
    await up
    this.pid = Number(readFileSync(join(this.folder, 'node1', 'pid'), 'utf8'))
    // From the JVM's start: formatting an empty folder, which the script does before, is not counted.
    this.startMs = answeredAt - Number(afterName(readFileSync(`/proc/${this.pid}/stat`, 'utf8'))[19]) * 10
  }

  async stop() {
    await run(join(root, 'interop/kafka/down.sh'), ['--data', this.folder])
    return 0
  }

  async kill() {
    await run(join(root, 'interop/kafka/down.sh'), ['--data', this.folder, '--kill'])
  }
}

/**
 * Waits until something on a loopback port answers a request of Kafka's protocol, as long as `alive()` holds.
 * @param {number} port
 * @param {() => boolean} alive
 * @param {Uint8Array} [request] - a framed request; default ApiVersions 0
 */
export async function answering(port, alive, request = apiVersionsRequest) {
  const end = performance.now() + 90_000
  while (performance.now() < end) {
    if (await answers(port, request)) return
    if (!alive()) throw new Error('the process has ended')
    await sleep(2)
  }
  throw new Error('no answer within 90 s')
}

// Size, API key, version, correlation id, no client id; Metadata also asks for all topics.
export const apiVersionsRequest = Buffer.from('0000000a 0012 0000 00000001 ffff'.replaceAll(' ', ''), 'hex')
export const metadataRequest = Buffer.from('0000000e 0003 0001 00000001 ffff ffffffff'.replaceAll(' ', ''), 'hex')

/** The fields of /proc/PID/stat after the name, which may hold spaces: [11] utime, [12] stime, [19] start, in 1/100 s. */
function afterName(stat) {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Since the machine's start, as start times of processes are counted. */
function uptimeMs() {
  return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000
}

function answers(port, request) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const done = (result) => {
      socket.destroy()
      resolve(result)
    }
    socket.setTimeout(2000, () => done(false))
    socket.once('connect', () => socket.write(request))
    socket.once('data', () => done(true))
    socket.once('error', () => done(false))
    socket.once('close', () => done(false))
  })
}

/**
 * A free loopback port, below the range that outgoing connections take their ports from: there, a poll of a port that
 * nobody serves yet can connect to itself. Kafka's controller takes port + 101, so that one is free too.
 */
export async function freePort() {
  for (let tries = 0; tries < 100; tries++) {
    const port = 23_000 + Math.floor(Math.random() * 9000)
    if ((await isFree(port)) && (await isFree(port + 101))) return port
  }
  throw new Error('no free port found between 23000 and 32000')
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(true)))
  })
}

function isAlive(pid) {
  try {
    return afterName(readFileSync(`/proc/${pid}/stat`, 'utf8'))[0] !== 'Z'
  } catch {
    return false
  }
}

function lastLines(file) {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-20).join('\n')
  } catch {
    return `${file} cannot be read`
  }
}
