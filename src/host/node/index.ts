export { nodeClock } from './clock.ts'
export { nodeDisk } from './disk.ts'
export { nodeNetwork } from './network.ts'
export { nodeRandom } from './random.ts'
