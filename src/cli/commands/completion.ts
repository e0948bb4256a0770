/**
 * `ottla completion SHELL`: a script that makes the shell complete. The script asks `ottla __complete`, which knows all
 * commands and options, so it never is out of date.
 */
import { Argument, Command } from 'commander'
import { write } from '../output.ts'

/**
 * Each gives the words of the line up to the cursor, the last one perhaps empty, and offers what comes back; where nothing
 * does, the names of files. What comes back is never expanded by the shell: names of topics come from a broker.
 */
const SCRIPTS = {
  bash: `_ottla() {
  local line="\${COMP_LINE:0:COMP_POINT}" word
  local -a words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  COMPREPLY=()
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <("\${words[0]}" __complete -- "\${words[@]:1}" 2>/dev/null)
  if [[ \${COMPREPLY[0]-} == *= ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -o default -F _ottla ottla
`,
  zsh: `#compdef ottla
_ottla() {
  local -a found
  found=("\${(@f)$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -- "\${found[@]}"; else _files; fi
}
if [[ "\${funcstack[1]}" = _ottla ]]; then _ottla "$@"; else compdef _ottla ottla; fi
`,
  fish: `function __ottla_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found ($words[1] __complete -- $words[2..-1] 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c ottla -f -a '(__ottla_complete)'
`,
} as const

export function completionCommand(): Command {
  return new Command('completion')
    .addArgument(new Argument('<shell>', 'for which shell').choices(Object.keys(SCRIPTS)))
    .addHelpText(
      'after',
      `
Commands, options and their values are completed; names of topics and groups too, where a broker answers.

Examples:
  source <(ottla completion bash)                                          in ~/.bashrc
  ottla completion zsh > "\${fpath[1]}/_ottla"
  ottla completion fish > ~/.config/fish/completions/ottla.fish`,
    )
    .action(async (shell: keyof typeof SCRIPTS) => await write(SCRIPTS[shell]))
}
