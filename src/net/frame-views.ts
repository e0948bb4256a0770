import type { Field, Fields, Schema } from '#protocol'

const known = new WeakMap<Schema, boolean>()

/**
 * Whether what is decoded from a frame may be views of it: messages with byte strings or records. Such a frame must not
 * lie in memory that is used again; of all others nothing is left in the frame once they are decoded.
 */
export function hasFrameViews(schema: Schema): boolean {
  let has = known.get(schema)
  if (has === undefined) {
    has = Object.values(schema.fields).some(isOrHasBytes)
    known.set(schema, has)
  }
  return has
}

function isOrHasBytes({ type, element }: Field): boolean {
  if (type === 'bytes' || type === 'records') return true
  if (element === undefined) return false
  return isField(element) ? isOrHasBytes(element) : Object.values(element).some(isOrHasBytes)
}

function isField(element: Field | Fields): element is Field {
  return typeof element.type === 'string'
}
