/** A few seconds of what `npm run crash` does for minutes. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { examine } from './damage.ts'
import { explore } from './explore.ts'
import { scenarios, specimens } from './index.ts'

const STATES = 50
const FLIPS = 200

describe('whenever the power fails, whatever of the disk survives, a start finds what was promised', () => {
  for (const scenario of scenarios) {
    test(scenario.name, async () => {
      const { stateCount, violations } = await explore(scenario, { seed: 1, statesMax: STATES })
      const [first] = violations
      assert.equal(
        first,
        undefined,
        first && `${first.what}\nnpm run crash -- --replay '${scenario.name}:1:${first.place}'`,
      )
      assert.ok(stateCount > STATES / 2, `${stateCount} states are something`)
    })
  }
})

test('whatever bit of a folder is turned over, all is served as it was, or what is not is named', async () => {
  for (const specimen of await specimens()) {
    const { flipCount, violations } = await examine(specimen, { seed: 1, flipsMax: FLIPS, others: false })
    const [first] = violations
    assert.equal(
      first,
      undefined,
      first && `${first.what}\nnpm run crash -- --replay '${specimen.name}: ${first.place}'`,
    )
    assert.ok(flipCount > FLIPS / 2)
  }
})
