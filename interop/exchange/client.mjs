/**
 * The one JVM of a run: Client.java as a process that answers commands. Many may be under way; each answer finds its question
 * by id.
 */
import { execFileSync, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const home = process.env.KAFKA_HOME ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ottla', 'kafka')

export class Client {
  #child
  #waiting = new Map()
  #nextId = 1

  /** @param {string} log - where the clients' warnings go; a broker that is killed gives many */
  constructor(log) {
    execFileSync('bash', ['-c', `. "${here}/../kafka/env.sh"; need_libs "$KAFKA_LIBS"`], { stdio: 'inherit' })
    const errors = openSync(log, 'a')
    const args = [
      '-Xmx768m',
      '-XX:TieredStopAtLevel=1',
      '-Dlog.level=WARN',
      `-Dlog4j2.configurationFile=${here}/../kafka/log4j2.yaml`,
    ]
    this.#child = spawn('java', [...args, '-cp', `${home}/libs/*`, join(here, 'Client.java')], {
      stdio: ['pipe', 'pipe', errors],
    })
    closeSync(errors)
    const lines = createInterface({ input: this.#child.stdout, crlfDelay: Number.POSITIVE_INFINITY })
    // The clients' logger writes to the same stream; an answer is a line of JSON.
    lines.on('line', (line) => line.startsWith('{"') && this.#answer(JSON.parse(line)))
    this.#child.once('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values())
        reject(new Error(`the clients' JVM ended with ${signal ?? code}`))
    })
    process.on('exit', () => this.#child.kill('SIGKILL'))
  }

  /**
   * @param {string} what - a command of Client.java
   * @param {{ bootstrap: string }} broker
   * @param {object} [parameters]
   */
  ask(what, broker, parameters = {}) {
    const id = this.#nextId++
    this.#child.stdin.write(`${JSON.stringify({ id, do: what, bootstrap: broker.bootstrap, ...parameters })}\n`)
    return new Promise((resolve, reject) => this.#waiting.set(id, { what, resolve, reject }))
  }

  close() {
    this.#child.stdin.end()
  }

  #answer({ id, result, error }) {
    const { what, resolve, reject } = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error === undefined) resolve(result)
    else reject(new Error(`${what}: ${error}`))
  }
}
