/**
 * `npm start`: installs and builds what is missing, then runs a broker in this process, so that signals reach it directly.
 * What follows `--` goes to `ottla start`; without it the broker serves port 9092 and keeps its data in ./ottla-data.
 */
import { fileURLToPath } from 'node:url'
import { build } from './build.mjs'

await build()
const ottla = new URL('../dist/command/main.js', import.meta.url)
process.argv.splice(1, 1, fileURLToPath(ottla), 'start')
await import(ottla.href)
