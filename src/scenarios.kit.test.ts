/**
 * Scenarios to read: text files with commands, a line `----`, and what came of them, up to a blank line. They are reviewed like
 * code; a line that begins with `#` is for their readers, and `OTTLA_REWRITE=1` writes anew what they expect.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

/** Plays the commands of one block; gives what came of them, line by line. */
export type Player = (commands: readonly string[]) => readonly string[] | Promise<readonly string[]>

/** A test for each scenario of a folder of `src`, each with a player of its own. */
export function testScenarios(folder: string, newPlayer: () => Player | Promise<Player>): void {
  const path = fileURLToPath(new URL(`../src/${folder}/`, import.meta.url))
  for (const name of readdirSync(path).filter((file) => file.endsWith('.txt'))) {
    const expected = readFileSync(path + name, 'utf8')
    test(`scenario ${name.replace('.txt', '')}`, async () => {
      const actual = await played(expected, await newPlayer())
      if (process.env.OTTLA_REWRITE === '1') writeFileSync(path + name, actual)
      else assert.equal(actual, expected)
    })
  }
}

async function played(scenario: string, player: Player): Promise<string> {
  const blocks: string[] = []
  for (const block of scenario.trimEnd().split(/\n\n+/)) {
    const [said = ''] = block.split(/^----$/m)
    const lines = said.trimEnd().split('\n')
    const commands = lines.filter((line) => !line.startsWith('#'))
    blocks.push(commands.length === 0 ? block : [...lines, '----', ...(await player(commands))].join('\n'))
  }
  return `${blocks.join('\n\n')}\n`
}
