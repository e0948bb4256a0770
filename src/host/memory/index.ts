export { VirtualClock } from './clock.ts'
export {
  type DiskEvent,
  type DiskOperation,
  MemoryDisk,
  type MemoryDiskOptions,
  type UnsyncedChange,
} from './disk.ts'
export { type FileNode, FileTree, type FolderNode, ROOT, type TreeChange } from './file-tree.ts'
export { MemoryNetwork, type MemoryNetworkOptions } from './network.ts'
export { seededRandom } from './random.ts'
