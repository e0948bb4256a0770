/**
 * A member of a classic group: who it is, what it speaks, and which of its requests wait for an answer.
 *
 * Invariant: it waits for a JoinGroup or for a SyncGroup, never for both.
 */
import { ErrorCode, type MessageInput } from '#protocol'
import type { joinGroupResponse, syncGroupResponse } from '#protocol/messages'
import type { ShardTimer } from '../runtime/shard-timer.ts'

export type JoinGroupResponse = MessageInput<typeof joinGroupResponse>
export type SyncGroupResponse = MessageInput<typeof syncGroupResponse>
/** Answers a request that waits. */
export type Reply<Response> = (response: Response) => void

/** A way to share the work, with what the member says in its terms: for consumers an assignor and a subscription. */
export interface MemberProtocol {
  readonly name: string
  readonly metadata: Uint8Array
}

/** What a member says about itself when it joins. */
export interface MemberTerms {
  /** How long a rebalance waits for it. */
  readonly rebalanceTimeoutMs: number
  /** How long it may be silent. */
  readonly sessionTimeoutMs: number
  /** In its order of preference. */
  readonly protocols: readonly MemberProtocol[]
}

export interface MemberIdentity {
  readonly memberId: string
  /** Of a static member: the name that outlives its process. */
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
}

export const NO_ASSIGNMENT: Uint8Array = new Uint8Array(0)

export class ClassicMember implements MemberIdentity {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  /** Changed by its group only, which counts them. */
  terms: MemberTerms
  /** What the leader gave it in this generation. */
  assignment: Uint8Array
  /** True until the first rebalance it takes part in has completed. */
  isNew = false
  /** Runs down when it has been silent for too long. */
  readonly session: ShardTimer
  #join: Reply<JoinGroupResponse> | undefined
  #sync: Reply<SyncGroupResponse> | undefined

  constructor(
    identity: MemberIdentity,
    terms: MemberTerms,
    options: { readonly session: ShardTimer; readonly assignment?: Uint8Array },
  ) {
    this.memberId = identity.memberId
    this.groupInstanceId = identity.groupInstanceId
    this.clientId = identity.clientId
    this.clientHost = identity.clientHost
    this.terms = terms
    this.session = options.session
    this.assignment = options.assignment ?? NO_ASSIGNMENT
  }

  get isStatic(): boolean {
    return this.groupInstanceId !== null
  }

  get isAwaitingJoin(): boolean {
    return this.#join !== undefined
  }

  get isAwaitingSync(): boolean {
    return this.#sync !== undefined
  }

  /** What it said for a protocol; empty where it does not speak it. */
  metadataFor(protocolName: string | null): Uint8Array {
    return this.terms.protocols.find(({ name }) => name === protocolName)?.metadata ?? NO_ASSIGNMENT
  }

  /** True where it speaks exactly these protocols, in this order and with these metadata. */
  speaks(protocols: readonly MemberProtocol[]): boolean {
    if (protocols.length !== this.terms.protocols.length) return false
    return protocols.every(({ name, metadata }, i) => {
      const own = this.terms.protocols[i]!
      return own.name === name && equalBytes(own.metadata, metadata)
    })
  }

  /** The candidate it likes best. */
  vote(candidates: ReadonlySet<string>): string | undefined {
    return this.terms.protocols.find(({ name }) => candidates.has(name))?.name
  }

  /** Makes its JoinGroup wait. One that waited before is let go: its client has asked again. */
  awaitJoin(reply: Reply<JoinGroupResponse>): void {
    this.answerJoin(joinRefusal(ErrorCode.REBALANCE_IN_PROGRESS, this.memberId))
    this.#join = reply
  }

  /** Makes its SyncGroup wait, in the same way. */
  awaitSync(reply: Reply<SyncGroupResponse>): void {
    this.answerSync(syncRefusal(ErrorCode.REBALANCE_IN_PROGRESS))
    this.#sync = reply
  }

  /** Answers its waiting JoinGroup; false where none waits. */
  answerJoin(response: JoinGroupResponse): boolean {
    const reply = this.#join
    this.#join = undefined
    reply?.(response)
    return reply !== undefined
  }

  /** Answers its waiting SyncGroup; false where none waits. */
  answerSync(response: SyncGroupResponse): boolean {
    const reply = this.#sync
    this.#sync = undefined
    reply?.(response)
    return reply !== undefined
  }
}

/** The answer to a JoinGroup that is refused. */
export function joinRefusal(errorCode: ErrorCode, memberId: string): JoinGroupResponse {
  return { errorCode, generationId: -1, protocolType: null, protocolName: null, leader: '', memberId, members: [] }
}

/** The answer to a SyncGroup that is refused. */
export function syncRefusal(errorCode: ErrorCode): SyncGroupResponse {
  return { errorCode, protocolType: null, protocolName: null, assignment: NO_ASSIGNMENT }
}

function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i])
}
