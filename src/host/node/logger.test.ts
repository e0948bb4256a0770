import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createNodeLogger, type LogFormat } from './logger.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A logger, and what it has written, one entry for each write. */
function world(format: LogFormat) {
  const writes: string[] = []
  const before = new Set(process.listeners('exit'))
  const logger = createNodeLogger({ format, write: (lines) => void writes.push(lines) })
  const [exit] = process.listeners('exit').filter((listener) => !before.has(listener))
  return { logger, writes, exit: exit as () => void }
}

for (const format of ['text', 'json'] as const) {
  test(`the lines of a turn leave in one write (${format})`, async () => {
    const { logger, writes } = world(format)
    logger.info('one')
    logger.debug('two', { offset: 7n })
    assert.deepEqual(writes, [])
    await turn()
    assert.equal(writes.length, 1)
    assert.match(writes[0]!, /one[^\n]*\n[^\n]*two[^\n]*\n$/)
    logger.info('three')
    await turn()
    assert.match(writes[1]!, /^[^\n]*three[^\n]*\n$/)
  })

  test(`warnings and errors leave at once, behind what was said before (${format})`, () => {
    const { logger, writes } = world(format)
    logger.info('one')
    logger.warn('two')
    logger.error('three')
    assert.equal(writes.length, 2)
    assert.match(writes[0]!, /one[^\n]*\n[^\n]*two/)
    assert.match(writes[1]!, /^[^\n]*three/)
  })

  test(`what was said last is there when the process exits (${format})`, () => {
    const { logger, writes, exit } = world(format)
    logger.info('the end')
    exit()
    assert.match(writes[0]!, /the end/)
  })
}

test('what a peer wrote does not move the cursor', async () => {
  const { logger, writes } = world('text')
  logger.info('a\u001b[2Jb\nc')
  await turn()
  assert.match(writes[0]!, /a\\x1b\[2Jb\\x0ac\n$/)
})
