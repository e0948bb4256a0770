/**
 * How a message is declared: once, for all its versions, as a table of fields. The TypeScript types of a message are
 * inferred from the table, and `codec.ts` compiles the table into a reader and a writer for each version in use.
 *
 *     export const heartbeatRequest = message('HeartbeatRequest', { key: 12, versions: '0-4', flexible: '4+' }, {
 *       groupId: string(),
 *       generationId: int32(),
 *       memberId: string(),
 *       groupInstanceId: string({ versions: '3+', nullable: '3+', default: null }),
 *     })
 *
 * The order of the fields is the order on the wire, in every version. A version range is `'3'`, `'3+'`, `'3-7'` or
 * `'none'`. A field that a version lacks reads as its default and is not written. A field may be left out of a message
 * to be written if it has a `default` or a `tag`; a tagged field that equals its default is not sent.
 */
import type { Chunk, Uuid } from '#core'

/** Kafka's default for what has no limit of its own. */
export const INT32_MAX = 2147483647
/** Kafka's default for "not asked for" in authorized operations. */
export const INT32_MIN = -2147483648
/** Default of `bytes` fields that some versions lack. */
export const NO_BYTES: Uint8Array = new Uint8Array(0)

declare const read: unique symbol
declare const write: unique symbol
declare const optional: unique symbol

/** One field: its wire type and options. The type parameters are what it reads as, takes for writing, may be left out. */
export interface Field<Read = unknown, Write = unknown, Optional extends boolean = boolean> {
  readonly type: FieldType
  /** For `array` and `struct`: what is inside. */
  readonly element: Field | Fields | undefined
  readonly options: FieldOptions<unknown>
  readonly [read]?: Read
  readonly [write]?: Write
  readonly [optional]?: Optional
}

export type FieldType =
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'offset'
  | 'float64'
  | 'bool'
  | 'string'
  | 'bytes'
  | 'records'
  | 'uuid'
  | 'array'
  | 'struct'

export type Fields = { readonly [name: string]: Field }

export interface FieldOptions<Value> {
  /** Versions that have the field; all if not given. */
  readonly versions?: string
  /** Versions in which it may be null; none if not given. */
  readonly nullable?: string
  /** Sent as a tagged field with this number (KIP-482). */
  readonly tag?: number
  /** `'none'`: not compact even in flexible versions, as the client id of a request's header. */
  readonly flexible?: 'none'
  /** Value where a version lacks the field, or a tagged field was not sent: zero, empty, false or `ZERO_UUID` if not given. */
  readonly default?: Value | null
}

type Null<O> = O extends { readonly nullable: string } ? null : never
type IsOptional<O> = O extends { readonly default: unknown } | { readonly tag: number } ? true : false
type Of<Read, Write, O> = Field<Read | Null<O>, Write | Null<O>, IsOptional<O>>

function scalar<Read, Write = Read>(type: FieldType) {
  return <const O extends FieldOptions<Read> = Record<never, never>>(options?: O): Of<Read, Write, O> => ({
    type,
    element: undefined,
    options: options ?? {},
  })
}

export const int8 = scalar<number>('int8')
export const int16 = scalar<number>('int16')
export const uint16 = scalar<number>('uint16')
export const int32 = scalar<number>('int32')
export const uint32 = scalar<number>('uint32')
/** An int64 of any value, exact. */
export const int64 = scalar<bigint>('int64')
/** An int64 that counts: a `number`, exact within 2^53; what a peer sends beyond fails `isOffset` and is refused at the door. */
export const offset = scalar<number>('offset')
export const float64 = scalar<number>('float64')
export const bool = scalar<boolean>('bool')
export const string = scalar<string>('string')
/** Bytes; what is read is a view of the frame, not a copy. */
export const bytes = scalar<Uint8Array>('bytes')
/**
 * Record batches as they are, in one piece when read and in any number when written, also of such as lie in a file still: the
 * hot path neither copies nor joins them.
 */
export const records = scalar<readonly Uint8Array[], readonly Chunk[]>('records')
export const uuid = scalar<Uuid>('uuid')

/** A list of structs (`array({ ... })`) or of simple values (`array(int32())`). */
export function array<
  const E extends Fields | Field,
  const O extends FieldOptions<readonly never[]> = Record<never, never>,
>(element: E, options?: O): Of<readonly ReadOf<E>[], readonly WriteOf<E>[], O> {
  return { type: 'array', element, options: options ?? {} }
}

/** A struct inside a message. Its default, where it has none of its own, is the struct of its fields' defaults. */
export function struct<const F extends Fields, const O extends FieldOptions<never> = Record<never, never>>(
  fields: F,
  options?: O,
): Of<ReadFields<F>, WriteFields<F>, O> {
  return { type: 'struct', element: fields, options: options ?? {} }
}

type ReadOf<E> = E extends Field<infer Read, unknown> ? Read : E extends Fields ? ReadFields<E> : never
type WriteOf<E> = E extends Field<unknown, infer Write> ? Write : E extends Fields ? WriteFields<E> : never
type ReadFields<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer Read, unknown> ? Read : never }
type OptionalKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends Field<unknown, unknown, true> ? K : never
}[keyof F]
type WriteField<T> = T extends Field<unknown, infer Write> ? Write : never
type WriteFields<F extends Fields> = {
  readonly [K in Exclude<keyof F, OptionalKeys<F>>]: WriteField<F[K]>
} & { readonly [K in OptionalKeys<F>]?: WriteField<F[K]> | undefined }

/** A declared message: of an API, a log's record, or a header. */
export interface Schema<F extends Fields = Fields> {
  /** As Kafka's JSON definitions have it, for example `JoinGroupRequest`. */
  readonly name: string
  /** The API's or record type's key; -1 where there is none. */
  readonly key: number
  readonly versionMin: number
  readonly versionMax: number
  /** From this version on lengths are compact and structs end with tagged fields (KIP-482); undefined: never. */
  readonly flexibleFrom: number | undefined
  readonly fields: F
}

/** What a message reads as: every field is there. */
export type Message<S> = S extends Schema<infer F> ? ReadFields<F> : never
/** What a message is written from: fields with a default or a tag may be left out. */
export type MessageInput<S> = S extends Schema<infer F> ? WriteFields<F> : never

export function message<const F extends Fields>(
  name: string,
  options: { readonly key?: number; readonly versions: string; readonly flexible: string },
  fields: F,
): Schema<F> {
  const { from, to } = parseVersions(options.versions)
  const flexible = options.flexible === 'none' ? undefined : parseVersions(options.flexible).from
  return { name, key: options.key ?? -1, versionMin: from, versionMax: to, flexibleFrom: flexible, fields }
}

/** True where lengths are compact and structs end with tagged fields in `version` (KIP-482). */
export function isFlexible(schema: Schema, version: number): boolean {
  return schema.flexibleFrom !== undefined && version >= schema.flexibleFrom
}

/** Ends of a version range; an open one ends at `Infinity`, `'none'` is empty. */
export function parseVersions(range: string): { readonly from: number; readonly to: number } {
  if (range === 'none') return { from: 1, to: 0 }
  const match = /^(\d+)(?:(\+)|-(\d+))?$/.exec(range)
  if (match === null) throw new RangeError(`Not a version range: ${range}`)
  const from = Number(match[1])
  const to = match[2] === undefined ? Number(match[3] ?? from) : Number.POSITIVE_INFINITY
  return { from, to }
}
