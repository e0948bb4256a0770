/**
 * The longest time that a broker let someone wait, from a thread of its own: ApiVersions again and again, which costs a broker
 * next to nothing, so that its answer is late only when its event loop, or the machine, is held up.
 */
import { connect } from 'node:net'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { apiVersionsRequest } from '../scripts/broker.mjs'

const PAUSE_MS = 5

/** Begins to ask. `stop()` resolves with the longest wait for an answer, in ms. */
export function probe(port) {
  const worker = new Worker(new URL(import.meta.url), { workerData: { port } })
  return {
    stop: () =>
      new Promise((resolve, reject) => {
        worker.once('error', reject)
        worker.once('message', (longest) => {
          resolve(longest)
          void worker.terminate()
        })
        worker.postMessage('stop')
      }),
  }
}

if (!isMainThread && workerData?.port !== undefined) {
  let longest = 0
  let sent = 0
  let left = 0
  const socket = connect({ host: '127.0.0.1', port: workerData.port, noDelay: true })
  const ask = () => {
    sent = performance.now()
    socket.write(apiVersionsRequest)
  }
  socket.once('connect', ask)
  socket.on('error', () => {})
  socket.on('data', (bytes) => {
    if (left === 0) left = bytes.readInt32BE(0) + 4
    left -= bytes.length
    if (left > 0) return
    longest = Math.max(longest, performance.now() - sent)
    setTimeout(ask, PAUSE_MS)
  })
  parentPort.once('message', () => parentPort.postMessage(Math.max(longest, left > 0 ? performance.now() - sent : 0)))
}
