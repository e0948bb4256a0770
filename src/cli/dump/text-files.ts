/** The files of a data folder that are text: checkpoints, properties, JSON. */
import { readUtf8Leniently } from '#core'
import type { Entry } from './entry.ts'

/** `replication-offset-checkpoint` and its like: a version, a count, and an offset for each partition. */
export function* dumpOffsetCheckpoint(content: Uint8Array): Generator<Entry> {
  yield* dumpCheckpoint(
    content,
    ['`topic partition offset`', /^(\S+) (\d+) (-?\d+)$/],
    ([, topic, partition, offset]) => ({
      type: 'offset',
      topic,
      partition: Number(partition),
      offset: Number(offset),
    }),
  )
}

/** `leader-epoch-checkpoint`: where each leader began. */
export function* dumpEpochCheckpoint(content: Uint8Array): Generator<Entry> {
  yield* dumpCheckpoint(content, ['`epoch offset`', /^(-?\d+) (-?\d+)$/], ([, epoch, startOffset]) => ({
    type: 'epoch',
    epoch: Number(epoch),
    startOffset: Number(startOffset),
  }))
}

/** Lines of `name=value` or `name: value`: an entry for all of them. */
export function* dumpProperties(content: Uint8Array): Generator<Entry> {
  const properties: Record<string, unknown> = {}
  for (const [i, line] of linesOf(content).entries()) {
    if (line === '' || line.startsWith('#')) continue
    const match = /^([^=:\s]+)\s*[=:]\s*(.*)$/.exec(line)
    if (match === null) yield wrongLine(i, line, 'name=value')
    else properties[match[1]!] = match[2]
  }
  yield { type: 'properties', ...properties }
}

/** `quorum-state` and the note of a clean shutdown: an object. */
export function* dumpJson(content: Uint8Array): Generator<Entry> {
  const text = readUtf8Leniently(content)
  try {
    yield { type: 'object', ...(JSON.parse(text) as object) }
  } catch (error) {
    yield { type: 'object', problem: `at byte 0: ${(error as Error).message}` }
  }
}

/** Lines as they are. */
export function* dumpText(content: Uint8Array): Generator<Entry> {
  for (const line of linesOf(content)) yield { type: 'line', text: line }
}

function* dumpCheckpoint(
  content: Uint8Array,
  [form, lineForm]: readonly [string, RegExp],
  toEntry: (match: RegExpExecArray) => Entry,
): Generator<Entry> {
  // Kafka makes some of them empty, and fills them later.
  if (content.length === 0) return
  const [version = '', count = '', ...lines] = linesOf(content)
  if (version !== '0') yield wrongLine(0, version, 'the version, 0')
  if (!/^\d+$/.test(count)) yield wrongLine(1, count, 'a count')
  for (const [i, line] of lines.entries()) {
    const match = lineForm.exec(line)
    yield match === null ? wrongLine(i + 2, line, form) : toEntry(match)
  }
  if (Number(count) !== lines.length) {
    yield wrongLine(1, count, `${lines.length}, as so many follow`)
  }
}

function wrongLine(index: number, line: string, expected: string): Entry {
  return { type: 'line', line: index + 1, text: line, problem: `in line ${index + 1}: it is not ${expected}` }
}

function linesOf(content: Uint8Array): string[] {
  const text = readUtf8Leniently(content)
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}
