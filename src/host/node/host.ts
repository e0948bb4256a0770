import { readFileSync } from 'node:fs'
import { type Host, silentLogger } from '#host'
import { nodeClock } from './clock.ts'
import { nodeCompute } from './compute.ts'
import { useNativeCrc32c } from './crc32c.ts'
import { nodeDisk } from './disk.ts'
import { nodeNetwork } from './network.ts'
import { nodeRandom } from './random.ts'

/** This machine, by way of Node; `parts` replaces some of it. The default logger is silent. */
export function createNodeHost(parts: Partial<Host> = {}): Host {
  useNativeCrc32c()
  return {
    clock: nodeClock,
    random: nodeRandom,
    disk: nodeDisk,
    network: nodeNetwork,
    compute: nodeCompute,
    logger: silentLogger,
    ...openFilesMax(),
    ...parts,
  }
}

/** Linux tells; Node has raised the limit as far as it may. */
function openFilesMax(): Pick<Host, 'openFilesMax'> {
  try {
    const [, count] = /^Max open files +(\d+) /m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return count === undefined ? {} : { openFilesMax: Number(count) }
  } catch {
    return {}
  }
}
