/**
 * What must be the same when another broker has opened the folder. Each function gives the differences as sentences, none
 * where all is well.
 *
 * A reading is a folder of files ISOLATION/TOPIC-PARTITION with a line for each record, in order: "offset timestamp type
 * epoch hash key", where the key is hashed and stands behind - if the record's value is null, else behind +.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

/** Every record of every partition, as it was. What a cleaner may take away, and only that, may be gone. */
export function differentRecords(before, after, { isCompacted, hasOpenTransaction = () => false }) {
  const differences = []
  for (const isolation of ['read_committed', 'read_uncommitted']) {
    for (const partition of Object.keys({ ...before.ends[isolation], ...after.ends[isolation] }).sort()) {
      const was = before.ends[isolation][partition]
      const is = after.ends[isolation][partition]
      const where = `${partition}, ${isolation}`
      // A new broker makes its internal topics when it needs them.
      if (was === undefined && partition.startsWith('__')) continue
      if (was === undefined || is === undefined) differences.push(`${where}: ${was ? 'gone' : 'was not there'}`)
      else if (isCompacted(partition))
        differences.push(...differentCompacted(before, after, isolation, partition, was.end))
      else if (hasOpenTransaction(partition)) differences.push(...shorter(before, after, isolation, partition))
      else if (!isDeepStrictEqual(was, is))
        differences.push(`${where}: ${firstDifference(before, after, isolation, partition, was, is)}`)
    }
  }
  return differences
}

function firstDifference(before, after, isolation, partition, was, is) {
  const old = linesOf(before, isolation, partition)
  const now = linesOf(after, isolation, partition)
  const at = old.findIndex((line, index) => line !== now[index])
  const record = at === -1 ? 'records agree' : `record ${at}: «${old[at]}» is «${now[at]}»`
  return `${JSON.stringify(was)} became ${JSON.stringify(is)}; ${record}`
}

/** All that was there is, and in its place; more may have come (a marker that ends an open transaction). */
function shorter(before, after, isolation, partition) {
  const now = linesOf(after, isolation, partition)
  const at = linesOf(before, isolation, partition).findIndex((line, index) => line !== now[index])
  return at === -1 ? [] : [`${partition}, ${isolation}: record ${at} is «${now[at]}»`]
}

/** Of each key the last record stays, unless a later one or a deletion took its place; nothing comes up that was not there. */
function differentCompacted(before, after, isolation, partition, end) {
  const old = linesOf(before, isolation, partition)
  const now = linesOf(after, isolation, partition)
  const known = new Set(old)
  const differences = []
  const where = `${partition}, ${isolation}`
  const added = now.find((line) => offsetOf(line) < end && !known.has(line))
  if (added !== undefined) differences.push(`${where}: a record that was not there, «${added}»`)
  // A record of an aborted transaction is no key's last one, though uncommitted readers see it as long as it is there.
  if (isolation === 'read_uncommitted') return differences
  const latest = lastOfKeys(now)
  for (const [key, line] of lastOfKeys(old)) {
    const isDeletion = line.split(' ')[5].startsWith('-')
    const kept = latest.get(key)
    if (kept === line || (kept === undefined && isDeletion)) continue
    if (kept === undefined || offsetOf(kept) < end)
      differences.push(`${where}: the last record of a key is lost, «${line}»`)
  }
  return differences.slice(0, 3)
}

/** Key -> its last record. */
function lastOfKeys(lines) {
  return new Map(lines.map((line) => [line.split(' ')[5].slice(1), line]))
}

/** What was acknowledged before a kill is there, at the offset and with the time that the acknowledgement said. */
export function missingAcknowledged(acknowledged, reading, { isCompacted }) {
  const differences = []
  let count = 0
  for (const topic of readdirSync(acknowledged)) {
    const found = new Map()
    for (const text of readFileSync(join(acknowledged, topic), 'utf8').split('\n').slice(0, -1)) {
      const [partition, offset, timestamp, hash] = text.split(' ')
      const name = `${topic}-${partition}`
      if (isCompacted(name)) continue
      if (!found.has(name)) {
        const records = linesOf(reading, 'read_uncommitted', name).map((line) => line.split(' '))
        found.set(name, new Map(records.map(([at, time, , , digest]) => [at, `${time} ${digest}`])))
      }
      count++
      if (Number(offset) < reading.ends.read_uncommitted[name].begin) continue
      const is = found.get(name).get(offset)
      if (is !== `${timestamp} ${hash}`) differences.push(`${name} at ${offset}: «${timestamp} ${hash}» is «${is}»`)
    }
  }
  return { count, differences }
}

/** What a cluster says of itself; `ignored` are paths like "groups.worker" that may differ. */
export function differentState(before, after, ignored = []) {
  const differences = []
  walk(before, after, '')
  return differences

  function walk(was, is, path) {
    if (ignored.some((name) => path === name || path.startsWith(`${name}.`))) return
    if (isPlain(was) && isPlain(is)) {
      for (const key of Object.keys({ ...was, ...is }).sort())
        walk(was[key], is[key], path === '' ? key : `${path}.${key}`)
    } else if (!isDeepStrictEqual(was, is)) {
      differences.push(`${path}: ${JSON.stringify(was)} became ${JSON.stringify(is)}`)
    }
  }
}

function isPlain(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function linesOf(reading, isolation, partition) {
  try {
    return readFileSync(join(reading.folder, isolation, partition), 'utf8')
      .split('\n')
      .slice(0, -1)
  } catch (error) {
    if (error.code === 'ENOENT') return []
    throw error
  }
}

function offsetOf(line) {
  return Number(line.slice(0, line.indexOf(' ')))
}
