export { VirtualClock } from './clock.ts'
export { MemoryNetwork, type MemoryNetworkOptions } from './network.ts'
export { seededRandom } from './random.ts'
