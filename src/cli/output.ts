/**
 * How the command speaks: results on stdout, as text for people or JSON for programs; all else on stderr.
 */
import process from 'node:process'
import pico from 'picocolors'

export type OutputFormat = 'text' | 'json'

/** Colours where a person looks on, and NO_COLOR is not set (https://no-color.org). */
export const colors = colorsFor(process.stdout)
export const errorColors = colorsFor(process.stderr)

/** Whoever read our output has ended: there is nobody to work for, and nothing went wrong. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed'
}

/** Writes to stdout, and resolves when it has been taken. Rejects with `OutputClosed` when nobody takes it any more. */
export async function write(chunk: string | Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(chunk, (error) => {
      if (!error) resolve()
      else reject(isClosed(error) ? new OutputClosed() : error)
    })
  })
}

/** A stream whose reader has gone tells it by an event too, which must not end the process before `write` has told. */
export function bearClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!isClosed(error)) throw error
    })
  }
}

function isClosed({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED'
}

/** Prints a result: `text` gives its lines for people. JSON is one document. */
export async function print<Result>(
  format: OutputFormat,
  result: Result,
  text: (result: Result) => readonly string[],
): Promise<void> {
  const lines = format === 'json' ? [JSON.stringify(result, jsonValue, 2)] : text(result)
  if (lines.length > 0) await write(`${lines.join('\n')}\n`)
}

/** Says something beside the result, on stderr. */
export function say(message: string): void {
  process.stderr.write(`${message}\n`)
}

/** Beyond 2^53 a JSON number would lose digits in many readers: such a value is given as text. Bytes are base64. */
export function jsonValue(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (typeof value !== 'bigint') return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}

/** A table with a header, columns as wide as their widest cell; columns of numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => printable(String(cell))))
  const widths = header.map((title, c) => cells.reduce((width, row) => Math.max(width, row[c]!.length), title.length))
  const isNumeric = header.map(
    (_, c) => rows.some((row) => typeof row[c] === 'number') && rows.every((row) => isNumber(row[c])),
  )
  const line = (row: readonly string[]) =>
    row
      .map((cell, c) => (isNumeric[c] ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!)))
      .join('  ')
      .trimEnd()
  return [colors.dim(line(header)), ...cells.map(line)]
}

function isNumber(cell: string | number | undefined): boolean {
  return typeof cell === 'number' || cell === '-'
}

/** `1 record`, `2 records`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Says on stderr what is going on, over and over on one line, where a person looks on. */
export class Progress {
  readonly #isShown: boolean
  #shownAtMs = Number.NEGATIVE_INFINITY

  /** `inTheWay` is another stream of the command: nothing is shown where that is at the terminal, too. */
  constructor(inTheWay: { readonly isTTY?: boolean }) {
    this.#isShown = process.stderr.isTTY === true && inTheWay.isTTY !== true
  }

  update(text: () => string): void {
    const nowMs = performance.now()
    if (!this.#isShown || nowMs - this.#shownAtMs < 100) return
    this.#shownAtMs = nowMs
    process.stderr.write(`\r\x1b[2K${text()}`)
  }

  end(): void {
    if (this.#shownAtMs >= 0) process.stderr.write('\r\x1b[2K')
  }
}

/** Text of a peer, fit for a terminal: control characters are shown, not obeyed. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

function colorsFor({ isTTY }: { readonly isTTY?: boolean }): ReturnType<typeof pico.createColors> {
  return pico.createColors(isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb')
}
