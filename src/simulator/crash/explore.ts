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
import { type Bounds, keyOf, type Survival, survivals, treeAfter } from './crash-states.ts'
import { type Moment, Recording, textOf } from './recording.ts'
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
  /** Ends when this run has seen so many that were not: then they are from all of the work. Default: all there are. */
  readonly statesMax?: number
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

interface State {
  readonly moment: Moment<Promised>
  readonly survival: Survival
  /** Names it, with the seed. */
  readonly place: string
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
    const { seed, place, statesMax = Number.POSITIVE_INFINITY } = this.#options
    const recording = await this.#scenario.record(seed)
    this.#momentCount = recording.momentCount
    if (place !== undefined) {
      for (const state of this.#states(recording)) {
        if (state.place === place || place.startsWith(`${state.place}/`)) await this.#look(state)
      }
      return this.#explored()
    }
    let count = 0
    for (const _ of this.#states(recording)) count++
    // Where not all can be looked at, those that are lie all over the work.
    const stride = Math.max(1, Math.ceil(count / statesMax))
    for (let pass = 0; pass < stride; pass++) {
      let index = 0
      for (const state of this.#states(recording)) {
        if (index++ % stride !== pass) continue
        await this.#look(state)
        if (this.#isDone) return this.#explored()
      }
    }
    return this.#explored()
  }

  /** What a crash may leave, moment after moment; what was promised and left before is left out. */
  *#states(recording: Recording<Promised>): Generator<State> {
    const { seed, bounds } = this.#options
    const keys = new Set<string>()
    for (const moment of recording.moments()) {
      const random = seededRandom(seed * 1_000_003 + moment.index)
      let choice = 0
      for (const survival of survivals(moment, random, bounds)) {
        const place = `${moment.index}.${choice++}`
        const key = `${keyOf(moment, survival)} ${moment.promised.key}`
        if (keys.has(key)) continue
        keys.add(key)
        yield { moment, survival, place }
      }
    }
  }

  #explored(): Explored {
    return {
      stateCount: this.#seen.size - this.#seenBefore,
      innerCount: this.#innerCount,
      momentCount: this.#momentCount,
      violations: this.#violations,
    }
  }

  async #look({ moment, survival, place }: State): Promise<void> {
    const { promised } = moment
    const tree = treeAfter(moment, survival)
    this.#pending = moment.pending.map((change, index) => `${JSON.stringify(survival[index])} ${textOf(change)}`)
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

  /** Crashes the start: after it in any case, and often enough at each of its moments. */
  async #startAgain(starting: Recording<Promised>, summary: string, place: string): Promise<void> {
    const { seed, place: wanted } = this.#options
    const last = starting.momentCount - 1
    const outerCount = this.#seen.size - this.#seenBefore - this.#innerCount
    const isWhole = wanted !== undefined || this.#innerCount * INNER_SHARE < outerCount
    const inside: State[] = []
    for (const moment of starting.moments()) {
      if (!isWhole && moment.index !== last) continue
      let choice = 0
      for (const survival of survivals(moment, seededRandom(seed + moment.index), INNER_BOUNDS)) {
        const here = `${place}/${moment.index}.${choice++}`
        if (wanted === undefined || wanted === here || wanted === place) inside.push({ moment, survival, place: here })
      }
    }
    const stride = Math.ceil(inside.length / (isWhole ? INNER_MAX : INNER_END_MAX))
    for (const [index, state] of inside.entries()) {
      const isChosen =
        wanted !== undefined || index % stride === this.#seen.size % stride || index === inside.length - 1
      if (isChosen) await this.#lookInside(treeAfter(state.moment, state.survival), { summary, place: state.place })
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

/** States that are left by a start that was cut short are one of so many others: of each start there are many. */
const INNER_SHARE = 3
/** Of one start that is crashed at all its moments, and of one that is crashed at its end. */
const INNER_MAX = 40
const INNER_END_MAX = 2
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
