/**
 * Calls of Linux that Node does not have, by a foreign function interface, where that is installed. Each of them has
 * something to fall back on.
 *
 * They go to file descriptors behind the back of Node's event loop, which allows for that as long as it has nothing of its
 * own under way with them: see docs/decisions/0015-calls-that-node-does-not-have.md.
 */
import { createRequire } from 'node:module'

export interface SystemCalls {
  /** sendfile(2): up to `length` bytes of a file from `position`; returns how many the socket has taken, 0 where none. */
  sendFile(socket: number, file: number, position: number, length: number): number
  /** send(2): returns how many of the bytes the socket has taken at once, 0 where none. */
  send(socket: number, bytes: Uint8Array): number
  /** setsockopt(2): of a socket, or of all that a listening one will accept. */
  setBuffer(socket: number, kind: 'send' | 'receive', bytes: number): void
  /** fallocate(2): blocks for a stretch of a file, whose size stays as it is. Returns whether it has them. */
  reserve(file: number, position: number, length: number): boolean
  /** fcntl(2): an exclusive lock on a file while this descriptor is open; false where another has one. Not every file system has locks. */
  lock(file: number): boolean
}

/** Little-endian, with file offsets of 64 bits, and the numbers below. */
const ARCHITECTURES: readonly string[] = ['x64', 'arm64']

const MSG_DONTWAIT = 0x40
const MSG_NOSIGNAL = 0x4000
const SOL_SOCKET = 1
const SO_SNDBUF = 7
const SO_RCVBUF = 8
const FALLOC_FL_KEEP_SIZE = 1
/**
 * Of the open file, not of the process as Kafka's is: that one would be lost when any descriptor of the file is closed. Each
 * keeps the other out.
 */
const F_OFD_SETLK = 37
const F_WRLCK = 1
/** `struct flock`: with a type and nothing else it is about the whole file. */
const FLOCK_BYTES = 32
/** EAGAIN, EACCES. */
const TAKEN: readonly number[] = [11, 13]

let loaded: SystemCalls | undefined
let isLoaded = false

/** Undefined where there are none. The first time takes some ten milliseconds. */
export function systemCalls(): SystemCalls | undefined {
  if (!isLoaded) loaded = load()
  isLoaded = true
  return loaded
}

/** The same, but only if somebody has needed them before. */
export function loadedSystemCalls(): SystemCalls | undefined {
  return loaded
}

function load(): SystemCalls | undefined {
  if (process.platform !== 'linux' || !ARCHITECTURES.includes(process.arch)) return undefined
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi')
    const system = koffi.load(null)
    const sendfile = system.func('intptr_t sendfile(int socket, int file, _Inout_ int64_t *position, size_t length)')
    const send = system.func('intptr_t send(int socket, const void *bytes, size_t length, int flags)')
    const setsockopt = system.func('int setsockopt(int socket, int level, int name, const int *value, uint32_t length)')
    const fallocate = system.func('int fallocate(int file, int mode, int64_t position, int64_t length)')
    const fcntl = system.func('int fcntl(int file, int command, const void *lock)')
    return {
      sendFile: (socket, file, position, length) => Math.max(0, sendfile(socket, file, [position], length)),
      send: (socket, bytes) => Math.max(0, send(socket, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL)),
      setBuffer(socket, kind, bytes) {
        setsockopt(socket, SOL_SOCKET, kind === 'send' ? SO_SNDBUF : SO_RCVBUF, [bytes], 4)
      },
      reserve: (file, position, length) => fallocate(file, FALLOC_FL_KEEP_SIZE, position, length) === 0,
      lock(file) {
        const lock = new Uint8Array(FLOCK_BYTES)
        lock[0] = F_WRLCK
        return fcntl(file, F_OFD_SETLK, lock) === 0 || !TAKEN.includes(koffi.errno())
      },
    }
  } catch {
    return undefined
  }
}
