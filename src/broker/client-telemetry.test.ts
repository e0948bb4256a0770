import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ZERO_UUID } from '#core'
import { seededRandom, VirtualClock } from '#host/memory'
import { ErrorCode } from '#protocol'
import { ClientTelemetry, PUSH_INTERVAL_MS } from './client-telemetry.ts'

function setUp() {
  const clock = new VirtualClock()
  const telemetry = new ClientTelemetry(clock, seededRandom(1))
  const id = telemetry.subscribe(ZERO_UUID) as string
  const push = (more: Partial<Parameters<typeof telemetry.push>[0]> = {}) =>
    telemetry.push({
      clientInstanceId: id,
      subscriptionId: telemetry.subscriptionIdOf(id),
      terminating: false,
      compressionType: 0,
      metrics: new Uint8Array(0),
      ...more,
    })
  return { clock, telemetry, id, push }
}

describe('client telemetry', () => {
  it('gives an id to who has none, and keeps that of who has one', () => {
    const { clock, telemetry, id } = setUp()
    assert.notEqual(id, ZERO_UUID)
    clock.advance(PUSH_INTERVAL_MS)
    assert.equal(telemetry.subscribe(id), id)
    assert.notEqual(telemetry.subscribe(ZERO_UUID), id)
  })

  it('throttles who asks before the interval is over', () => {
    const { clock, telemetry, id } = setUp()
    clock.advance(PUSH_INTERVAL_MS - 1)
    assert.equal(telemetry.subscribe(id), ErrorCode.THROTTLING_QUOTA_EXCEEDED)
    clock.advance(1)
    assert.equal(telemetry.subscribe(id), id)
  })

  it('takes the first push after a subscription at once, and the next after the interval', () => {
    const { clock, push } = setUp()
    clock.advance(1)
    assert.equal(push(), ErrorCode.NONE)
    assert.equal(push(), ErrorCode.THROTTLING_QUOTA_EXCEEDED)
    clock.advance(PUSH_INTERVAL_MS)
    assert.equal(push(), ErrorCode.NONE)
  })

  it('takes a last push at any time, and none after it', () => {
    const { push } = setUp()
    assert.equal(push(), ErrorCode.NONE)
    assert.equal(push({ terminating: true }), ErrorCode.NONE)
    assert.equal(push({ terminating: true }), ErrorCode.INVALID_REQUEST)
  })

  it('BAD-73 refuses what is too large, of another subscription, compressed in another way, of nobody', () => {
    for (const [more, error] of [
      [{ metrics: new Uint8Array(1_048_577) }, ErrorCode.TELEMETRY_TOO_LARGE],
      [{ subscriptionId: 7 }, ErrorCode.UNKNOWN_SUBSCRIPTION_ID],
      [{ compressionType: 9 }, ErrorCode.UNSUPPORTED_COMPRESSION_TYPE],
      [{ clientInstanceId: ZERO_UUID }, ErrorCode.INVALID_REQUEST],
    ] as const) {
      assert.equal(setUp().push(more), error)
    }
  })

  it('remembers no more clients than it may', () => {
    const { telemetry, id } = setUp()
    for (let i = 0; i < 16_384; i++) telemetry.subscribe(ZERO_UUID)
    assert.equal(telemetry.subscribe(id), id)
  })
})
