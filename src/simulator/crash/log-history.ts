/**
 * What was appended to a log, and what a log that is found after a crash may be.
 *
 * Told by the batches alone, by rules written down here a second time: a log that is recovered is held against this, not
 * against another part of the log.
 *
 * Invariant: a lineage only grows; a cut begins another, so that what was promised earlier keeps its meaning.
 */
import type { Offset, ProducerId, TopicId } from '#core'
import { nodeCompute } from '#host/node'
import {
  baseOffsetOf,
  baseSequenceOf,
  hasProducerId,
  isControl,
  isTransactional,
  lastOffsetOf,
  leaderEpochOf,
  maxTimestampOf,
  nextOffsetOf,
  producerEpochOf,
  producerIdOf,
  readRecords,
  sizeOf,
} from '#protocol/records'

/** All that a log held, one batch after another, from `startOffset` on, with what retention has removed since. */
export interface Lineage {
  readonly startOffset: Offset
  readonly batches: Uint8Array[]
}

/** What holds for a log, whenever the power fails. */
export interface LogPromise {
  readonly topicId: TopicId
  /** Whether its folder has to be there; `maybe` while it is made or removed. */
  readonly presence: 'yes' | 'no' | 'maybe'
  /** Of which the log is a beginning: more than one while it is cut. */
  readonly lineages: readonly Lineage[]
  /** It ends between these; at the later one if it was closed. */
  readonly endMin: Offset
  readonly endMax: Offset
  /** It starts between these. */
  readonly startMin: Offset
  readonly startMax: Offset
  /** Of a compacted log, which has the records of its lineage but for these. */
  readonly compaction?: Compaction
}

/** What compaction takes from a log. */
export interface Compaction {
  /** Offsets that are gone. */
  readonly gone: ReadonlySet<Offset>
  /** Those that may be: with the pass that is under way, which tells them when it has ended. */
  readonly going: { offsets: ReadonlySet<Offset> }
}

/** What a broker that opens the log finds. */
export interface FoundLog {
  readonly topicId: TopicId
  readonly startOffset: Offset
  readonly endOffset: Offset
  readonly highWatermark: Offset
  /** As they are served, from the one with `startOffset` on. */
  readonly batches: readonly Uint8Array[]
  readonly producers: readonly ProducerFacts[]
  /** Where those of the last five batches of each producer lie that it does not know when they come again. */
  readonly unrecognised: readonly Offset[]
  readonly aborted: readonly AbortedFacts[]
  readonly epochAt: (offset: Offset) => number
}

export interface ProducerFacts {
  readonly producerId: ProducerId
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly coordinatorEpoch: number
  readonly currentTxnStartOffset: Offset
}

export interface AbortedFacts {
  readonly producerId: ProducerId
  readonly firstOffset: Offset
  readonly lastOffset: Offset
}

/** Adds batches, as they were appended, to a lineage. */
export function addTo({ batches }: Lineage, appended: Uint8Array): void {
  for (let at = 0; at < appended.length; at += sizeOf(appended, at)) {
    batches.push(appended.slice(at, at + sizeOf(appended, at)))
  }
}

/** The offset after all that was appended. */
export function endOf({ startOffset, batches }: Lineage): Offset {
  const last = batches.at(-1)
  return last === undefined ? startOffset : nextOffsetOf(last)
}

/** The lineage that a cut at `offset` begins. */
export function cutAt({ startOffset, batches }: Lineage, offset: Offset): Lineage {
  return { startOffset, batches: batches.filter((batch) => nextOffsetOf(batch) <= offset) }
}

/** Why the log that was found is not one that may be there; undefined where it is. */
export function disputeOf(found: FoundLog, promise: LogPromise): string | undefined {
  const { startOffset, endOffset, highWatermark, topicId } = found
  if (topicId !== promise.topicId) return `it is of the topic ${topicId}, not ${promise.topicId}`
  if (endOffset < promise.endMin) return `it ends at ${endOffset}, promised were ${promise.endMin}`
  if (endOffset > promise.endMax) return `it ends at ${endOffset}, appended was up to ${promise.endMax}`
  if (startOffset < promise.startMin || startOffset > promise.startMax) {
    return `it starts at ${startOffset}, not between ${promise.startMin} and ${promise.startMax}`
  }
  if (highWatermark < startOffset || highWatermark > endOffset) {
    return `its high watermark ${highWatermark} is not between ${startOffset} and ${endOffset}`
  }
  let problem: string | undefined
  const { compaction } = promise
  for (const lineage of promise.lineages) {
    problem =
      compaction === undefined
        ? difference(found, lineage)
        : compactedDifference(found, lineage, { ...compaction, endMin: promise.endMin })
    if (problem === undefined) return undefined
  }
  return problem
}

/**
 * Why a producer that was waiting for its answers would write twice; undefined where it would not. Of what was compacted not
 * all can be known.
 */
export function disputeOfRetries({ unrecognised }: FoundLog, { compaction }: LogPromise): string | undefined {
  if (compaction !== undefined || unrecognised.length === 0) return undefined
  return `its producers do not know the batches at ${unrecognised.join(', ')} when they come again`
}

function difference(found: FoundLog, lineage: Lineage): string | undefined {
  const { startOffset, endOffset } = found
  const before = lineage.batches.filter((batch) => nextOffsetOf(batch) <= endOffset)
  const expected = before.filter((batch) => lastOffsetOf(batch) >= startOffset)
  for (const [index, batch] of found.batches.entries()) {
    const other = expected[index]
    if (other === undefined) return `it has a batch at ${baseOffsetOf(batch)} that was not appended, or was cut`
    if (!isEqual(batch, other))
      return `its batch at ${baseOffsetOf(batch)} is not the one appended at ${baseOffsetOf(other)}`
    const epoch = found.epochAt(Math.max(startOffset, baseOffsetOf(batch)))
    if (epoch !== leaderEpochOf(batch)) {
      return `it has epoch ${epoch} at ${baseOffsetOf(batch)}, the batch there is of ${leaderEpochOf(batch)}`
    }
  }
  if (found.batches.length < expected.length) {
    return `its batch at ${baseOffsetOf(expected[found.batches.length]!)} is missing`
  }
  const last = before.at(-1)
  const end = last === undefined ? lineage.startOffset : nextOffsetOf(last)
  if (end !== endOffset && startOffset !== endOffset) return `it ends at ${endOffset}, within a batch`
  return wrongProducers(found, before) ?? wrongAborted(found, before)
}

/**
 * A compacted log has records of the lineage, each once and in order; those are missing that compaction takes. Of what no
 * sync has covered, others may be missing too: a hole cannot be told from one that compaction left.
 */
function compactedDifference(
  found: FoundLog,
  lineage: Lineage,
  { gone, going, endMin }: Compaction & { readonly endMin: Offset },
): string | undefined {
  const { startOffset, endOffset } = found
  const before = lineage.batches.filter((batch) => nextOffsetOf(batch) <= endOffset)
  const appended = recordsIn(before)
  const records = recordsIn(found.batches)
  let last = -1
  for (const batch of found.batches) {
    if (baseOffsetOf(batch) <= last) return `its batch at ${baseOffsetOf(batch)} comes after offset ${last}`
    last = lastOffsetOf(batch)
  }
  for (const [offset, text] of records) {
    if (text !== appended.get(offset)) return `it has ${text} at ${offset}, appended was ${appended.get(offset)}`
    if (gone.has(offset)) return `it has the record at ${offset} again, which compaction has taken`
  }
  for (const offset of appended.keys()) {
    const mayGo = offset < startOffset || offset >= endMin || going.offsets.has(offset)
    if (!mayGo && !records.has(offset)) return `its record at ${offset} is missing`
  }
  return found.endOffset > endMin ? undefined : wrongProducers(found, before)
}

/** Records by their offsets, as text. */
export function recordsIn(batches: readonly Uint8Array[]): Map<Offset, string> {
  const records = new Map<Offset, string>()
  const text = (bytes: Uint8Array | null) => (bytes === null ? 'null' : new TextDecoder().decode(bytes))
  for (const batch of batches) {
    for (const { offset, key, value } of readRecords(batch, nodeCompute)) {
      records.set(offset, `${text(key)}=${text(value)}`)
    }
  }
  return records
}

function wrongProducers({ producers, startOffset }: FoundLog, batches: readonly Uint8Array[]): string | undefined {
  const expected = producersOf(batches)
  for (const found of producers) {
    const known = expected.get(found.producerId)
    if (known === undefined) return `it knows a producer ${found.producerId} that has not written`
    const { producerEpoch, lastSequence, coordinatorEpoch, currentTxnStartOffset } = known
    const facts = [producerEpoch, lastSequence, coordinatorEpoch, currentTxnStartOffset]
    const given = [found.producerEpoch, found.lastSequence, found.coordinatorEpoch, found.currentTxnStartOffset]
    if (`${facts}` !== `${given}`) return `it knows producer ${found.producerId} with ${given}, not with ${facts}`
  }
  const known = new Set(producers.map(({ producerId }) => producerId))
  for (const { producerId, lastOffset } of expected.values()) {
    // One whose last word is gone may be forgotten.
    if (!known.has(producerId) && lastOffset >= startOffset) return `it has forgotten producer ${producerId}`
  }
  return undefined
}

function wrongAborted({ aborted, startOffset }: FoundLog, batches: readonly Uint8Array[]): string | undefined {
  const expected = abortedOf(batches).filter(({ lastOffset }) => lastOffset >= startOffset)
  const text = (all: readonly AbortedFacts[]) =>
    all.map(({ producerId, firstOffset, lastOffset }) => `${producerId}:${firstOffset}-${lastOffset}`).join(' ')
  const given = text(aborted.filter(({ lastOffset }) => lastOffset >= startOffset))
  return text(expected) === given ? undefined : `it has aborted ${given || 'none'}, not ${text(expected) || 'none'}`
}

export interface WrittenProducer extends ProducerFacts {
  readonly lastOffset: Offset
  readonly lastDelta: number
  readonly lastTimestamp: bigint
}

/** Producers by the batches that they wrote. */
export function producersOf(batches: readonly Uint8Array[]): Map<ProducerId, WrittenProducer> {
  const producers = new Map<ProducerId, WrittenProducer>()
  for (const batch of batches) {
    if (!hasProducerId(batch)) continue
    const producerId = producerIdOf(batch)
    const producerEpoch = producerEpochOf(batch)
    const known = producers.get(producerId)
    const isNew = known === undefined || known.producerEpoch !== producerEpoch
    const open = known?.currentTxnStartOffset ?? -1
    const facts = { producerId, producerEpoch, lastTimestamp: maxTimestampOf(batch), lastOffset: lastOffsetOf(batch) }
    if (isControl(batch)) {
      producers.set(producerId, {
        ...facts,
        lastSequence: isNew ? -1 : known.lastSequence,
        lastDelta: isNew ? 0 : known.lastDelta,
        coordinatorEpoch: COORDINATOR_EPOCH,
        currentTxnStartOffset: -1,
      })
    } else {
      const lastDelta = lastOffsetOf(batch) - baseOffsetOf(batch)
      producers.set(producerId, {
        ...facts,
        lastSequence: baseSequenceOf(batch) + lastDelta,
        lastDelta,
        coordinatorEpoch: known?.coordinatorEpoch ?? -1,
        currentTxnStartOffset: isTransactional(batch) && open < 0 ? baseOffsetOf(batch) : open,
      })
    }
  }
  return producers
}

/** That of all markers here. */
export const COORDINATOR_EPOCH = 1
const KEY_TYPE_AT = 61 + 1 + 1 + 1 + 1 + 1 + 2

/** The transactions that these batches abort, by their markers. */
export function abortedOf(batches: readonly Uint8Array[]): AbortedFacts[] {
  const open = new Map<ProducerId, Offset>()
  const aborted: AbortedFacts[] = []
  for (const batch of batches) {
    if (!hasProducerId(batch)) continue
    const producerId = producerIdOf(batch)
    const firstOffset = open.get(producerId)
    if (!isControl(batch)) {
      if (isTransactional(batch) && firstOffset === undefined) open.set(producerId, baseOffsetOf(batch))
      continue
    }
    open.delete(producerId)
    if (firstOffset === undefined || isCommit(batch)) continue
    aborted.push({ producerId, firstOffset, lastOffset: baseOffsetOf(batch) })
  }
  return aborted
}

/** The key of a control record is a version and a type, 1 for a commit; lengths and deltas before it are small. */
function isCommit(batch: Uint8Array): boolean {
  return batch[KEY_TYPE_AT + 1] === 1
}

export function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
