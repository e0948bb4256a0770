/**
 * Transactions as compaction walks through them: which batches belong to an aborted one and go, and which markers have
 * nothing left of theirs.
 *
 * A marker stays for as long as the walk meets a batch of its transaction, also one that is removed in this very walk: only
 * a later one, which meets none, finds the marker to be alone. It then gets its delete horizon, and goes after that. So
 * whoever has read a part of the transaction has the time of `delete.retention.ms` to meet its end.
 */
import type { Offset, ProducerId } from '#core'
import { isTransactional, lastOffsetOf, producerIdOf, recordCountOf } from '#protocol/records'
import { endTransactionOf } from '../end-transaction.ts'
import type { AbortedTransaction } from '../transaction-index.ts'

interface Aborting {
  readonly transaction: AbortedTransaction
  hasBatches: boolean
}

export class CleanedTransactions {
  /** Those that are still to come, by their first offsets, the next one last. */
  #coming: AbortedTransaction[] = []
  /** Of producers whose transaction at this place was aborted. */
  readonly #aborting = new Map<ProducerId, Aborting>()
  /** Producers with batches in a transaction that was not. */
  readonly #committing = new Set<ProducerId>()

  /** Transactions that were aborted, in the part of the log that the walk comes to next. */
  add(aborted: readonly AbortedTransaction[]): void {
    if (aborted.length === 0) return
    this.#coming = [...this.#coming, ...aborted].sort((a, b) => b.firstOffset - a.firstOffset)
  }

  /** The walk is at a batch that is no marker. True where it belongs to an aborted transaction. */
  meetBatch(bytes: Uint8Array, at: number): boolean {
    this.#reach(lastOffsetOf(bytes, at))
    if (!isTransactional(bytes, at)) return false
    const producerId = producerIdOf(bytes, at)
    const aborting = this.#aborting.get(producerId)
    if (aborting === undefined) {
      this.#committing.add(producerId)
      return false
    }
    aborting.hasBatches = true
    return true
  }

  /**
   * The walk is at a control batch. Gives whether its transaction has no batch left, and otherwise the aborted
   * transaction that it ends, which readers are still to be told of.
   */
  meetMarker(bytes: Uint8Array, at: number): { readonly isAlone: boolean; readonly aborted?: AbortedTransaction } {
    this.#reach(lastOffsetOf(bytes, at))
    // Compaction has emptied it before.
    if (recordCountOf(bytes, at) === 0) return { isAlone: true }
    const marker = endTransactionOf(bytes, at)
    if (marker === undefined) return { isAlone: false }
    const producerId = producerIdOf(bytes, at)
    if (!marker.isAbort) return { isAlone: !this.#committing.delete(producerId) }
    const aborting = this.#aborting.get(producerId)
    this.#aborting.delete(producerId)
    return aborting?.hasBatches === true ? { isAlone: false, aborted: aborting.transaction } : { isAlone: true }
  }

  #reach(offset: Offset): void {
    for (let next = this.#coming.at(-1); next !== undefined && next.firstOffset <= offset; next = this.#coming.at(-1)) {
      this.#coming.pop()
      if (!this.#aborting.has(next.producerId)) {
        this.#aborting.set(next.producerId, { transaction: next, hasBatches: false })
      }
    }
  }
}
