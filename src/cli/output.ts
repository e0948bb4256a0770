/**
 * How the command speaks: results on stdout, as text for people or JSON for programs; all else on stderr.
 */
import process from 'node:process'
import pico from 'picocolors'

export type OutputFormat = 'text' | 'json'

/** Colours where a person looks on, and NO_COLOR is not set (https://no-color.org). */
export const colors = pico.createColors(process.stdout.isTTY === true && !process.env['NO_COLOR'])

/** Prints a result: `text` gives its lines for people. JSON is one document, with big integers as numbers. */
export function print<Result>(format: OutputFormat, result: Result, text: (result: Result) => readonly string[]): void {
  const lines = format === 'json' ? [JSON.stringify(result, jsonValue, 2)] : text(result)
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`)
}

/** Beyond 2^53 a JSON number would lose digits in many readers: such a value is given as text. */
export function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}

/** A table with a header, columns as wide as their widest cell; columns of numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const cells = rows.map((row) => row.map(String))
  const widths = header.map((title, c) => Math.max(title.length, ...cells.map((row) => row[c]?.length ?? 0)))
  const numeric = header.map(
    (_, c) => rows.length > 0 && rows.every((row) => typeof row[c] === 'number' || row[c] === '-'),
  )
  const line = (row: readonly string[]) =>
    row
      .map((cell, c) => (numeric[c] ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!)))
      .join('  ')
      .trimEnd()
  return [colors.dim(line(header)), ...cells.map(line)]
}

/** Says on stderr what is going on, over and over on one line, where a person looks on. */
export class Progress {
  readonly #show = process.stderr.isTTY === true
  #shown = ''
  #atMs = 0

  update(text: string, nowMs: number): void {
    if (!this.#show || nowMs - this.#atMs < 100) return
    this.#atMs = nowMs
    this.#shown = text
    process.stderr.write(`\r\x1b[2K${text}`)
  }

  end(): void {
    if (this.#shown !== '') process.stderr.write('\r\x1b[2K')
    this.#shown = ''
  }
}

/** Text of a peer, fit for a terminal: control characters are shown, not obeyed. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
