/**
 * Loaded into the broker before anything else (`node --import`): says how long its event loop stood still and what its heap
 * was at most since it was last asked, and notes what nobody caught. Asked and answered in lines on a socket whose path is
 * in WATCH_SOCKET: on any line, one of JSON.
 *
 * Standing still is told apart from waiting for a processor: of a turn that took long, what counts is the CPU time that the
 * thread of the event loop used in it, as Linux counts it; elsewhere that of the whole process.
 */
import { openSync, readSync } from 'node:fs'
import { createServer } from 'node:net'

const TICK_MS = 10
const collect = globalThis.gc ?? (() => {})
const schedule = process.platform === 'linux' ? openSync(`/proc/self/task/${process.pid}/schedstat`, 'r') : undefined
const scheduleText = Buffer.alloc(64)
let stallMs = 0
let peakBytes = 0
let uncaught = []
let before = performance.now()
let cpuBefore = cpuMs()

setInterval(() => {
  const now = performance.now()
  const cpu = cpuMs()
  stallMs = Math.max(stallMs, Math.min(now - before - TICK_MS, cpu - cpuBefore))
  before = now
  cpuBefore = cpu
  const { heapUsed, external } = process.memoryUsage()
  peakBytes = Math.max(peakBytes, heapUsed + external)
}, TICK_MS).unref()

process.on('unhandledRejection', (error) => uncaught.push(error?.stack ?? String(error)))

const server = createServer((socket) => {
  socket.unref()
  socket.on('error', () => {})
  socket.on('data', () => {
    const { rss } = process.memoryUsage()
    const seen = { stallMs, peakBytes, rss, uncaught }
    stallMs = 0
    uncaught = []
    collect()
    const { heapUsed, external } = process.memoryUsage()
    peakBytes = heapUsed + external
    // The collection is ours, not the broker's.
    before = performance.now()
    cpuBefore = cpuMs()
    socket.write(`${JSON.stringify({ ...seen, restBytes: peakBytes, objectBytes: heapUsed, bufferBytes: external })}\n`)
  })
})
/** CPU time of this thread, since it began. */
function cpuMs() {
  if (schedule !== undefined) {
    const length = readSync(schedule, scheduleText, 0, scheduleText.length, 0)
    return Number(scheduleText.toString('latin1', 0, length).split(' ')[0]) / 1e6
  }
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

server.listen(process.env.WATCH_SOCKET)
server.unref()
