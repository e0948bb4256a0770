import { allSchemas } from '../../dist/protocol/vectors/all-schemas.js'
import { messagesTarget } from './messages.kit.mjs'

export const target = messagesTarget(
  'any bytes as any record of an internal log or file, and as what members of a group tell each other',
  allSchemas.filter(({ name }) => !/(Request|Response|RequestHeader|ResponseHeader)$/.test(name)),
)
