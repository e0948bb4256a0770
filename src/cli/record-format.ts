/**
 * The format of `ottla consume -f`, which is kcat's: a text in which these stand for a part of the record.
 *
 *   %s value   %S its length (-1: null)   %R its length as 4 bytes, big-endian
 *   %k key     %K its length (-1: null)   %h headers, as name=value,...
 *   %t topic   %p partition   %o offset   %T timestamp in ms since 1970   %% a percent sign
 *
 * `\n`, `\t`, `\r`, `\0`, `\\` and `\xHH` stand for the character they name. Keys and values come out byte for byte.
 */
import { InvalidArgumentError } from 'commander'
import { type TopicPartition, utf8 } from '#core'
import type { RecordView } from '#protocol/records'

/** A record as bytes, in pieces. */
export type RecordFormat = (where: TopicPartition, record: RecordView) => readonly Uint8Array[]

type Part = (record: RecordView, where: TopicPartition) => Uint8Array | readonly Uint8Array[]

const EMPTY = new Uint8Array(0)

const PARTS: Readonly<Record<string, Part>> = {
  s: ({ value }) => value ?? EMPTY,
  S: ({ value }) => utf8(String(value?.length ?? -1)),
  R: ({ value }) => bigEndian(value?.length ?? -1),
  k: ({ key }) => key ?? EMPTY,
  K: ({ key }) => utf8(String(key?.length ?? -1)),
  h: ({ headers }) =>
    headers.flatMap(({ key, value }, i) => [utf8(`${i > 0 ? ',' : ''}${key}=`), value ?? utf8('NULL')]),
  t: (_record, { topic }) => utf8(topic),
  p: (_record, { partition }) => utf8(String(partition)),
  o: ({ offset }) => utf8(String(offset)),
  T: ({ timestamp }) => utf8(String(timestamp)),
  '%': () => utf8('%'),
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0', '\\': '\\' }

/** Compiles a format. Throws an `InvalidArgumentError` that names the place where it is wrong. */
export function recordFormat(text: string): RecordFormat {
  const parts: Part[] = []
  let literal = ''
  const endLiteral = () => {
    if (literal === '') return
    const bytes = utf8(literal)
    parts.push(() => bytes)
    literal = ''
  }
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (character === '\\') {
      const hex = /^x([0-9a-fA-F]{2})/.exec(text.slice(at + 1))
      const escaped = ESCAPES[text[at + 1] ?? '']
      if (hex !== null) {
        endLiteral()
        const byte = Uint8Array.of(Number.parseInt(hex[1]!, 16))
        parts.push(() => byte)
        at += 3
      } else if (escaped !== undefined) {
        literal += escaped
        at += 1
      } else {
        throw new InvalidArgumentError(
          `Unknown escape ${JSON.stringify(text.slice(at, at + 2))} at character ${at + 1} of the format`,
        )
      }
    } else if (character === '%') {
      const part = PARTS[text[at + 1] ?? '']
      if (part === undefined) {
        const known = Object.keys(PARTS).map((name) => `%${name}`)
        throw new InvalidArgumentError(
          `Unknown ${JSON.stringify(text.slice(at, at + 2))} at character ${at + 1} of the format; there are ${known.join(' ')}`,
        )
      }
      endLiteral()
      parts.push(part)
      at += 1
    } else {
      literal += character
    }
  }
  endLiteral()
  return (where, record) => parts.flatMap((part) => part(record, where))
}

function bigEndian(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setInt32(0, value)
  return bytes
}
