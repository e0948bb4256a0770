import { apiEntries } from '#protocol'
import { requestHeader } from '#protocol/messages'
import { messagesTarget } from './messages.kit.mjs'

export const target = messagesTarget('any bytes as any request, in any version; and their headers', [
  ...apiEntries.map(({ api }) => api.request),
  requestHeader,
])
