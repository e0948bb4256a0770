/**
 * What goes into a log and what comes back. An append ends at once, in memory: its offsets are final. Whether it may be
 * acknowledged is another matter: when `Log.stableEndOffset` has passed it, and the partition's high watermark.
 */
import type { LeaderEpoch, Offset } from '#core'
import type { ErrorCode } from '#protocol'

/**
 * Who appends.
 * `client`: one batch from outside, validated, sequences checked.
 * `coordinator`: our own records, transaction markers included; given offsets.
 * `raft`: the metadata quorum's leader; given offsets, not part of any transaction.
 * `replica`: batches of a leader, which keep their offsets and epochs; checked to be whole and to follow on.
 */
export type AppendOrigin = 'client' | 'coordinator' | 'raft' | 'replica'

export interface AppendOptions {
  readonly origin: AppendOrigin
  /** Written into each batch; for `replica` the batches' own stay. */
  readonly leaderEpoch: LeaderEpoch
  /** For a Produce request before version 7, whose clients do not know zstd. */
  readonly zstdRefused?: boolean
  /** Of the transaction that a coordinator's marker ends (`transaction.version`, KIP-890). Default 0. */
  readonly transactionVersion?: number
}

/** Accepted: offsets are given, the bytes are on their way to the disk. */
export interface Appended {
  readonly error?: undefined
  /** Of the first record, or of the one appended earlier where `duplicate`. */
  readonly baseOffset: Offset
  readonly lastOffset: Offset
  /** The broker's time in the records where `message.timestamp.type` is LogAppendTime, else -1. */
  readonly logAppendTimeMs: number
  readonly logStartOffset: Offset
  /** An idempotent producer sent this batch before; nothing was appended. */
  readonly duplicate: boolean
}

/** Refused with Kafka's error; nothing was changed. */
export interface AppendRefused {
  /** Never `NONE`. */
  readonly error: ErrorCode
  readonly message: string
  /** The records that are to blame, where single ones are. */
  readonly recordErrors: readonly { readonly batchIndex: number; readonly message: string }[]
}

/** `outcome.error === undefined` tells which. */
export type AppendOutcome = Appended | AppendRefused
