import { existsSync, openSync, readSync, statSync } from 'node:fs'

/** How many lines growing files have, each count read on from where the last one ended. */
export class LineCounts {
  #files
  #chunk = Buffer.allocUnsafe(1 << 20)

  constructor(paths) {
    this.#files = paths.map((path) => ({ path, handle: undefined, at: 0, lines: 0 }))
  }

  total() {
    let sum = 0
    for (const file of this.#files) sum += this.#count(file)
    return sum
  }

  #count(file) {
    if (!existsSync(file.path)) return 0
    file.handle ??= openSync(file.path, 'r')
    while (file.at < statSync(file.path).size) {
      const length = readSync(file.handle, this.#chunk, 0, this.#chunk.length, file.at)
      file.at += length
      for (let at = this.#chunk.indexOf(10); at !== -1 && at < length; at = this.#chunk.indexOf(10, at + 1))
        file.lines++
    }
    return file.lines
  }
}
