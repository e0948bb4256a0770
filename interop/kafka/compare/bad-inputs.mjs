/**
 * What peers should not send, byte for byte to both: the list that Ottla's own tests go through
 * (src/server/bad-inputs/bad-inputs.kit.test.ts). Each says what Kafka answers where that is something else.
 */
import { connect } from 'node:net'
import { onFrames } from '../frames.mjs'

const PATIENCE_MS = 4000
/** COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR. */
const LOADING = new Set([14, 15, 16])

export async function cases(c) {
  const { answerText, badInputs, preparations } = await import('../../../dist/server/bad-inputs/bad-inputs.kit.test.js')
  const { createTopics, findCoordinator, heartbeat, metadata } = c.messages
  const worlds = await Promise.all(
    [c.kafka, c.ottla].map(async (side) => {
      await side.ask(createTopics, 5, preparations)
      await side.ask(findCoordinator, 3, { key: 'g', keyType: 0 })
      // Until their partitions of the offsets topic are there.
      for (const groupId of ['g', 'nobody', 'bad-group', 'bad-offsets', '']) {
        const beat = { groupId, generationId: 1, memberId: 'm', groupInstanceId: null }
        while (LOADING.has((await side.ask(heartbeat, 3, beat)).errorCode)) await c.settle(100)
      }
      const { topics } = await side.ask(metadata, 12, { topics: null })
      return { ordersId: topics.find(({ name }) => name === 'orders').topicId, nowMs: Date.now() }
    }),
  )
  for (const { row, name, api, version, frames, answer, kafka, isLarge } of badInputs) {
    // After some of these, one of Kafka's three network threads answers nobody any more.
    if (isLarge) continue
    const [theirs, ours] = await Promise.all(
      [c.kafka, c.ottla].map(async ({ port }, i) => {
        const sent = frames(worlds[i])
        const last = await send(port, sent)
        return typeof last === 'string' ? last : answerText(api, version, last)
      }),
    )
    c.tell(`BAD-${row} ${name}`, `${api.name} ${version}`, { theirs, ours, but: kafka?.but })
    const expected = kafka?.answer ?? answer
    if (ours !== answer || theirs !== expected) {
      console.log(`  said to be: ${answer}${kafka === undefined ? '' : `, Kafka ${expected}`}`)
    }
  }
}

/** The last of as many answers as there are frames, without its size; or `closed`, or `silent`. */
function send(port, frames) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.concat(frames)))
    const answers = []
    const end = (outcome) => {
      clearTimeout(patience)
      socket.destroy()
      resolve(outcome)
    }
    const patience = setTimeout(() => end('silent'), PATIENCE_MS)
    onFrames(socket, (frame) => {
      answers.push(frame)
      if (answers.length === frames.length) end(answers.at(-1))
    })
    socket.on('error', () => {})
    socket.on('close', () => end('closed'))
  })
}
