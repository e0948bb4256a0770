/** Our reader of UTF-8 beside the platform's, which refuse the same bytes; and our writer. */
import { readUtf8, readUtf8Leniently, utf8, utf8Length } from '#core'
import { Violation } from '../engine/violation.mjs'

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lenient = new TextDecoder('utf-8', { ignoreBOM: true })

function run(bytes) {
  let expected
  try {
    expected = strict.decode(bytes)
  } catch {}
  const text = readUtf8(bytes, 0, bytes.length)
  if (text !== expected) throw new Violation(`read as ${JSON.stringify(text)}, it is ${JSON.stringify(expected)}`)
  if (readUtf8Leniently(bytes) !== lenient.decode(bytes)) throw new Violation('read leniently as something else')
  if (text === undefined) return
  if (utf8Length(text) !== bytes.length || Buffer.compare(utf8(text), bytes) !== 0)
    throw new Violation('written otherwise')
}

export const target = {
  about: 'text read in two ways',
  kind: 'primitives',
  bytesMax: 256,
  seeds: () =>
    ['', 'a', 'größe ☃ 𝄞', '\u0000\u007f\u0080\u07ff\u0800\uffff', '\ufeffbom', 'x'.repeat(40)].map((text) =>
      utf8(text),
    ),
  run,
}
