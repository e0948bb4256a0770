#!/usr/bin/env node
/**
 * Passes every file of data folders through Apache Kafka's own reader of log files (dump-log) and looks for complaints.
 *
 *   node dump-check.mjs [--compacted TOPIC,...] FOLDER...
 *
 * A FOLDER is one of a broker's log.dirs, or one that has such below it. Of each partition the segments are read record by
 * record, the offset and time indexes compared with them, transaction indexes, producer snapshots, and the metadata log
 * with its snapshots decoded; indexes also pass the check that Kafka makes before it trusts them at a start. The broker
 * must not be running. Offsets may be missing, and batches be empty, in the topics that are named as compacted, and nowhere
 * else. Closes with
 * `N passed, N failed`, where N counts files.
 *
 * One JVM reads many files; where it ends with an exception, the file it was at has failed and another JVM reads the rest.
 * Of a folder that Apache Kafka itself left, one file fails: the time index of the metadata log, which stays preallocated.
 */
import { execFileSync, spawn } from 'node:child_process'
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const here = dirname(fileURLToPath(import.meta.url))
const home = process.env.KAFKA_HOME ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ottla', 'kafka')
/** What the tool prints about the file it reads, when something is wrong with it. */
const complaint =
  /isvalid: false|invalid bytes at the end of|^Ignoring unknown file|\bError at (offset )?\d+, skipping|Unknown record type \S+ at offset \d+, skipping/i
/** What it prints at the end, about a file that it names; details follow, indented. */
const lateComplaint =
  /^(Mismatches in :|Found timestamp mismatch in :|Found out of order timestamp in :|The following indexed offsets are not found in :|Non-consecutive offsets in )(.*)$/

const { values: options, positionals } = parseArgs({
  options: { compacted: { type: 'string', default: '' } },
  allowPositionals: true,
})
const compacted = new Set(options.compacted.split(','))
const folders = positionals.map((folder) => resolve(folder))
if (folders.length === 0) {
  console.error('dump-check: name the data folders to read')
  process.exit(2)
}
execFileSync('bash', ['-c', `. "${here}/env.sh"; need_libs "$KAFKA_LIBS"`], {
  stdio: 'inherit',
})

const began = Date.now()
const all = folders.flatMap(filesBelow)
const isCompacted = (file) => compacted.has(partitionOf(file).replace(/-\d+$/, ''))
const partitionOf = (file) => basename(dirname(file))
const offsets = (file) => partitionOf(file).startsWith('__consumer_offsets-') && file.endsWith('.log')
const metadata = (file) => partitionOf(file) === '__cluster_metadata-0' && /\.(log|checkpoint)$/.test(file)
const index = (file) => /\.(index|timeindex)$/.test(file)

/** file -> the first thing that Kafka's reader complained of, or undefined. */
const findings = new Map()
const others = all.filter((file) => !offsets(file) && !metadata(file))
await Promise.all([
  read(others, ['--deep-iteration', '--print-data-log']),
  read(all.filter(offsets), ['--offsets-decoder']),
  read(all.filter(metadata), ['--cluster-metadata-decoder']),
  read(all.filter(index), ['--index-sanity-check']),
])

const failed = all.flatMap((file) => (findings.get(file) === undefined ? [] : [[file, findings.get(file)]]))
for (const [file, finding] of failed) console.log(`FAIL ${relative(process.cwd(), file)}: ${finding}`)
const bytes = all.reduce((sum, file) => sum + statSync(file).size, 0)
console.log(
  `${all.length} files, ${(bytes / 1e6).toFixed(1)} MB, read in ${((Date.now() - began) / 1000).toFixed(0)} s`,
)
console.log(`${findings.size - failed.length} passed, ${failed.length} failed`)
if (failed.length > 0 || findings.size === 0) process.exitCode = 1

async function read(files, options) {
  let left = files
  for (let tries = 0; left.length > 0; tries++) {
    const seen = await runTool(left, options)
    // Files that a JVM did not come to, because it ended at one before, are read by the next, but not for ever.
    left = left.slice(Math.max(seen, 1))
    if (tries === 10)
      for (const file of left.splice(0)) complain(file, 'not read: too many files before it end the reader')
  }
}

/** Reads files with one JVM; returns how many it came to. */
async function runTool(files, options) {
  // The list is longer than what a command line takes, so all arguments are in a file, quoted as java wants them.
  const list = join(tmpdir(), `dump-check-${process.pid}${options[0]}.args`)
  const quoted = [...options, '--max-message-size', '104857600', '--files', files.join(',')].map((word) => `"${word}"`)
  writeFileSync(
    list,
    `-Xmx1g -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile="${here}/log4j2.yaml" -cp "${home}/libs/*" org.apache.kafka.tools.DumpLogSegments ${quoted.join(' ')}\n`,
  )
  const child = spawn('java', [`@${list}`], { stdio: ['ignore', 'pipe', 'pipe'] })
  let seen = 0
  let errors = ''
  let late
  const line = (text) => {
    if (text.startsWith('Dumping /')) {
      findings.set(files[seen], findings.get(files[seen]))
      seen++
      return
    }
    const [, what, named] = lateComplaint.exec(text) ?? []
    if (named !== undefined)
      late = { what, file: files.find((file) => file === named || basename(file) === named) ?? named }
    else if (late !== undefined && text.startsWith('  ')) {
      // The tool begins each file at offset -1, so it finds a gap before the first record of any later segment. Compaction
      // leaves gaps, and batches without records, in which the tool finds no time.
      const mayBe =
        /^ +-1 is followed by \d+$/.test(text) ||
        (isCompacted(late.file) && (late.what.startsWith('Non-consecutive') || /log timestamp: -1$/.test(text)))
      if (!mayBe) complain(late.file, `${late.what} ${text.trim()}`)
    } else if (seen > 0 && text.length < 10_000 && complaint.test(text)) complain(files[seen - 1], text)
  }
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  for await (const text of createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY })) line(text)
  const code = child.exitCode ?? (await new Promise((done) => child.once('exit', done)))
  for (const text of errors.split('\n')) line(text)
  rmSync(list)
  if (code !== 0 || /^Exception in thread/m.test(errors))
    complain(files[Math.max(seen - 1, 0)], errors.trim().split('\n').slice(0, 3).join(' ') || `java ended with ${code}`)
  return seen
}

function complain(file, what) {
  if (findings.get(file) === undefined) findings.set(file, what.trim().slice(0, 500))
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? filesBelow(path) : [path]
    })
    .filter((file) => /-\d+$/.test(dirname(file)) && /\.(log|index|timeindex|txnindex|snapshot|checkpoint)$/.test(file))
    .sort()
}
