/**
 * sendfile(2): the kernel sends from its page cache what would otherwise be copied to us and back. Node has no such call, so it
 * comes by a foreign function interface, where that is installed and the system is Linux.
 */
import { createRequire } from 'node:module'

type SendFile = (socket: number, file: number, position: [number], length: number) => number

/** Where an offset in a file has 64 bits, as we declare it. */
const ARCHITECTURES: readonly string[] = ['x64', 'arm64']

/** Undefined where there is none, or nobody has asked for it. */
let sendfile: SendFile | undefined
let isLoaded = false

/** Whether `sendFile` may send anything. */
export function canSendFile(): boolean {
  if (!isLoaded) sendfile = load()
  isLoaded = true
  return sendfile !== undefined
}

/** Sends up to `length` bytes of a file, where `canSendFile` says so; returns how many the socket has taken, 0 where none, for whatever reason. */
export function sendFile(socket: number, file: number, position: number, length: number): number {
  return sendfile === undefined ? 0 : Math.max(0, sendfile(socket, file, [position], length))
}

function load(): SendFile | undefined {
  if (process.platform !== 'linux' || !ARCHITECTURES.includes(process.arch)) return undefined
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi')
    return koffi.load(null).func('intptr_t sendfile(int socket, int file, _Inout_ int64_t *position, size_t length)')
  } catch {
    return undefined
  }
}
