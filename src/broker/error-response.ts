/**
 * An answer where a handler threw: the response with every field empty and the error at its top.
 */
import { type Api, type ErrorCode, emptyValue, type Field, type Fields } from '#protocol'

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
  return Object.fromEntries(entries.map(([name, field]) => [name, emptyField(field)]))
}

function emptyField({ type, element }: Field): unknown {
  return type === 'struct' ? emptyStruct(element as Fields) : emptyValue(type)
}
