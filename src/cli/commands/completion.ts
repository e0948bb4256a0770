/**
 * `ottla completion SHELL`: a script that makes the shell complete. The script only asks `ottla completion --words`, which
 * knows all commands and options, so it never is out of date.
 */
import process from 'node:process'
import { Command } from 'commander'
import { createProgram } from '../program.ts'
import { UsageError } from '../usage-error.ts'

const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_ottla() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(ottla completion --words -- "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _ottla ottla`,
  zsh: `#compdef ottla
_ottla() { compadd -- \${(f)"$(ottla completion --words -- "\${words[@]:1:CURRENT-2}" 2>/dev/null)"} }
compdef _ottla ottla`,
  fish: `complete -c ottla -f -a '(ottla completion --words -- (commandline -opc)[2..-1] 2>/dev/null)'`,
}

export function completionCommand(): Command {
  return new Command('completion')
    .description('print a script that makes your shell complete this command')
    .argument('[shell-or-words...]', 'bash, zsh or fish; with --words, what stands on the line so far')
    .option('--words', 'print what may come after the words given')
    .addHelpText(
      'after',
      `
Examples:
  ottla completion bash >> ~/.bashrc
  ottla completion zsh > "\${fpath[1]}/_ottla"
  ottla completion fish > ~/.config/fish/completions/ottla.fish`,
    )
    .action(async (given: string[], options: { words?: boolean }) => {
      if (options.words === true) {
        process.stdout.write(`${(await wordsAfter(given)).join('\n')}\n`)
        return
      }
      const script = SCRIPTS[given[0] ?? '']
      if (script === undefined) {
        throw new UsageError(`There is no completion for ${JSON.stringify(given[0] ?? '')}`, 'Give bash, zsh or fish.')
      }
      process.stdout.write(`${script}\n`)
    })
}

/** What may come after `words`: commands below the one they lead to, and its options. */
export async function wordsAfter(words: readonly string[]): Promise<string[]> {
  let command = await createProgram()
  for (const word of words) {
    const below = command.commands.find((sub) => sub.name() === word || sub.aliases().includes(word))
    if (below !== undefined) command = below
  }
  const options = command.options.flatMap(({ long }) => (long === null || long === undefined ? [] : [long]))
  return [...command.commands.map((sub) => sub.name()), ...options, '--help']
}
