/**
 * The shards of one kind of coordinator on this broker: one for each partition of its internal topic that the broker
 * leads. Requests come in by partition and are answered with what the shard says, or with why there is no such shard.
 */
import type { LeaderEpoch } from '#core'
import { ErrorCode } from '#protocol'
import type { CoordinatorLog } from './coordinator-log.ts'
import type { CoordinatorResult, CoordinatorShard } from './coordinator-shard.ts'
import { ShardHost, type ShardHostOptions } from './shard-host.ts'

/** A response, now or once it may leave. */
export type Answer<Response> = Response | Promise<Response>

/** The answer that follows from another, as soon as that one. */
export function mapAnswer<From, To>(answer: Answer<From>, map: (response: From) => To): Answer<To> {
  return answer instanceof Promise ? answer.then(map) : map(answer)
}

export class CoordinatorRuntime<Shard extends CoordinatorShard<CoordinatorRecord>, CoordinatorRecord> {
  readonly #options: ShardHostOptions<Shard, CoordinatorRecord>
  readonly #hosts = new Map<number, ShardHost<Shard, CoordinatorRecord>>()

  constructor(options: ShardHostOptions<Shard, CoordinatorRecord>) {
    this.#options = options
  }

  /** The partitions that this broker leads. */
  get partitions(): number[] {
    return [...this.#hosts.keys()]
  }

  /**
   * The broker leads a partition from now on. Resolves when its shard has been loaded, or has been given up before.
   * Earlier epochs are ignored, and a leader that only changes its epoch keeps its shard.
   */
  async lead(partition: number, log: CoordinatorLog): Promise<void> {
    const before = this.#hosts.get(partition)
    if (before !== undefined && log.leaderEpoch <= before.leaderEpoch) return
    if (before?.adopt(log)) return
    before?.close()
    await this.#load(partition, log)
  }

  /**
   * The broker's leadership of a partition has ended: what waits is answered NOT_COORDINATOR. With an epoch, it is that
   * one that has ended: a shard of a later epoch stays.
   */
  resign(partition: number, leaderEpoch?: LeaderEpoch): void {
    const host = this.#hosts.get(partition)
    if (host === undefined || (leaderEpoch !== undefined && leaderEpoch < host.leaderEpoch)) return
    this.#hosts.delete(partition)
    host.close()
  }

  /** Gives all shards up. */
  close(): void {
    for (const partition of this.partitions) this.resign(partition)
  }

  /** Does an operation on a partition's shard; `refuse` says how an error is told. */
  write<Response>(
    partition: number,
    operation: (shard: Shard) => CoordinatorResult<Response, CoordinatorRecord>,
    refuse: (error: ErrorCode) => Response,
  ): Answer<Response> {
    const host = this.#hosts.get(partition)
    const refusal = host?.refusal ?? ErrorCode.NOT_COORDINATOR
    if (host === undefined || refusal !== ErrorCode.NONE) return refuse(refusal)
    let answer: { readonly response: Response } | undefined
    let resolve: ((response: Response) => void) | undefined
    host.write(operation, (error, response) => {
      const told = error === ErrorCode.NONE ? (response as Response) : refuse(error)
      if (resolve === undefined) answer = { response: told }
      else resolve(told)
    })
    if (answer !== undefined) return answer.response
    return new Promise<Response>((done) => {
      resolve = done
    })
  }

  /** Looks at the committed state of a partition's shard. */
  read<Response>(
    partition: number,
    operation: (shard: Shard) => Response,
    refuse: (error: ErrorCode) => Response,
  ): Response {
    const host = this.#hosts.get(partition)
    const refusal = host?.refusal ?? ErrorCode.NOT_COORDINATOR
    return host === undefined || refusal !== ErrorCode.NONE ? refuse(refusal) : host.read(operation)
  }

  async #load(partition: number, log: CoordinatorLog): Promise<void> {
    const host = new ShardHost<Shard, CoordinatorRecord>(partition, log, {
      ...this.#options,
      onOutOfStep: () => {
        if (this.#hosts.get(partition) === host) void this.#load(partition, log)
      },
    })
    this.#hosts.set(partition, host)
    await host.load()
  }
}
