import assert from 'node:assert/strict'
import { test } from 'node:test'
import { validateClientMetricsConfigs } from './client-metrics-config.ts'

const refusal = (overrides: Record<string, string>, name = 'm') => {
  const { error, message } = validateClientMetricsConfigs(name, new Map(Object.entries(overrides))) ?? {}
  return error && `${error}: ${message}`
}

test('a valid subscription is accepted', () => {
  assert.equal(
    refusal({ metrics: 'a.,b.', 'interval.ms': '1000', match: 'client_id=x.*, client_source_port=1' }),
    undefined,
  )
})

test('wrong subscriptions are refused with the error and in the words of Kafka', () => {
  assert.equal(refusal({}, ''), "INVALID_REQUEST: Subscription name can't be empty")
  assert.equal(refusal({ nope: '1' }), 'INVALID_REQUEST: Unknown client metrics configuration: nope')
  assert.equal(
    refusal({ 'interval.ms': 'x' }),
    'INVALID_CONFIG: Invalid value x for configuration interval.ms: Not a number of type INT',
  )
  for (const interval of ['99', '3600001']) {
    const message = `Invalid value ${interval} for interval.ms, interval must be between 100 and 3600000 (1 hour)`
    assert.equal(refusal({ 'interval.ms': interval }), `INVALID_REQUEST: ${message}`)
  }
  for (const match of ['foo=1', 'client_id=[', 'client_id', 'client_id=a=b']) {
    assert.equal(refusal({ match }), `INVALID_CONFIG: Illegal client matching pattern: ${match}`)
  }
})
