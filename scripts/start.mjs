/**
 * `npm start`: installs and builds what is missing, then runs a broker in this process, so that Ctrl-C reaches it directly.
 * What follows `--` goes to `ottla start`; without it the broker serves port 9092 and keeps its data in ./ottla-data.
 */
import { fileURLToPath } from 'node:url'
import { build } from './build.mjs'

await build()
stopWithParent()
const ottla = new URL('../dist/command/main.js', import.meta.url)
process.argv.splice(1, 1, fileURLToPath(ottla), 'start')
await import(ottla.href)

/** Who ends npm ends only the shell between npm and us; a broker left behind would keep the port. */
function stopWithParent() {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    process.kill(process.pid, 'SIGTERM')
  }, 500)
  watch.unref()
}
