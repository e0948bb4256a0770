/**
 * Where rooms tell an operator what happens. A message is a sentence with its values in it; `detail` adds fields for
 * machines. Never bytes or text of a peer unescaped, never a record's content.
 */
export interface Logger {
  error(message: string, detail?: LogDetail): void
  warn(message: string, detail?: LogDetail): void
  info(message: string, detail?: LogDetail): void
  debug(message: string, detail?: LogDetail): void
}

export type LogDetail = Readonly<Record<string, unknown>>

/** Says nothing: the default where no logger is given. */
export const silentLogger: Logger = { error() {}, warn() {}, info() {}, debug() {} }
