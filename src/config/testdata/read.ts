/** Reads a table of `src/config/testdata`: lines of columns separated by tabs, without those that begin with `#`. */
import { readFileSync } from 'node:fs'

export function readTable(name: string): string[][] {
  const text = readFileSync(new URL(`../../../src/config/testdata/${name}`, import.meta.url), 'utf8')
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines.map((line) => line.split('\t').map(unescaped))
}

function unescaped(cell: string): string {
  return cell.replace(/\\(.)/g, (_, escaped: string) => (escaped === 't' ? '\t' : escaped === 'n' ? '\n' : escaped))
}
