import { errorMessage, errorName, isRetriable } from '#protocol'

/** What a broker answered instead of what was asked: Kafka's error, with the sentence that came with it. */
export class KafkaError extends Error {
  override readonly name = 'KafkaError'
  /** Kafka's name of the error, for example `TOPIC_ALREADY_EXISTS`. */
  readonly code: string
  readonly errorCode: number
  /** True where the same request may succeed later. */
  readonly retriable: boolean

  /** `doing` begins the message: what was tried, with its values. */
  constructor(errorCode: number, doing: string, detail?: string | null) {
    super(`${doing}: ${detail || errorMessage(errorCode)} (${errorName(errorCode)})`)
    this.errorCode = errorCode
    this.code = errorName(errorCode)
    this.retriable = isRetriable(errorCode)
  }
}

/** Throws where `errorCode` is not 0. */
export function throwIfError(errorCode: number, doing: string, detail?: string | null): void {
  if (errorCode !== 0) throw new KafkaError(errorCode, doing, detail)
}
