import { apiEntries } from '#protocol'
import { responseHeader } from '#protocol/messages'
import { messagesTarget } from './messages.kit.mjs'

export const target = messagesTarget('any bytes as any response, in any version, as clients read them', [
  ...apiEntries.map(({ api }) => api.response),
  responseHeader,
])
