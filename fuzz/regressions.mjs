/** The inputs that once broke something, by target. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'

const folder = new URL('./regressions/', import.meta.url)

/** Names and bytes of what `name` has. */
export function regressionsOf(name) {
  const own = new URL(`./${name}/`, folder)
  if (!existsSync(own)) return []
  return readdirSync(own).map((file) => ({ file, bytes: Uint8Array.from(readFileSync(new URL(file, own))) }))
}
