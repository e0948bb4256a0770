/** What the targets of messages share: any bytes as any message of a list, in any version. */
import { readFileSync } from 'node:fs'
import { ByteReader, ByteWriter, MalformedError } from '#core'
import { decode, decodeExact, encode } from '#protocol'
import { Violation } from '../engine/violation.mjs'

const HEAD = 3
const vectors = new URL('../../src/protocol/vectors/kafka-4.4.0-seed7.jsonl', import.meta.url)

/**
 * A message that can be read can be written, and what is written reads as the same and is written as the same bytes again.
 * The first two bytes choose the message, the third its version.
 */
export function messagesTarget(about, schemas, more = {}) {
  const byName = new Map(
    schemas.flatMap((schema, i) => [
      [schema.name, i],
      [`${schema.name}Data`, i],
    ]),
  )
  return {
    about,
    kind: 'messages',
    bytesMax: 2048,
    seeds() {
      const lines = readFileSync(vectors, 'utf8').trim().split('\n')
      return lines.flatMap((line) => {
        const { message, version, hex } = JSON.parse(line)
        const index = byName.get(message)
        if (index === undefined || hex.length > 2000) return []
        const step = version - schemas[index].versionMin
        return [Uint8Array.of(index >> 8, index, step, ...Buffer.from(hex, 'hex'))]
      })
    },
    run(bytes) {
      if (bytes.length < HEAD) return
      const schema = schemas[((bytes[0] << 8) | bytes[1]) % schemas.length]
      const version = schema.versionMin + (bytes[2] % (schema.versionMax - schema.versionMin + 1))
      checkMessage(schema, version, bytes)
    },
    ...more,
  }
}

function checkMessage(schema, version, bytes) {
  const reader = new ByteReader(bytes, HEAD)
  let isMessage = true
  try {
    decode(schema, version, reader)
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    isMessage = false
  }
  let exact
  try {
    exact = decodeExact(schema, version, new ByteReader(bytes, HEAD))
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
  }
  if ((exact !== undefined) !== isMessage) throw new Violation(`${schema.name} ${version} is read in one way only`)
  if (exact === undefined) return
  const once = written(schema, version, exact)
  const back = new ByteReader(once)
  const twice = written(schema, version, decodeExact(schema, version, back))
  if (back.remaining > 0 || Buffer.compare(once, twice) !== 0) {
    throw new Violation(`${schema.name} ${version} is not the same when written and read again`)
  }
}

function written(schema, version, value) {
  const writer = new ByteWriter()
  encode(schema, version, writer, value)
  return writer.finishJoined().slice()
}
