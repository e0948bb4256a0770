/** `ottla __complete -- WORDS`: what the last of the words may become, a line each. For the scripts of `ottla completion`. */
import { Command } from 'commander'
import { completionsOf } from '../completions.ts'
import { write } from '../output.ts'

export function completeCommand(): Command {
  return new Command('__complete').argument('[words...]').action(async (words: string[]) => {
    const found = await completionsOf(words)
    if (found.length > 0) await write(`${found.join('\n')}\n`)
  })
}
