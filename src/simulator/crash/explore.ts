/**
 * Goes through the states that a crash may leave of a scenario, each once, and tells what is wrong with any.
 *
 * Of each state: what a start finds is held against what was promised; a start that is itself cut short, at any of its own
 * moments, leaves a state in which the next finds the same; and the work goes on, ends cleanly, and starts again.
 *
 * Two moments may leave the same files. They are one state, which is looked at again only where more was promised.
 */
import { createHash } from 'node:crypto'
import { type FileTree, MemoryDisk, ROOT, seededRandom } from '#host/memory'
import { type Bounds, keyOf, survivals, treeAfter } from './crash-states.ts'
import { Recording, textOf } from './recording.ts'
import type { AnyScenario, Promised } from './scenario.ts'

export interface Violation {
  readonly scenario: string
  readonly what: string
  /** For `ExploreOptions.place`. */
  readonly place: string
  /** What was pending at that moment, and whether it was kept. */
  readonly pending: readonly string[]
}

export interface ExploreOptions {
  readonly seed: number
  /** States that were looked at already, by their digests; grows. */
  readonly seen?: Set<string>
  /** Ends when this run has seen so many that were not. */
  readonly statesMax?: number
  /** Looks at each so manieth state only; the others are not counted. Default 1: at all. */
  readonly stride?: number
  /** A start is crashed at each of its moments in one state of so many; in the others at its end only. Default 8. */
  readonly innerStride?: number
  readonly bounds?: Bounds
  /** Only this place, with all that follows from it. */
  readonly place?: string
}

export interface Explored {
  /** New distinct states, of which `innerCount` were left by a start that was cut short. */
  readonly stateCount: number
  readonly innerCount: number
  readonly momentCount: number
  readonly violations: readonly Violation[]
}

const VIOLATIONS_MAX = 20

export async function explore(scenario: AnyScenario, options: ExploreOptions): Promise<Explored> {
  return await new Exploration(scenario, options).run()
}

class Exploration {
  readonly #scenario: AnyScenario
  readonly #options: ExploreOptions
  readonly #seen: Set<string>
  readonly #seenBefore: number
  readonly #judged = new Set<string>()
  readonly #violations: Violation[] = []
  #innerCount = 0
  #momentCount = 0
  #tried = 0
  #pending: readonly string[] = []

  constructor(scenario: AnyScenario, options: ExploreOptions) {
    this.#scenario = scenario
    this.#options = options
    this.#seen = options.seen ?? new Set()
    this.#seenBefore = this.#seen.size
  }

  get #isDone(): boolean {
    const { statesMax = Number.POSITIVE_INFINITY } = this.#options
    return this.#seen.size - this.#seenBefore >= statesMax || this.#violations.length >= VIOLATIONS_MAX
  }

  async run(): Promise<Explored> {
    const { seed, bounds, place, stride = 1 } = this.#options
    const recording = await this.#scenario.record(seed)
    const keys = new Set<string>()
    for (const moment of recording.moments()) {
      this.#momentCount++
      const random = seededRandom(seed * 1_000_003 + moment.index)
      let choice = 0
      for (const survival of survivals(moment, random, bounds)) {
        const here = `${moment.index}.${choice++}`
        if (place !== undefined && place !== here && !place.startsWith(`${here}/`)) continue
        const key = `${keyOf(moment, survival)} ${moment.promised.key}`
        if (keys.has(key)) continue
        keys.add(key)
        if (place === undefined && this.#tried++ % stride !== 0) continue
        this.#pending = moment.pending.map((change, index) => `${JSON.stringify(survival[index])} ${textOf(change)}`)
        await this.#look(treeAfter(moment, survival), moment.promised, here)
        if (this.#isDone) return this.#explored()
      }
    }
    return this.#explored()
  }

  #explored(): Explored {
    return {
      stateCount: this.#seen.size - this.#seenBefore,
      innerCount: this.#innerCount,
      momentCount: this.#momentCount,
      violations: this.#violations,
    }
  }

  async #look(tree: FileTree, promised: Promised, place: string): Promise<void> {
    const digest = digestOf(tree)
    const isNew = !this.#seen.has(digest)
    this.#seen.add(digest)
    const judgement = `${digest} ${promised.key}`
    if (this.#judged.has(judgement)) return
    this.#judged.add(judgement)
    try {
      const starting = new Recording(() => NOTHING, tree)
      const disk = new MemoryDisk({ observe: starting.observe }, tree)
      const recovered = await this.#scenario.recover(disk)
      const dispute = recovered.disputeOf(promised)
      if (dispute !== undefined) return this.#violated(dispute, place)
      if (!isNew) return
      await this.#startAgain(starting, recovered.summary, place)
      const problem = await recovered.goOn(promised)
      if (problem !== undefined) this.#violated(problem, place)
    } catch (error) {
      this.#violated(`a start fails: ${error instanceof Error ? error.stack : error}`, place)
    }
  }

  /** Crashes the start: after it in any case, and now and then at each of its moments. */
  async #startAgain(starting: Recording<Promised>, summary: string, place: string): Promise<void> {
    const { seed, innerStride = 8, place: wanted } = this.#options
    const last = starting.momentCount - 1
    const isWhole = wanted !== undefined || this.#seen.size % innerStride === 0
    for (const moment of starting.moments()) {
      if (!isWhole && moment.index !== last) continue
      let choice = 0
      for (const survival of survivals(moment, seededRandom(seed + moment.index), INNER_BOUNDS)) {
        const here = `${place}/${moment.index}.${choice++}`
        if (wanted !== undefined && wanted !== here && wanted !== place) continue
        await this.#lookInside(treeAfter(moment, survival), { summary, place: here })
      }
    }
  }

  async #lookInside(
    tree: FileTree,
    { summary, place }: { readonly summary: string; readonly place: string },
  ): Promise<void> {
    const digest = digestOf(tree)
    const judgement = `${digest} ${summary}`
    if (this.#judged.has(judgement)) return
    this.#judged.add(judgement)
    if (!this.#seen.has(digest)) this.#innerCount++
    this.#seen.add(digest)
    try {
      const recovered = await this.#scenario.recover(new MemoryDisk({}, tree))
      if (recovered.summary !== summary) {
        this.#violated(`a start finds\n${recovered.summary}\nwhere one that was cut short found\n${summary}`, place)
      }
    } catch (error) {
      this.#violated(
        `a start after one that was cut short fails: ${error instanceof Error ? error.stack : error}`,
        place,
      )
    }
  }

  #violated(what: string, place: string): void {
    this.#violations.push({ scenario: this.#scenario.name, what, place, pending: this.#pending })
  }
}

const NOTHING: Promised = { key: '' }
const INNER_BOUNDS: Bounds = { exhaustive: 2, random: 1, whole: true }

/** Of all names and contents. */
export function digestOf(tree: FileTree): string {
  const hash = createHash('sha1')
  const visit = (number: number) => {
    const node = tree.get(number)
    if (node instanceof Map) {
      for (const name of [...node.keys()].sort()) {
        hash.update(`${name}\0`)
        visit(node.get(name)!)
      }
      hash.update('\x01')
    } else if (node !== undefined) {
      const bytes = new Uint8Array(node.content.sizeBytes)
      node.content.read(bytes, 0)
      hash.update(`${bytes.length}\0`).update(bytes)
    }
  }
  visit(ROOT)
  return hash.digest('base64')
}
