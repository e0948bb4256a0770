import { errorMessage, errorName, isRetriable } from '#protocol'

export interface KafkaErrorDetail {
  /** The sentence that came with the code; Kafka's own for the code where it is missing. */
  readonly message?: string | null | undefined
  /** Default: what the code says by itself. */
  readonly retriable?: boolean
  /** Which of the records that were sent is to blame, from 0. */
  readonly recordIndex?: number | undefined
}

/** What a broker answered instead of what was asked: Kafka's error, with the sentence that came with it. */
export class KafkaError extends Error {
  override readonly name = 'KafkaError'
  /** Kafka's name of the error, for example `TOPIC_ALREADY_EXISTS`. */
  readonly code: string
  readonly errorCode: number
  /** True where the same request may succeed later. */
  readonly retriable: boolean
  readonly recordIndex: number | undefined

  /** `doing` begins the message: what was tried, with its values. */
  constructor(errorCode: number, doing: string, detail: KafkaErrorDetail = {}) {
    const sentence = (detail.message || errorMessage(errorCode)).replace(/\.$/, '')
    super(`${doing}: ${sentence} (${errorName(errorCode)})`)
    this.errorCode = errorCode
    this.code = errorName(errorCode)
    this.retriable = detail.retriable ?? isRetriable(errorCode)
    this.recordIndex = detail.recordIndex
  }
}

/** Throws where `errorCode` is not 0. */
export function throwIfError(errorCode: number, doing: string, message?: string | null): void {
  if (errorCode !== 0) throw new KafkaError(errorCode, doing, { message })
}
