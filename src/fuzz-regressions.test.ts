/** What the fuzzer once found, and the first inputs of each of its targets: none of them breaks anything now. */
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'

interface Target {
  readonly isAsync?: boolean
  seeds(): readonly Uint8Array[]
  run(bytes: Uint8Array): void | Promise<void>
  close?(): Promise<void>
}

/** So many seeds of a target that waits for a disk or a broker. */
const SLOW_SEEDS = 60
const folder = new URL('../fuzz/', import.meta.url)
const { regressionsOf } = (await import(new URL('regressions.mjs', folder).href)) as {
  regressionsOf(name: string): readonly { readonly file: string; readonly bytes: Uint8Array }[]
}
const names = readdirSync(new URL('targets/', folder))
  .filter((file) => file.endsWith('.mjs') && !file.endsWith('.kit.mjs'))
  .map((file) => file.replace('.mjs', ''))

for (const name of names) {
  describe(`fuzz target ${name}`, async () => {
    const { target } = (await import(new URL(`targets/${name}.mjs`, folder).href)) as { target: Target }

    it('takes its seeds', async () => {
      const seeds = target.seeds()
      const step = target.isAsync === true ? Math.max(1, Math.floor(seeds.length / SLOW_SEEDS)) : 1
      for (let i = 0; i < seeds.length; i += step) await target.run(seeds[i]!)
    })

    for (const { file, bytes } of regressionsOf(name)) it(`stands ${file}`, async () => await target.run(bytes))
  })
}
