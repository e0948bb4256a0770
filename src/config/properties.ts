/**
 * The text form of `server.properties`: java.util.Properties, with its escapes, continued lines and three separators.
 *
 * Nothing is refused but a broken `\uXXXX`, as in Java; a key that comes twice has its last value. Values keep the space
 * at their end; whoever parses them trims it.
 */
import { ConfigError } from './config-error.ts'

const BLANK = /[ \t\f]/

/** The keys and values of `text`, in order of their first appearance. */
export function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>()
  for (const { line, number } of logicalLines(text)) {
    let end = 0
    while (end < line.length && !/[=: \t\f]/.test(line[end]!)) end += line[end] === '\\' ? 2 : 1
    let start = end
    while (start < line.length && BLANK.test(line[start]!)) start++
    if (line[start] === '=' || line[start] === ':') start++
    while (start < line.length && BLANK.test(line[start]!)) start++
    properties.set(unescaped(line.slice(0, end), number), unescaped(line.slice(start), number))
  }
  return properties
}

/** Lines without comments and blank ones; one that ends in an odd number of `\` goes on in the next. */
function* logicalLines(text: string): Iterable<{ line: string; number: number }> {
  let line = ''
  let started = 0
  for (const [index, natural] of text.split(/\r\n|\r|\n/).entries()) {
    const content = natural.replace(/^[ \t\f]+/, '')
    if (started === 0) {
      if (content === '' || content.startsWith('#') || content.startsWith('!')) continue
      started = index + 1
    }
    const slashes = /\\*$/.exec(content)![0].length
    if (slashes % 2 === 1) {
      line += content.slice(0, -1)
      continue
    }
    yield { line: line + content, number: started }
    line = ''
    started = 0
  }
  if (started !== 0) yield { line, number: started }
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescaped(text: string, line: number): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\(u[0-9a-fA-F]{4}|[\s\S]|$)/g, (_match, escaped: string) => {
    if (escaped.length === 5) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16))
    if (escaped === 'u') throw new ConfigError(`Malformed \\uxxxx encoding in line ${line}: ${text}`)
    return ESCAPES[escaped] ?? escaped
  })
}
