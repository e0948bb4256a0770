/**
 * The control records of a quorum's log and of its snapshots, in the bytes that Kafka gives them: the key is a version and
 * a type, the value a message that begins with its own version.
 */
import { type BrokerId, ByteReader, ByteWriter } from '#core'
import { decode, encode, type MessageInput, type Schema } from '#protocol'
import {
  kraftVersionRecord,
  leaderChangeMessage,
  snapshotFooterRecord,
  snapshotHeaderRecord,
  votersRecord,
} from '#protocol/control-records'
import { type ControlRecord, ControlType, controlTypeOf, type RecordView } from '#protocol/records'
import type { Voter } from './voters.ts'

/** What a control record says to a quorum. */
export type QuorumRecord =
  | { readonly type: 'LeaderChange'; readonly leaderId: BrokerId }
  | { readonly type: 'SnapshotHeader'; readonly lastContainedLogTimestamp: bigint }
  | { readonly type: 'SnapshotFooter' }
  | { readonly type: 'KRaftVersion'; readonly kraftVersion: number }
  | { readonly type: 'KRaftVoters'; readonly voters: readonly Voter[] }
  /** Of a newer release, or not the quorum's: passed over. */
  | { readonly type: 'other' }

/** A leader begins its epoch: who it is, who may vote, and who voted for it. */
export function leaderChange(
  leaderId: BrokerId,
  voterIds: readonly BrokerId[],
  grantedBy: readonly BrokerId[],
): ControlRecord {
  const voters = voterIds.map((voterId) => ({ voterId }))
  const grantingVoters = grantedBy.map((voterId) => ({ voterId }))
  return control(ControlType.LEADER_CHANGE, leaderChangeMessage, { version: 0, leaderId, voters, grantingVoters })
}

export function kraftVersion(level: number): ControlRecord {
  return control(ControlType.KRAFT_VERSION, kraftVersionRecord, { version: 0, kRaftVersion: level })
}

export function kraftVoters(voters: readonly Voter[]): ControlRecord {
  return control(ControlType.KRAFT_VOTERS, votersRecord, {
    version: 0,
    voters: voters.map((voter) => ({
      voterId: voter.id,
      voterDirectoryId: voter.directoryId,
      endpoints: voter.endpoints,
      kRaftVersionFeature: {
        minSupportedVersion: voter.kraftVersion.min,
        maxSupportedVersion: voter.kraftVersion.max,
      },
    })),
  })
}

export function snapshotHeader(lastContainedLogTimestamp: bigint): ControlRecord {
  return control(ControlType.SNAPSHOT_HEADER, snapshotHeaderRecord, { version: 0, lastContainedLogTimestamp })
}

export function snapshotFooter(): ControlRecord {
  return control(ControlType.SNAPSHOT_FOOTER, snapshotFooterRecord, { version: 0 })
}

/** Reads a record of a control batch. Throws `MalformedError`. */
export function readQuorumRecord({ key, value }: Pick<RecordView, 'key' | 'value'>): QuorumRecord {
  const reader = new ByteReader(value ?? new Uint8Array())
  switch (controlTypeOf(key)) {
    case ControlType.LEADER_CHANGE:
      return { type: 'LeaderChange', leaderId: decode(leaderChangeMessage, 0, reader).leaderId }
    case ControlType.SNAPSHOT_HEADER: {
      const { lastContainedLogTimestamp } = decode(snapshotHeaderRecord, 0, reader)
      return { type: 'SnapshotHeader', lastContainedLogTimestamp }
    }
    case ControlType.SNAPSHOT_FOOTER:
      return { type: 'SnapshotFooter' }
    case ControlType.KRAFT_VERSION:
      return { type: 'KRaftVersion', kraftVersion: decode(kraftVersionRecord, 0, reader).kRaftVersion }
    case ControlType.KRAFT_VOTERS:
      return { type: 'KRaftVoters', voters: readVoters(reader) }
    default:
      return { type: 'other' }
  }
}

function readVoters(reader: ByteReader): Voter[] {
  return decode(votersRecord, 0, reader).voters.map((voter) => ({
    id: voter.voterId,
    directoryId: voter.voterDirectoryId,
    endpoints: voter.endpoints,
    kraftVersion: {
      min: voter.kRaftVersionFeature.minSupportedVersion,
      max: voter.kRaftVersionFeature.maxSupportedVersion,
    },
  }))
}

function control<S extends Schema>(type: ControlType, schema: S, message: MessageInput<S>): ControlRecord {
  const value = new ByteWriter()
  encode(schema, 0, value, message)
  return { type, value: value.finishJoined() }
}
