/** `npm run docs:configuration`: writes docs/configuration.md out of the tables of keys. */
import { writeFileSync } from 'node:fs'
import { build } from './build.mjs'

await build()
const { renderDocumentation } = await import('../dist/config/documentation.js')
writeFileSync(new URL('../docs/configuration.md', import.meta.url), renderDocumentation())
