/**
 * What peers should not send, and what they get: the inputs of docs/bad-input.md that are requests to a whole broker, by its
 * sections. One list for three uses: a broker in memory (bad-inputs.test.ts), one in a process of its own that is watched
 * (`npm run bad-input`), and one beside Apache Kafka (`npm run compare`).
 */
import type { BadInput } from './bad-input.kit.test.ts'
import { fullRequests } from './full-requests.kit.test.ts'
import { meaning } from './meaning.kit.test.ts'
import { primitiveTypes } from './primitive-types.kit.test.ts'
import { recordBatches } from './record-batches.kit.test.ts'

export {
  answerText,
  type BadInput,
  type BadInputWorld,
  preparations,
  rawFrame,
  requestFrame,
} from './bad-input.kit.test.ts'

export const badInputs: readonly BadInput[] = [...primitiveTypes, ...recordBatches, ...fullRequests(), ...meaning]
