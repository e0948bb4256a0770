/**
 * One process per data folder.
 *
 * Node has no file locks, and a file with a process id is a weak one: it outlives its process, and two that find it stale
 * may both take it over. So the lock is something the kernel takes back with the process.
 *
 * Linux: a socket in the abstract namespace, named after the folder's device and inode, so that another path to the same
 *   folder meets the same lock. Binding it is atomic. It is bound to the network namespace: two containers that share
 *   a volume but not a network do not see each other's.
 *   Kafka takes a POSIX lock on `.lock`. We can see that one in /proc/locks and refuse; we cannot take one without native
 *   code, so a Kafka broker that starts while we run is not kept out.
 * Windows: a named pipe, which is exclusive and ends with the process as well.
 * Elsewhere: the process id in `.lock`, taken over when no such process runs. Two that take over the same stale file at
 *   the same time are told apart by reading it again, except in a window of a few microseconds.
 *
 * Everywhere the holder's process id is written into `.lock`, for the message that another process prints.
 */
import { type BigIntStats, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { dirname } from 'node:path'
import type { Lock } from '../disk.ts'
import { HostError } from '../host-error.ts'

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
  try {
    const holder = process.platform === 'linux' ? posixLockHolder(path) : undefined
    if (holder !== undefined) throw locked(path, `process ${holder}`)
    writeFileSync(path, `${process.pid}\n`)
  } catch (error) {
    server.close()
    throw error
  }
  return { release: () => new Promise((resolve) => server.close(() => resolve())) }
}

function bind(name: string, path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') return reject(error)
      const holder = holderIn(path)
      if (holder === process.pid) reject(locked(path, 'this very process, perhaps under another name'))
      else reject(locked(path, holder === undefined ? 'another process' : `process ${holder}`))
    })
    server.listen({ path: name }, () => {
      server.unref()
      resolve(server)
    })
  })
}

/** The process that has a POSIX lock on the file, as a Kafka broker has while it runs. */
function posixLockHolder(path: string): string | undefined {
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
    if ((kind === 'POSIX' || kind === 'OFDLCK') && access === 'WRITE' && where === place) return process
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
