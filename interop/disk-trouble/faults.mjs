/** What makes disks fail for a real process: a library between it and libc (faults.c), and small volumes in memory. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, statfsSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const TOLD_BYTES = 4096
const here = dirname(fileURLToPath(import.meta.url))

export const EIO = 5
export const EMFILE = 24

export class Faults {
  #told
  /** For the environment of a process that is to have them. */
  env

  constructor(folder) {
    mkdirSync(folder, { recursive: true })
    const library = join(folder, 'faults.so')
    execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, join(here, 'faults.c'), '-ldl'])
    const file = join(folder, 'told')
    writeFileSync(file, Buffer.alloc(TOLD_BYTES))
    this.#told = openSync(file, 'r+')
    this.env = { LD_PRELOAD: library, FAULTS: file }
  }

  /** From now on, and no others: lines as faults.c has them. */
  set(...lines) {
    const told = Buffer.alloc(TOLD_BYTES)
    told.write(lines.map((line) => `${line}\n`).join(''))
    writeSync(this.#told, told, 0, TOLD_BYTES, 0)
  }

  lift() {
    this.set()
  }

  close() {
    closeSync(this.#told)
  }
}

/** A volume of a few MiB, which can be filled, made read-only and taken away. Only where this process may mount. */
export class Volume {
  path
  #ballast

  constructor(path, sizeMib) {
    mkdirSync(path, { recursive: true })
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMib}m`, 'ottla', path])
    this.path = path
    this.#ballast = join(path, 'ballast')
  }

  get freeBytes() {
    const { bavail, bsize } = statfsSync(this.path)
    return bavail * bsize
  }

  /** Others take all that is free. */
  fill() {
    const ballast = openSync(this.#ballast, 'w')
    try {
      // Page by page: the broker takes its own at the same time.
      for (;;) writeSync(ballast, Buffer.alloc(4096))
    } catch (error) {
      if (error.code !== 'ENOSPC') throw error
    } finally {
      closeSync(ballast)
    }
  }

  /** And leave it again. */
  empty() {
    writeFileSync(this.#ballast, '')
  }

  readOnly(is) {
    execFileSync('mount', ['-o', `remount,${is ? 'ro' : 'rw'}`, this.path])
  }

  /** Takes it away from under those who use it. */
  detach() {
    execFileSync('umount', ['-l', this.path])
  }
}
