#!/usr/bin/env node
/**
 * The `ottla` command: runs what the command line says, and tells what went wrong in one place.
 */
import process from 'node:process'
import { explain } from './explain.ts'
import { bearClosedOutput } from './output.ts'
import { createProgram } from './program.ts'

bearClosedOutput()
const words = process.argv.slice(2)
try {
  const program = await createProgram(words)
  await program.parseAsync(words, { from: 'user' })
} catch (error) {
  process.exitCode = explain(error)
  // What is still open, such as a pipe that we read from, must not keep a command alive that has failed.
  process.stdout.write('', () => process.exit())
}
