/**
 * The controller while this node leads: takes requests, appends what they decide, and gives each response when it is
 * committed.
 *
 * Decisions do not wait for each other, only responses wait for the disk. Each waits for the offset that its truth depends
 * on: its own records', or, where it changed nothing, the last ones decided before it.
 */
import type { Deadlines, Offset } from '#core'
import type { CancelTimer, Clock, Logger } from '#host'
import { ErrorCode, type RequestOf, type ResponseOf } from '#protocol'
import { type Controller, isUserRequest, refuse, TOO_LARGE } from '../controller/controller.ts'
import { type ControllerApis, type ControllerContext, controllerApis } from '../controller/controller-api.ts'
import { type ApiError, RECORDS_MAX } from '../controller/operation.ts'
import { atLevel, encodeMetadataRecord, type MetadataRecord } from '../metadata-record.ts'
import type { QuorumLog } from './quorum-log.ts'

export interface ActiveControllerOptions {
  readonly controller: Controller
  readonly quorum: QuorumLog
  readonly clock: Clock
  readonly logger: Logger
  readonly deadlines: Deadlines
  /** `internal.metadata.max.batch.size.in.bytes` */
  readonly batchBytesMax: number
}

/** Room in a batch for its header, and for each record's own fields. */
const BATCH_OVERHEAD_BYTES = 61
const RECORD_OVERHEAD_BYTES = 20

interface Batch {
  readonly records: MetadataRecord[]
  readonly values: Uint8Array[]
}

interface Waiter {
  /** What waits is true when this is committed. */
  readonly offset: Offset
  readonly release: () => void
  readonly refuse: (error: ApiError) => void
}

export class ActiveController {
  readonly #controller: Controller
  readonly #quorum: QuorumLog
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #deadlines: Deadlines
  readonly #batchBytesMax: number
  /** In order of offsets. */
  #waiters: Waiter[] = []
  #resigned = false
  #cancelTimer: CancelTimer | undefined

  constructor({ controller, quorum, clock, logger, deadlines, batchBytesMax }: ActiveControllerOptions) {
    this.#controller = controller
    this.#quorum = quorum
    this.#clock = clock
    this.#logger = logger
    this.#deadlines = deadlines
    this.#batchBytesMax = batchBytesMax
  }

  /** Writes what a leader writes first; resolves when it is committed, or the controller has resigned. */
  activate(bootstrapRecords: readonly MetadataRecord[]): Promise<void> {
    const records = this.#controller.activate(bootstrapRecords)
    this.#append(this.#batchesOf(records))
    this.#watchSessions()
    return new Promise((resolve) => this.#await({ release: resolve, refuse: () => resolve() }))
  }

  submit<Name extends keyof ControllerApis>(
    name: Name,
    request: RequestOf<ControllerApis[Name]>,
    { apiVersion = controllerApis[name].request.versionMax, describes = () => true }: ControllerContext = {},
  ): Promise<ResponseOf<ControllerApis[Name]>> {
    const refused = (error: ApiError) => refuse(name, error, request)
    const timeoutMs = timeoutMsOf(name, request)
    // Time that has run out before it began is not worth a decision: Kafka makes none.
    if (timeoutMs !== undefined && timeoutMs <= 0) return Promise.resolve(refused(TIMED_OUT))
    const result = this.#controller.handle(name, request, {
      monotonicMs: this.#clock.monotonicMs(),
      nextOffset: this.#quorum.endOffset,
      apiVersion,
      describes,
    })
    if (result.note !== undefined) this.#logger.warn(`${name} was refused: ${result.note}`)
    if (result.records.length > 0) {
      const batches = this.#batchesOf(result.records)
      if (batches.length > 1 && isUserRequest(name)) return Promise.resolve(refused(TOO_LARGE))
      this.#append(batches)
    }
    this.#watchSessions()
    return new Promise((resolve) => {
      const waiter = {
        release: () => resolve(result.response),
        refuse: (error: ApiError) => resolve(refused(error)),
      }
      this.#await(waiter, timeoutMs)
    })
  }

  /** Everything below `highWatermark` is committed and told: responses that waited for it go. */
  committed(highWatermark: Offset): void {
    const end = this.#waiters.findIndex(({ offset }) => offset >= highWatermark)
    const released = this.#waiters.splice(0, end === -1 ? this.#waiters.length : end)
    for (const { release } of released) release()
  }

  /** Decides nothing any more; what is not committed is answered with NOT_CONTROLLER. */
  resign(): void {
    this.#resigned = true
    this.#cancelTimer?.()
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) waiter.refuse(NOT_CONTROLLER)
  }

  /** Appends batches, and lets the controller build on them. */
  #append(batches: readonly Batch[]): void {
    for (const { records, values } of batches) {
      const batch = this.#quorum.propose(records, values)
      if (batch === undefined) return
      this.#controller.append(batch)
    }
  }

  /** Records in as few batches as they fit. */
  #batchesOf(records: readonly MetadataRecord[]): Batch[] {
    const level = this.#controller.image.features.metadataVersion
    const batches: Batch[] = []
    let bytesLeft = 0
    for (const record of records) {
      const value = encodeMetadataRecord(atLevel(record, level))
      const sizeBytes = value.length + RECORD_OVERHEAD_BYTES
      let batch = batches.at(-1)
      if (batch === undefined || batch.records.length === RECORDS_MAX || sizeBytes > bytesLeft) {
        batch = { records: [], values: [] }
        batches.push(batch)
        bytesLeft = this.#batchBytesMax - BATCH_OVERHEAD_BYTES
      }
      batch.records.push(record)
      batch.values.push(value)
      bytesLeft -= sizeBytes
    }
    return batches
  }

  /** Waits for all that was appended so far, but not longer than `timeoutMs`. */
  #await({ release, refuse }: Omit<Waiter, 'offset'>, timeoutMs?: number): void {
    const last = this.#quorum.lastUncommitted
    if (this.#resigned || last === undefined) {
      if (this.#resigned) refuse(NOT_CONTROLLER)
      else release()
      return
    }
    const deadline =
      timeoutMs === undefined
        ? undefined
        : this.#deadlines.add(timeoutMs, () => {
            this.#waiters = this.#waiters.filter((other) => other !== waiter)
            refuse(TIMED_OUT)
          })
    const waiter: Waiter = {
      offset: last.lastOffset,
      release() {
        deadline?.cancel()
        release()
      },
      refuse(error) {
        deadline?.cancel()
        refuse(error)
      },
    }
    this.#waiters.push(waiter)
  }

  /** Wakes up when the next broker's session ends. */
  #watchSessions(): void {
    const expiryMs = this.#controller.nextExpiryMs
    if (this.#resigned || this.#cancelTimer !== undefined || expiryMs === undefined) return
    this.#cancelTimer = this.#clock.setTimer(Math.max(0, expiryMs - this.#clock.monotonicMs()), () => {
      this.#cancelTimer = undefined
      const records = this.#controller.fenceStaleBroker(this.#clock.monotonicMs())
      this.#append(this.#batchesOf(records))
      this.#watchSessions()
    })
  }
}

export const NOT_CONTROLLER: ApiError = { error: ErrorCode.NOT_CONTROLLER, message: null }
const TIMED_OUT: ApiError = { error: ErrorCode.REQUEST_TIMED_OUT, message: null }

/** The requests that give up after `timeoutMs`; others carry the field and nobody heeds it. */
const timed: ReadonlySet<keyof ControllerApis> = new Set([
  'createTopics',
  'deleteTopics',
  'createPartitions',
  'electLeaders',
  'alterPartitionReassignments',
])

function timeoutMsOf(name: keyof ControllerApis, request: object): number | undefined {
  return timed.has(name) && 'timeoutMs' in request ? Number(request.timeoutMs) : undefined
}
