/**
 * An answer where a handler threw: the response with every field empty and the error at its top.
 */
import { ZERO_UUID } from '#core'
import { type Api, type ErrorCode, type Field, type Fields, NO_BYTES } from '#protocol'

/** Undefined where the response of `api` has no error code of its own, only some inside. */
export function errorResponse(api: Api, errorCode: ErrorCode): Record<string, unknown> | undefined {
  const { fields } = api.response
  if (fields.errorCode?.type !== 'int16') return undefined
  return { ...emptyStruct(fields), errorCode }
}

function emptyStruct(fields: Fields): Record<string, unknown> {
  const entries = Object.entries(fields).filter(
    ([, { options }]) => options.default === undefined && options.tag === undefined,
  )
  return Object.fromEntries(entries.map(([name, field]) => [name, emptyValue(field)]))
}

function emptyValue({ type, element }: Field): unknown {
  switch (type) {
    case 'int64':
      return 0n
    case 'bool':
      return false
    case 'string':
      return ''
    case 'bytes':
      return NO_BYTES
    case 'uuid':
      return ZERO_UUID
    case 'array':
    case 'records':
      return []
    case 'struct':
      return emptyStruct(element as Fields)
    default:
      return 0
  }
}
