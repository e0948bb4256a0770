/**
 * What stands on the command line, turned into values; what is wrong is refused with what would be right. Commander names
 * the option, and shows its text, in front of what an `InvalidArgumentError` says.
 */
import { InvalidArgumentError } from 'commander'
import type { Address } from '#host'

const KAFKA_PORT = 9092

/** `host:port,[::1]:9092`; the port may be left out. */
export function parseBootstrap(text: string): Address[] {
  return text.split(',').map((item) => {
    const match = /^(?:\[([^\]]+)\]|([^:[\]\s]+))(?::(\d+))?$/.exec(item.trim())
    const port = Number(match?.[3] ?? KAFKA_PORT)
    if (match === null || port < 1 || port > 65535) {
      throw new InvalidArgumentError(
        `${JSON.stringify(item)} is no address. Give host:port, several with commas between; IPv6 in brackets.`,
      )
    }
    return { host: match[1] ?? match[2] ?? '', port }
  })
}

/** A whole number of at least `min`. */
export function parseCount(min: number, max: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^-?\d+$/.test(text) || value < min || value > max) {
      const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
      throw new InvalidArgumentError(`Give a whole number ${range}.`)
    }
    return value
  }
}

/** `name=value`, given once or more; the value may be empty and hold more `=`. */
export function collectPairs(text: string, before: ReadonlyMap<string, string> = new Map()): Map<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('Give name=value.')
  return new Map(before).set(text.slice(0, at), text.slice(at + 1))
}

/** A text, given once or more. */
export function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text]
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A moment: milliseconds since 1970, an ISO date, or how long ago (`90s`, `15m`, `2h`, `7d`). Undefined: none of them. */
export function momentOf(text: string, nowMs: number): bigint | undefined {
  const ago = /^(\d+)(ms|s|m|h|d)$/.exec(text)
  if (ago !== null) return BigInt(nowMs) - BigInt(ago[1]!) * BigInt(UNIT_MS[ago[2]!]!)
  if (/^\d+$/.test(text)) return BigInt(text)
  const dateMs = /^\d{4}-/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(dateMs) ? undefined : BigInt(dateMs)
}

/** As `momentOf`, for an option. */
export function parseMoment(text: string, nowMs: number): bigint {
  const moment = momentOf(text, nowMs)
  if (moment !== undefined) return moment
  throw new InvalidArgumentError(
    'Give milliseconds since 1970, a date such as 2026-11-21T12:00:00Z, or how long ago: 90s, 15m, 2h, 7d.',
  )
}

/** Seconds above 0. */
export function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (!/^\d*\.?\d+$/.test(text) || seconds <= 0) throw new InvalidArgumentError('Give seconds above 0.')
  return seconds
}
