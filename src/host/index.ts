export type { CancelTimer, Clock } from './clock.ts'
export { CompressionError, type Compute } from './compute.ts'
export type { DirectoryEntry, Disk, File, Lock } from './disk.ts'
export { HostError } from './host-error.ts'
export { type LogDetail, type Logger, silentLogger } from './logger.ts'
export type { Address, Connection, ConnectionEvents, Listener, ListenOptions, Network } from './network.ts'
export { type Random, randomUuid } from './random.ts'

import type { Clock } from './clock.ts'
import type { Compute } from './compute.ts'
import type { Disk } from './disk.ts'
import type { Logger } from './logger.ts'
import type { Network } from './network.ts'
import type { Random } from './random.ts'

/** Everything a broker needs from the world around it. */
export interface Host {
  readonly clock: Clock
  readonly random: Random
  readonly disk: Disk
  readonly network: Network
  readonly compute: Compute
  readonly logger: Logger
  /** How many files and sockets may be open at once; undefined where that is not known. */
  readonly openFilesMax?: number
}
