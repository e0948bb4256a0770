/**
 * Gives out producer ids, each once in the life of the cluster: the controller hands blocks of them to brokers (KIP-730),
 * and a block that was begun is never begun again, so a restart loses a few and repeats none.
 */
import type { BrokerId, ProducerId } from '#core'
import type { ControllerApi } from '#metadata'
import { ErrorCode } from '#protocol'

export interface NextProducerId {
  /** 0, or why there is none now. */
  readonly errorCode: number
  readonly producerId: ProducerId
}

export class ProducerIds {
  readonly #brokerId: BrokerId
  readonly #brokerEpoch: () => number
  readonly #controller: Pick<ControllerApi, 'allocateProducerIds'>
  #next = 0n
  #end = 0n
  #asking: Promise<number> | undefined

  constructor(
    brokerId: BrokerId,
    brokerEpoch: () => number,
    { controller }: { readonly controller: Pick<ControllerApi, 'allocateProducerIds'> },
  ) {
    this.#brokerId = brokerId
    this.#brokerEpoch = brokerEpoch
    this.#controller = controller
  }

  async next(): Promise<NextProducerId> {
    while (this.#next === this.#end) {
      // Everyone who comes while a block is being asked for waits for that one.
      this.#asking ??= this.#askForBlock().finally(() => {
        this.#asking = undefined
      })
      const errorCode = await this.#asking
      if (errorCode !== ErrorCode.NONE) return { errorCode, producerId: -1n }
    }
    return { errorCode: ErrorCode.NONE, producerId: this.#next++ }
  }

  async #askForBlock(): Promise<number> {
    const { errorCode, producerIdStart, producerIdLen } = await this.#controller.allocateProducerIds({
      brokerId: this.#brokerId,
      brokerEpoch: this.#brokerEpoch(),
    })
    if (errorCode !== ErrorCode.NONE) return ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
    this.#next = producerIdStart
    this.#end = producerIdStart + BigInt(producerIdLen)
    return ErrorCode.NONE
  }
}
