/**
 * What a configuration key is: the one form in which the tables of `keys/` define Kafka's keys and our own.
 *
 * From a definition follow the TypeScript type of the value, how a text is parsed, checked and printed back, and what
 * DescribeConfigs and docs/configuration.md say of the key. Texts are refused in Kafka's words, so that an operator
 * finds the same sentence in either world.
 *
 * Invariant: parsing `setting.text` again gives the same setting.
 */
import { ConfigError } from './config-error.ts'
import { items, nonEmpty, oneOf, type Rule, range } from './rules.ts'
import { type NumberType, parseBoolean, parseList, parseNumber, printNumber, type Setting } from './values.ts'

export { DOUBLE_MAX, INT_MAX, LONG_MAX } from './values.ts'

export type KeyType = 'BOOLEAN' | 'STRING' | 'LIST' | 'CLASS' | 'PASSWORD' | NumberType

/** Whether a broker's key may change while it runs: never, for one broker at a time, or for all of them at once too. */
export type UpdateMode = 'read-only' | 'per-broker' | 'cluster-wide'

export type Importance = 'high' | 'medium' | 'low'

export interface Key<V = unknown> {
  readonly type: KeyType
  readonly default: Setting<V>
  /** What it does, in a sentence or two. */
  readonly doc: string
  readonly importance: Importance
  readonly update: UpdateMode
  /** Left out of listings unless it has been set, as Kafka leaves out its own. */
  readonly internal: boolean
  /** Only ever set while the broker runs, not in its file; listed where it is set. */
  readonly onlyDynamic: boolean
  /** Which values are valid, as Kafka documents it; empty where every value of the type is. */
  readonly valid: string
  /** Where the key itself has no value, the first of these that has one counts. */
  readonly fallback: readonly Fallback[]
  /** Of a topic's or group's key: the broker's key that counts where the resource has no value of its own. */
  readonly broker: string | undefined
  /** Where our default is not Kafka's: Kafka's (null for none), and why. */
  readonly differs: Difference | undefined
  /** Throws a `ConfigError` where `text` is no valid value. */
  readonly parse: (name: string, text: string) => Setting<V>
}

/** A key of the same meaning, where numbers count `factor` times (default 1). */
export interface Fallback {
  readonly key: string
  readonly factor?: number
}

export interface Difference {
  readonly from: string | null
  readonly because: string
}

/** The TypeScript type of a key's value. */
export type ValueOf<K> = K extends Key<infer V> ? V : never

interface Options {
  /** `medium` where not said. */
  readonly importance?: Importance
  /** `read-only` where not said. */
  readonly update?: UpdateMode
  readonly internal?: boolean
  readonly onlyDynamic?: boolean
  readonly broker?: string
  readonly differs?: Difference
}

/** A key without a value of its own always has one by its fallback. */
interface WithFallback {
  readonly fallback: readonly Fallback[]
}

interface NumberOptions extends Options {
  readonly min?: number
  readonly max?: number
  readonly rule?: Rule<number>
}

interface StringOptions<T extends string> extends Options {
  readonly oneOf?: readonly T[]
  readonly anyCaseOf?: readonly string[]
  readonly nonEmpty?: boolean
  readonly rule?: Rule<string>
}

interface ListOptions<T extends string> extends Options {
  readonly oneOf?: readonly T[]
  readonly nonEmpty?: boolean
  readonly rule?: Rule<readonly string[]>
}

export function boolean(value: boolean, doc: string, options: Options = {}): Key<boolean> {
  return define('BOOLEAN', { value, text: String(value) }, doc, { ...options, parse: parseBoolean })
}

export function int(value: number, doc: string, options?: NumberOptions): Key<number>
export function int(value: null, doc: string, options: NumberOptions & WithFallback): Key<number>
export function int(value: null, doc: string, options?: NumberOptions): Key<number | null>
export function int(value: number | null, doc: string, options: NumberOptions = {}): Key<number | null> {
  return defineNumber('INT', value, doc, options)
}

export function short(value: number, doc: string, options?: NumberOptions): Key<number>
export function short(value: number | null, doc: string, options: NumberOptions = {}): Key<number | null> {
  return defineNumber('SHORT', value, doc, options)
}

export function long(value: number, doc: string, options?: NumberOptions): Key<number>
export function long(value: null, doc: string, options: NumberOptions & WithFallback): Key<number>
export function long(value: null, doc: string, options?: NumberOptions): Key<number | null>
export function long(value: number | null, doc: string, options: NumberOptions = {}): Key<number | null> {
  return defineNumber('LONG', value, doc, options)
}

export function double(value: number, doc: string, options?: NumberOptions): Key<number>
export function double(value: number | null, doc: string, options: NumberOptions = {}): Key<number | null> {
  return defineNumber('DOUBLE', value, doc, options)
}

export function string<const T extends string = string>(
  value: NoInfer<T>,
  doc: string,
  options?: StringOptions<T>,
): Key<T>
export function string<const T extends string = string>(
  value: null,
  doc: string,
  options?: StringOptions<T>,
): Key<T | null>
export function string(value: string | null, doc: string, options: StringOptions<string> = {}): Key<string | null> {
  const rule = options.rule ?? stringRule(options)
  return define<string | null>('STRING', { value, text: value }, doc, {
    ...options,
    valid: rule?.valid,
    parse(name, text) {
      const trimmed = text.trim()
      rule?.check(name, { value: trimmed, text: trimmed })
      return { value: trimmed, text: trimmed }
    },
  })
}

export function list<const T extends string = string>(
  value: readonly NoInfer<T>[],
  doc: string,
  options?: ListOptions<T>,
): Key<readonly T[]>
export function list<const T extends string = string>(
  value: null,
  doc: string,
  options: ListOptions<T> & WithFallback,
): Key<readonly T[]>
export function list<const T extends string = string>(
  value: null,
  doc: string,
  options?: ListOptions<T>,
): Key<readonly T[] | null>
export function list(
  value: readonly string[] | null,
  doc: string,
  options: ListOptions<string> = {},
): Key<readonly string[] | null> {
  const rule = options.rule ?? items(options.oneOf, options.nonEmpty !== true)
  return define<readonly string[] | null>('LIST', { value, text: value === null ? null : value.join(',') }, doc, {
    ...options,
    valid: rule.valid,
    parse(name, text) {
      const all = parseList(text)
      const value = options.rule === undefined ? [...new Set(all)] : all
      const setting = { value, text: value.join(',') }
      rule.check(name, setting)
      return setting
    },
  })
}

/** A Java class. None is loaded here: the default stands for what is built in, and any other is refused as not found. */
export function javaClass(value: string, doc: string, options?: Options): Key<string>
export function javaClass(value: null, doc: string, options?: Options): Key<null>
export function javaClass(value: string | null, doc: string, options: Options = {}): Key<string | null> {
  return define<string | null>('CLASS', { value, text: value }, doc, {
    ...options,
    parse(name, text) {
      const trimmed = text.trim()
      if (trimmed !== value) throw ConfigError.of(name, trimmed, `Class ${trimmed} could not be found.`)
      return { value, text: value }
    },
  })
}

/** A secret: never printed, and null in what DescribeConfigs answers. */
export function password(value: null, doc: string, options: Options = {}): Key<string | null> {
  return define<string | null>('PASSWORD', { value, text: value }, doc, {
    ...options,
    parse: (_name, text) => ({ value: text.trim(), text: text.trim() }),
  })
}

function stringRule(options: StringOptions<string>): Rule<string> | undefined {
  if (options.oneOf !== undefined) return oneOf(options.oneOf)
  if (options.anyCaseOf !== undefined) return oneOf(options.anyCaseOf, { ignoreCase: true })
  return options.nonEmpty === true ? nonEmpty : undefined
}

function defineNumber(
  type: NumberType,
  value: number | null,
  doc: string,
  options: NumberOptions,
  // biome-ignore lint/suspicious/noExplicitAny: the overloads above say whether null is among the values
): Key<any> {
  const bounded = options.min !== undefined || options.max !== undefined
  const rule = options.rule ?? (bounded ? range(options.min, options.max) : undefined)
  return define<number | null>(type, { value, text: value === null ? null : printNumber(type, value) }, doc, {
    ...options,
    valid: rule?.valid,
    parse(name, text) {
      const setting = parseNumber(type, name, text)
      rule?.check(name, setting)
      return setting
    },
  })
}

function define<V>(
  type: KeyType,
  byDefault: Setting<V>,
  doc: string,
  options: Options & Partial<WithFallback> & { readonly valid?: string | undefined; readonly parse: Key<V>['parse'] },
): Key<V> {
  return {
    type,
    default: byDefault,
    doc,
    importance: options.importance ?? 'medium',
    update: options.update ?? 'read-only',
    internal: options.internal ?? false,
    onlyDynamic: options.onlyDynamic ?? false,
    valid: options.valid ?? '',
    fallback: options.fallback ?? [],
    broker: options.broker,
    differs: options.differs,
    parse: options.parse,
  }
}
