import { MalformedError, type Offset } from '#core'
import { CompressionError, type Compute } from '#host'
import type { Log } from '#log'
import { errorName } from '#protocol'
import {
  batchesIn,
  isControl,
  lastOffsetOf,
  leaderEpochOf,
  maxTimestampOf,
  nextOffsetOf,
  readRecords,
} from '#protocol/records'
import { readQuorumRecord, type VoterSet } from '#raft'
import { decodeMetadataRecord, type MetadataRecord } from '../metadata-record.ts'
import { StorageError } from '../storage/storage-error.ts'
import type { LoggedBatch } from './quorum-log.ts'

const READ_BYTES = 4 * 1024 * 1024

/**
 * Reads the metadata log from `from` to its end: its batches, decoded, and the voters, as far as it has newer ones than
 * `voterSet`. Rejects with `StorageError` where the log cannot be read.
 */
export async function loadLog(
  { log, compute }: { readonly log: Log; readonly compute: Compute },
  from: Offset,
  voterSet: VoterSet,
): Promise<{ readonly batches: LoggedBatch[]; readonly voterSet: VoterSet }> {
  const batches: LoggedBatch[] = []
  let voters = voterSet
  let next = from
  while (next < log.logEndOffset) {
    const slice = await log.read(next, { maxBytes: READ_BYTES, atLeastOne: true, endOffset: log.logEndOffset })
    if (slice.error !== 0 || slice.sizeBytes === 0) {
      throw new StorageError(`Cannot read the metadata log at offset ${next}: ${errorName(slice.error)}.`)
    }
    for (const chunk of slice.chunks) {
      for (const { at, sizeBytes } of batchesIn(chunk)) {
        const batch = chunk.subarray(at, at + sizeBytes)
        if (nextOffsetOf(batch) <= next) continue
        next = nextOffsetOf(batch)
        try {
          if (isControl(batch)) voters = newerVoters(batch, { compute, voterSet: voters })
          batches.push(toLogged(batch, compute))
        } catch (error) {
          if (!(error instanceof MalformedError || error instanceof CompressionError)) throw error
          const message = `Cannot read the metadata log at offset ${lastOffsetOf(batch)}: ${error.message}.`
          throw new StorageError(message, { cause: error })
        }
      }
    }
  }
  return { batches, voterSet: voters }
}

function toLogged(batch: Uint8Array, compute: Compute): LoggedBatch {
  const records: MetadataRecord[] = []
  if (!isControl(batch)) {
    for (const { value } of readRecords(batch, compute)) {
      if (value === null) throw new MalformedError('a record has no value')
      records.push(decodeMetadataRecord(value))
    }
  }
  return {
    lastOffset: lastOffsetOf(batch),
    epoch: leaderEpochOf(batch),
    timestampMs: Number(maxTimestampOf(batch)),
    records,
    sizeBytes: batch.length,
  }
}

function newerVoters(
  batch: Uint8Array,
  { compute, voterSet }: { readonly compute: Compute; readonly voterSet: VoterSet },
): VoterSet {
  let newest = voterSet
  for (const record of readRecords(batch, compute)) {
    const control = readQuorumRecord(record)
    if (control.type === 'KRaftVersion') newest = { ...newest, kraftVersion: control.kraftVersion }
    else if (control.type === 'KRaftVoters') newest = { ...newest, voters: control.voters, offset: record.offset }
  }
  return newest
}
