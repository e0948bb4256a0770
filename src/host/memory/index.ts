export { VirtualClock } from './clock.ts'
export { type DiskOperation, MemoryDisk, type MemoryDiskOptions, type UnsyncedChange } from './disk.ts'
export { MemoryNetwork, type MemoryNetworkOptions } from './network.ts'
export { seededRandom } from './random.ts'
