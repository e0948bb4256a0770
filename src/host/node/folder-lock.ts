/**
 * One process per data folder.
 *
 * Node has no file locks, and a file with a process id is a weak one: it outlives its process, and two that find it stale
 * may both take it over. So the lock is something the kernel takes back with the process.
 *
 * Linux: a socket in the abstract namespace, named after the folder's device and inode, so that another path to the same
 *   folder meets the same lock. Binding it is atomic. It is bound to the network namespace: two containers that share
 *   a volume but not a network do not see each other's.
 *   Kafka takes a POSIX lock on `.lock`, which is shown in /proc/locks. We take one as well where we have the call for it;
 *   elsewhere a Kafka broker that starts while we run is not kept out.
 * Windows: a named pipe, which is exclusive and ends with the process as well.
 * Elsewhere: the process id in `.lock`, taken over when no such process runs. Two that take over the same stale file at
 *   the same time are told apart by reading it again, except in a window of a few microseconds.
 *
 * Everywhere the holder's process id is written into `.lock`, for the message that another process prints.
 */
import { type BigIntStats, closeSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { dirname } from 'node:path'
import type { Lock } from '../disk.ts'
import { HostError } from '../host-error.ts'
import { systemCalls } from './system-calls.ts'

/** The whole of `sun_path`. Node 20 pads shorter names with zeros to this and newer ones do not: two locks for one folder. */
const ABSTRACT_NAME_BYTES = 108

export async function lockFolder(path: string): Promise<Lock> {
  try {
    return process.platform === 'linux' || process.platform === 'win32' ? await lockByName(path) : lockByProcessId(path)
  } catch (cause) {
    if (cause instanceof HostError) throw cause
    const { code = 'EIO', message } = cause as NodeJS.ErrnoException
    throw new HostError(code, `Cannot lock ${path}: ${message}`, cause)
  }
}

async function lockByName(path: string): Promise<Lock> {
  // By bigint: inodes of some file systems do not fit a double.
  const { dev, ino } = statSync(dirname(path), { bigint: true })
  const server = await bind(
    process.platform === 'win32'
      ? `\\\\.\\pipe\\ottla-data-folder-${dev}-${ino}`
      : `\0ottla-data-folder/${dev}/${ino}/`.padEnd(ABSTRACT_NAME_BYTES, '.'),
    path,
  )
  let file: number | undefined
  try {
    const holder = lockHolder(path)
    if (holder !== undefined) throw locked(path, holder)
    writeFileSync(path, `${process.pid}\n`)
    file = lockFile(path)
  } catch (error) {
    server.close()
    throw error
  }
  return {
    release() {
      if (file !== undefined) closeSync(file)
      file = undefined
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** Takes Kafka's lock; returns the file that has to stay open for it, undefined where we cannot. */
function lockFile(path: string): number | undefined {
  const system = systemCalls()
  if (system === undefined) return undefined
  const file = openSync(path, 'r+')
  if (system.lock(file)) return file
  closeSync(file)
  throw locked(path, lockHolder(path) ?? 'another process')
}

function bind(name: string, path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') return reject(error)
      const holder = holderIn(path)
      if (holder === process.pid) reject(locked(path, 'this very process, perhaps under another name'))
      else reject(locked(path, holderText(path)))
    })
    server.listen({ path: name }, () => {
      server.unref()
      resolve(server)
    })
  })
}

/** Who has a lock on the file, as a Kafka broker has while it runs, and a broker of ours that we meet by its file alone. */
function lockHolder(path: string): string | undefined {
  let file: BigIntStats
  let locks: string
  try {
    file = statSync(path, { bigint: true })
    locks = readFileSync('/proc/locks', 'latin1')
  } catch {
    return undefined // No such file yet, or no /proc.
  }
  const major = ((file.dev >> 8n) & 0xfffn) | ((file.dev >> 32n) & ~0xfffn)
  const minor = (file.dev & 0xffn) | ((file.dev >> 12n) & ~0xffn)
  const hex = (value: bigint) => value.toString(16).padStart(2, '0')
  const place = `${hex(major)}:${hex(minor)}:${file.ino}`
  for (const line of locks.split('\n')) {
    // 1: POSIX  ADVISORY  WRITE 22568 fe:00:9986097 0 EOF
    const [, kind, , access, process, where] = line.trim().split(/\s+/)
    if (access !== 'WRITE' || where !== place) continue
    if (kind === 'POSIX') return `process ${process}`
    if (kind === 'OFDLCK') return holderText(path)
  }
  return undefined
}

const held = new Set<string>()

function lockByProcessId(path: string): Lock {
  const holder = holderIn(path)
  if (held.has(path) || (holder !== undefined && holder !== process.pid && isRunning(holder))) {
    throw locked(path, `process ${holder}`)
  }
  writeFileSync(path, `${process.pid}\n`)
  if (holderIn(path) !== process.pid) throw locked(path, 'another process')
  held.add(path)
  return {
    async release() {
      held.delete(path)
      writeFileSync(path, '')
    },
  }
}

function holderIn(path: string): number | undefined {
  try {
    const text = readFileSync(path, 'latin1').trim()
    return /^[1-9][0-9]{0,9}$/.test(text) ? Number(text) : undefined
  } catch {
    return undefined
  }
}

function holderText(path: string): string {
  const holder = holderIn(path)
  return holder === undefined ? 'another process' : `process ${holder}`
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function locked(path: string, holder: string): HostError {
  return new HostError('ELOCKED', `The folder ${dirname(path)} is in use by ${holder}`)
}
