/**
 * What was written, so that whoever reads a batch can say whether it is right, whole, and where it belongs.
 *
 * A record says who wrote it and its number among those of its producer in its partition; all else in it follows from these.
 * A batch is told by the number of its first record. Of each the ledger knows where it was acknowledged or first read, and
 * whether it can be stored at all: a frame that was cut off by the end of its connection was never asked for.
 *
 * Invariant: a batch is at one offset, whoever looks, and one offset has one batch.
 */
import { ByteReader, ByteWriter } from '#core'
import { nodeCompute } from '#host/node'
import { baseOffsetOf, batchesIn, checkBatch, nextOffsetOf, readRecords } from '#protocol/records'

const FILLER = new Uint8Array(1 << 17)
for (let i = 0, word = 1; i < FILLER.length; i++) {
  word = (Math.imul(word, 1_103_515_245) + 12_345) >>> 0
  // Two bytes of three say little, so that codecs have something to do.
  FILLER[i] = i % 3 === 0 ? word >>> 16 : 97
}

/** Mixes a number; the same everywhere. */
function mixed(producer, number) {
  const word = Math.imul(number ^ (producer << 20), 0x9e3779b1) >>> 0
  return (word ^ (word >>> 15)) >>> 0
}

/** A few bytes, mostly; sometimes some thousands, seldom 64 KiB. */
function sizeOf(mix) {
  const kind = mix % 100
  if (kind < 70) return (mix >>> 8) % 100
  return kind < 99 ? (mix >>> 8) % 3000 : 65_536
}

/** @returns {{ key: Uint8Array | null, value: Uint8Array, headers: { key: string, value: Uint8Array | null }[] }} */
export function recordOf(producer, number) {
  const mix = mixed(producer, number)
  const at = mix % 65_536
  const writer = new ByteWriter()
  writer.int32(producer)
  writer.int32(number)
  writer.raw(FILLER.subarray(at, at + sizeOf(mix)))
  return {
    key: mix % 4 === 0 ? null : FILLER.subarray(at, at + (mix % 16)),
    value: writer.finishJoined(),
    headers: mix % 5 === 0 ? [{ key: 'h', value: mix % 10 === 0 ? null : FILLER.subarray(at, at + 9) }] : [],
  }
}

export class Ledger {
  /** `producer partition number` -> { count, offset, mayBe, acknowledged, seen } */
  #batches = new Map()

  /** Notes a batch before it is sent. */
  note(producer, partition, number, count) {
    const entry = {
      producer,
      partition,
      number,
      count,
      offset: undefined,
      mayBe: true,
      acknowledged: false,
      seen: false,
    }
    this.#batches.set(`${producer} ${partition} ${number}`, entry)
    return entry
  }

  acknowledge(entry, offset) {
    entry.acknowledged = true
    place(entry, offset)
  }

  /**
   * Looks at a run of batches that was read of a partition from `offset` on: every sum, every byte, every offset. Gives
   * where it ends and how many records it has; throws what is wrong.
   */
  check(partition, offset, bytes, { isLast = false } = {}) {
    let next = offset
    let end = 0
    let count = 0
    for (const { at, sizeBytes } of batchesIn(bytes)) {
      const batch = bytes.subarray(at, at + sizeBytes)
      const where = `${partition} at ${baseOffsetOf(batch)}`
      const damage = checkBatch(batch)
      if (damage !== undefined) throw new Error(`${where}: ${damage}`)
      if (baseOffsetOf(batch) !== next) throw new Error(`${where} comes where ${next} should`)
      count += this.#checkRecords(partition, batch, where, isLast)
      next = nextOffsetOf(batch)
      end = at + sizeBytes
    }
    if (end !== bytes.length) throw new Error(`${partition} at ${next}: ${bytes.length - end} bytes that are no batch`)
    return { next, count }
  }

  #checkRecords(partition, batch, where, isLast) {
    let first
    let count = 0
    for (const { offset, key, value, headers } of readRecords(batch, nodeCompute)) {
      const reader = new ByteReader(value)
      const [producer, number] = [reader.int32(), reader.int32()]
      first ??= { producer, number }
      const expected = recordOf(producer, number)
      const isRight =
        producer === first.producer &&
        number === first.number + count &&
        offset === baseOffsetOf(batch) + count &&
        same(value, expected.value) &&
        same(key, expected.key) &&
        headers.length === expected.headers.length &&
        headers.every((header, i) => header.key === 'h' && same(header.value, expected.headers[i].value))
      if (!isRight) throw new Error(`${where}: record ${count} is not number ${number} of producer ${producer}`)
      count++
    }
    const entry = this.#batches.get(`${first.producer} ${partition} ${first.number}`)
    if (entry === undefined)
      throw new Error(`${where}: nobody wrote number ${first.number} of producer ${first.producer}`)
    if (!entry.mayBe) throw new Error(`${where}: its frame was cut off, and it is stored`)
    if (entry.count !== count) throw new Error(`${where}: it has ${count} records, and had ${entry.count}`)
    place(entry, baseOffsetOf(batch))
    if (isLast) entry.seen = true
    return count
  }

  /** What was acknowledged from offset `starts[partition]` on, and was not seen by the last reader. */
  missing(starts) {
    return [...this.#batches.values()].filter(
      ({ acknowledged, seen, partition, offset }) => acknowledged && !seen && offset >= starts[partition],
    )
  }

  get acknowledged() {
    return [...this.#batches.values()].filter(({ acknowledged }) => acknowledged).length
  }
}

function place(entry, offset) {
  entry.offset ??= offset
  if (entry.offset === offset) return
  const { producer, partition, number } = entry
  throw new Error(`number ${number} of producer ${producer} is in ${partition} at ${entry.offset} and at ${offset}`)
}

function same(a, b) {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0
}
