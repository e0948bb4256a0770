/**
 * `npm run bench:records`: what a record costs on its way through the broker and the client, in nanoseconds of one
 * core, and how fast the codecs are. `validate` is all that a leader does to a produced batch, CRC included; the CRC
 * alone stands beside it.
 *
 *   npm run bench:records -- --seconds 2 --only lz4
 */
import { parseArgs } from 'node:util'
import { build } from '../scripts/build.mjs'

const { values: options } = parseArgs({
  options: { seconds: { type: 'string', default: '0.5' }, only: { type: 'string', default: '' } },
})
await build()
const { utf8 } = await import('#core')
const { nodeCompute: compute, useNativeCrc32c } = await import('#host/node')
const records = await import('#protocol/records')
useNativeCrc32c()

const NOW = 1_700_000_000_000
const rules = {
  maxMessageBytes: 16 * 1024 * 1024,
  maxDecompressedMessageBytes: records.NO_DECOMPRESSED_LIMIT,
  compressionType: 'producer',
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Number.POSITIVE_INFINITY,
  timestampAfterMaxMs: 3_600_000,
  compacted: false,
}

/** Events as services write them, from a fixed seed. */
function events(bytes) {
  let text = ''
  let seed = 1
  const random = (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  while (text.length < bytes) {
    const event = ['click', 'view', 'buy'][random(3)]
    text += JSON.stringify({ id: random(2 ** 31), user: `user-${random(1000)}`, event, price: random(1e5) / 100 })
  }
  return utf8(text.slice(0, bytes))
}

const cases = [
  { title: '150 records of 100 B', count: 150, bytes: 100 },
  { title: '150 records of 100 B, keys, 1 header', count: 150, bytes: 100, key: true, header: true },
  { title: '1000 records of 10 B', count: 1000, bytes: 10 },
  { title: '1000 records of 100 B, keys', count: 1000, bytes: 100, key: true },
  { title: '16 records of 1 KB', count: 16, bytes: 1024 },
  { title: '1 record of 100 B', count: 1, bytes: 100 },
  ...['gzip', 'snappy', 'lz4', 'zstd'].map((codec) => ({
    title: `1000 records of 100 B, keys, ${codec}`,
    count: 1000,
    bytes: 100,
    key: true,
    codec,
  })),
]

/** Nanoseconds of processor time for one call: the best of five rounds after a warm-up. */
function measure(work) {
  const nanoseconds = (times) => {
    const began = process.cpuUsage()
    for (let i = 0; i < times; i++) work()
    const { user, system } = process.cpuUsage(began)
    return (user + system) * 1000
  }
  const least = (Number(options.seconds) * 1e9) / 5
  let times = 1
  while (nanoseconds(times) < least) times *= 2
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 5; round++) best = Math.min(best, nanoseconds(times))
  return best / times
}

const wanted = ({ title }) => title.includes(options.only)
const round = (number) => (number < 100 ? number.toFixed(1) : Math.round(number).toLocaleString('en'))

const rows = [['ns for a record', 'batch bytes', 'CRC', 'validate', 'read', 'encode']]
for (const { title, count, bytes, key, header, codec = 'none' } of cases.filter(wanted)) {
  const text = events(count * bytes)
  const input = Array.from({ length: count }, (_, i) => ({
    timestamp: NOW + (i >> 3),
    key: key ? utf8(`key-${i}`) : null,
    value: text.subarray(i * bytes, (i + 1) * bytes),
    headers: header ? [{ key: 'trace', value: utf8('4bf92f3577b34da6') }] : [],
  }))
  const encode = () => records.encodeBatch(input, { codec, compute })
  const batch = encode()
  const read = () => {
    for (const record of records.readRecords(batch, compute)) if (record.offset < 0) throw new Error('impossible')
  }
  const times = [
    measure(() => records.computeCrc(batch)),
    measure(() => records.validateBatch(batch, rules, compute, NOW)),
    measure(read),
    measure(encode),
  ]
  rows.push([title, batch.length.toLocaleString('en'), ...times.map((ns) => round(ns / count))])
}
show(rows)

const codecs = [['MB/s', 'ratio', 'compress', 'decompress']]
for (const codec of ['gzip', 'snappy', 'lz4', 'zstd'])
  for (const [size, bytes] of [
    ['1 KB', 1000],
    ['16 KB', 16_000],
    ['1 MB', 1_000_000],
  ]) {
    const title = `${codec}, ${size} of JSON`
    if (!wanted({ title })) continue
    const text = events(bytes)
    const compressed = records.compress(codec, text, { compute })
    const rate = (ns) => round((bytes * 1000) / ns)
    codecs.push([
      title,
      (bytes / compressed.length).toFixed(2),
      rate(measure(() => records.compress(codec, text, { compute }))),
      rate(measure(() => records.decompress(codec, compressed, { compute, bytesMax: bytes }))),
    ])
  }
console.log()
show(codecs)

function show(table) {
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)))
  for (const row of table) {
    console.log(row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '))
  }
}
