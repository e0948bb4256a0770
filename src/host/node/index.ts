export { nodeClock } from './clock.ts'
export { nodeNetwork } from './network.ts'
export { nodeRandom } from './random.ts'
