import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command } from 'commander'
import { createProgram } from './program.ts'

const NAMES = ['start', 'topic', 'produce', 'consume', 'group', 'cluster', 'dump', 'completion', 'version']

/** What the command says when the words are wrong, and the exit code of its error. */
async function refusal(...words: string[]): Promise<string> {
  const program = await createProgram(words)
  let said = ''
  const hear = (text: string) => {
    said += text
  }
  const listen = (command: Command) => {
    command.configureOutput({ writeErr: hear, writeOut: hear })
    for (const sub of command.commands) listen(sub)
  }
  listen(program)
  await assert.rejects(program.parseAsync(words, { from: 'user' }), { name: 'CommanderError' })
  return said.replace(/\n[^\n]* --help shows what there is\.\n$/, '')
}

test('the help of the whole names each command, and loads none', async () => {
  const program = await createProgram([])
  const help = program.helpInformation()
  assert.ok(program.commands.every(({ options }) => options.length === 0))
  for (const name of NAMES) assert.match(help, new RegExp(`^ {2}${name} `, 'm'))
  assert.doesNotMatch(help, /__complete/)
})

test('the help of each command has its options, described', async () => {
  for (const name of NAMES) {
    const program = await createProgram([name])
    const command = program.commands.find((sub) => sub.name() === name)!
    for (const one of command.commands.length > 0 ? command.commands : [command]) {
      assert.notEqual(one.description(), '', one.name())
      assert.ok(
        one.options.every(({ description }) => description !== ''),
        one.name(),
      )
      assert.match(one.helpInformation(), /Usage: ottla /)
    }
  }
})

test('one letter is one option', async () => {
  for (const name of NAMES) {
    const program = await createProgram([name])
    const command = program.commands.find((sub) => sub.name() === name)!
    for (const one of [command, ...command.commands]) {
      const letters = one.options.flatMap(({ short }) => short ?? [])
      assert.equal(new Set(letters).size, letters.length, one.name())
    }
  }
})

test('wrong words are refused with what is wrong and what would be right', async () => {
  assert.equal(await refusal('topic', 'create'), "ottla: missing required argument 'new-topic'")
  assert.match(await refusal('topic', 'list', '-b', 'host:port'), /"host:port" is no address\. Give host:port, several/)
  assert.match(await refusal('consume', 't', '-f', '%q'), /Unknown "%q" at character 1 of the format; there are %s/)
  assert.match(await refusal('consume', 't', '-p', '0', '-g', 'g'), /'-p, --partition <number>' cannot be used with/)
  assert.match(await refusal('consume', 't', '--last', '1', '--since', '1h'), /cannot be used with/)
  assert.match(await refusal('group', 'reset', 'g'), /required option '--to <where>' not specified/)
  assert.match(await refusal('group', 'reset', 'g', '--to', 'there'), /Give earliest, latest, an offset/)
  assert.match(await refusal('completion', 'csh'), /Allowed choices are bash, zsh, fish\./)
  assert.match(await refusal('start', '--memory', '--data', 'x'), /cannot be used with option '--memory'/)
  assert.match(await refusal('version', 'please'), /too many arguments/)
})
