import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ControlType, encodeEndTxnMarker, setCrc } from '#protocol/records'
import { endTransactionOf } from './end-transaction.ts'

const marker = encodeEndTxnMarker(ControlType.ABORT, 5, { timestamp: 1000, producerId: 7n, producerEpoch: 0 })

test('a marker tells how the transaction ends', () => {
  assert.deepEqual(endTransactionOf(marker, 0), { isAbort: true, coordinatorEpoch: 5 })
})

test('a control batch that says it is compressed is no marker, whatever lies in it', () => {
  for (let codec = 1; codec < 8; codec++) {
    const bytes = marker.slice()
    bytes[22]! |= codec
    setCrc(bytes, 0)
    assert.equal(endTransactionOf(bytes, 0), undefined)
  }
})
