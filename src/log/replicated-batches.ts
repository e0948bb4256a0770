import { isOffset, type LeaderEpoch, type Offset } from '#core'
import { baseOffsetOf, checkBatch, leaderEpochOf, nextOffsetOf, sizeOf } from '#protocol/records'

/**
 * Why a run of a leader's batches cannot be appended to a log that ends at `nextOffset` with a record of `epoch`, or undefined
 * where it can: each is whole and undamaged, offsets rise and can be counted with, epochs do not fall.
 */
export function checkReplicated(batches: Uint8Array, nextOffset: Offset, epoch: LeaderEpoch): string | undefined {
  let expectedOffset = nextOffset
  let lastEpoch = epoch
  for (let at = 0; at < batches.length; at += sizeOf(batches, at)) {
    const problem = checkBatch(batches, at)
    if (problem !== undefined) return problem
    const baseOffset = baseOffsetOf(batches, at)
    const leaderEpoch = leaderEpochOf(batches, at)
    if (baseOffset < expectedOffset || leaderEpoch < lastEpoch) {
      return `offset ${baseOffset} of epoch ${leaderEpoch} came after offset ${expectedOffset - 1} of epoch ${lastEpoch}`
    }
    expectedOffset = nextOffsetOf(batches, at)
    if (!isOffset(expectedOffset) || expectedOffset <= baseOffset) return `its offsets end at ${expectedOffset}`
    lastEpoch = leaderEpoch
  }
  return undefined
}
