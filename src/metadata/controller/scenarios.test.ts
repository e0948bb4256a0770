/**
 * Runs the scenarios in `scenarios/*.txt`: requests, a line `----`, and the records and responses that the controller gave,
 * up to a blank line. The files are reviewed like code; `OTTLA_REWRITE=1` writes anew what they expect.
 *
 *   config num.partitions=3              the broker's configuration, in the first line
 *   broker 1 [incarnation=a] [rack=r]    registers; `previous=epoch`: after a clean stop
 *   alive 1, stop 1, fence 1             heartbeats: caught up; wants to stop; wants to be fenced
 *   wait 9000                            time passes
 *   createTopics {"topics":[...]}        any request of the controller; what is left out is zero, empty or null
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ControllerWorld } from './controller-world.kit.test.ts'

const folder = fileURLToPath(new URL('../../../src/metadata/controller/scenarios/', import.meta.url))

for (const name of readdirSync(folder).filter((file) => file.endsWith('.txt'))) {
  const path = folder + name
  const expected = readFileSync(path, 'utf8')
  test(`scenario ${name.replace('.txt', '')}`, () => {
    const actual = run(expected)
    if (process.env.OTTLA_REWRITE === '1') writeFileSync(path, actual)
    else assert.equal(actual, expected)
  })
}

function run(text: string): string {
  let world = new ControllerWorld()
  const played = text
    .trimEnd()
    .split(/\n\n+/)
    .map((block) => {
      const lines = block.split('\n')
      const end = lines.indexOf('----')
      const commands = end < 0 ? lines : lines.slice(0, end)
      if (commands.every((line) => line.startsWith('#'))) return block
      const trace: string[] = []
      for (const command of commands) {
        if (command.startsWith('#')) continue
        if (command.startsWith('config ')) world = new ControllerWorld(properties(command))
        else trace.push(...world.play(command))
      }
      return [...commands, '----', ...trace].join('\n')
    })
  return `${played.join('\n\n')}\n`
}

function properties(command: string): Record<string, string> {
  return Object.fromEntries(
    command
      .split(' ')
      .slice(1)
      .map((word) => word.split('=')),
  )
}
