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
    ...parts,
  }
}
