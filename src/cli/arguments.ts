/**
 * What stands on the command line, turned into values; what is wrong is refused with what would be right.
 */
import type { Address } from '#host'
import { UsageError } from './usage-error.ts'

/** `host:port,[::1]:9092`; the port may be left out. */
export function parseBootstrap(text: string): Address[] {
  return text.split(',').map((item) => {
    const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+))?$/.exec(item.trim())
    const port = Number(match?.[3] ?? 9092)
    if (match === null || port < 1 || port > 65535) {
      throw new UsageError(`Not an address: ${JSON.stringify(item)}`, 'Give host:port, several with commas between.')
    }
    return { host: match[1] ?? match[2] ?? '', port }
  })
}

/** A whole number of at least `min`. */
export function parseCount(name: string, min: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value) || value < min) {
      throw new UsageError(`${name} is ${JSON.stringify(text)}`, `Give a whole number of at least ${min}.`)
    }
    return value
  }
}

/** `name=value`, given once or more; the value may be empty and hold more `=`. */
export function collectPairs(text: string, before: ReadonlyMap<string, string> = new Map()): Map<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError(`Not name=value: ${JSON.stringify(text)}`)
  return new Map(before).set(text.slice(0, at), text.slice(at + 1))
}

const DURATION_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A moment: milliseconds since 1970, an ISO date, or how long ago (`90s`, `15m`, `2h`, `7d`). */
export function parseMoment(text: string, nowMs: number): bigint {
  const ago = /^(\d+)(ms|s|m|h|d)$/.exec(text)
  if (ago !== null) return BigInt(nowMs - Number(ago[1]) * DURATION_MS[ago[2]!]!)
  if (/^\d+$/.test(text)) return BigInt(text)
  const dateMs = Date.parse(text)
  if (Number.isNaN(dateMs)) {
    throw new UsageError(
      `Not a moment: ${JSON.stringify(text)}`,
      'Give milliseconds since 1970, a date such as 2026-11-21T12:00:00Z, or how long ago: 90s, 15m, 2h, 7d.',
    )
  }
  return BigInt(dateMs)
}

/** A length of time in ms, for configurations given in words: `90s`, `15m`, `2h`, `7d`, or plain milliseconds. */
export function parseDurationMs(text: string): number {
  const match = /^(\d+)(ms|s|m|h|d)?$/.exec(text)
  if (match === null)
    throw new UsageError(`Not a duration: ${JSON.stringify(text)}`, 'Give for example 500ms, 90s, 2h.')
  return Number(match[1]) * DURATION_MS[match[2] ?? 'ms']!
}
