import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { apiByKey, apiEntries, apiEntry } from './apis.ts'
import { requestHeaderVersion, responseHeaderVersion } from './header-versions.ts'
import * as messages from './messages/index.ts'

/** What a Kafka 4.4 broker answers to ApiVersions: lines of key, name, min, max. */
const advertised = readFileSync(
  new URL('../../src/protocol/vectors/kafka-4.4.0-api-versions.txt', import.meta.url),
  'utf8',
)
  .split('\n')
  .map((line) => line.split('\t'))
  .filter(([key]) => /^\d+$/.test(key ?? ''))

/** Announced only where a metrics reporter that takes clients' metrics is configured; this broker had none. */
const telemetry = [messages.getTelemetrySubscriptions, messages.pushTelemetry].map(({ key }) => key)

describe('the table of APIs', () => {
  test('announces for a broker what a broker of Kafka 4.4 announces', () => {
    const ours = apiEntries
      .filter(({ api, listeners }) => listeners.includes('broker') && !telemetry.includes(api.key))
      .map(({ api, advertisedMin, advertisedMax }) => [api.key, api.name, advertisedMin, advertisedMax].map(String))
    assert.ok(advertised.length > 70)
    assert.deepEqual(ours, advertised)
  })

  test('finds an API by its key', () => {
    assert.equal(apiByKey(12), messages.heartbeat)
    assert.equal(apiByKey(4), undefined)
    assert.equal(apiByKey(-1), undefined)
    assert.equal(apiEntry(22)?.advertisedMax, 5)
    assert.equal(messages.initProducerId.request.versionMax, 6)
  })

  test('has requests and responses of the same versions, flexible from the same version on', () => {
    for (const { api } of apiEntries) {
      assert.equal(api.request.name, `${api.name}Request`)
      assert.equal(api.response.name, `${api.name}Response`)
      assert.equal(api.request.versionMin, api.response.versionMin, api.name)
      assert.equal(api.request.versionMax, api.response.versionMax, api.name)
      assert.equal(api.request.flexibleFrom, api.response.flexibleFrom, api.name)
    }
  })
})

describe('the version of a header', () => {
  test('follows from whether the API is flexible in its version', () => {
    assert.deepEqual(
      [8, 9].map((version) => requestHeaderVersion(messages.produce, version)),
      [1, 2],
    )
    assert.deepEqual(
      [8, 9].map((version) => responseHeaderVersion(messages.produce, version)),
      [0, 1],
    )
    assert.equal(requestHeaderVersion(messages.saslHandshake, 1), 1)
    assert.equal(responseHeaderVersion(messages.saslHandshake, 1), 0)
  })

  test('is 0 in every answer to ApiVersions', () => {
    assert.equal(requestHeaderVersion(messages.apiVersions, 3), 2)
    assert.equal(responseHeaderVersion(messages.apiVersions, 3), 0)
    assert.equal(responseHeaderVersion(messages.apiVersions, 5), 0)
  })
})
