/** What a bench prints and keeps: tables of medians, and how Ottla stands beside Kafka. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../scripts/broker.mjs'

export class Report {
  #lines = []
  #standings = []

  say(text) {
    console.log(text)
    this.#lines.push(text)
  }

  /** @param {readonly (readonly [string, readonly number[]])[]} rows - a subject's name and its figures, a column each */
  table(title, columns, rows) {
    this.say(`\n## ${title}\n`)
    this.say(`| | ${columns.join(' | ')} |`)
    this.say(`| --- | ${columns.map(() => '---:').join(' | ')} |`)
    for (const [name, figures] of rows) this.say(`| ${name} | ${figures.map(number).join(' | ')} |`)
  }

  /**
   * Notes how a figure stands beside another: for the closing table.
   * @param {{ most: number } | { least: number }} bar - what the ratio of ours to theirs is to be
   * @param {readonly number[]} turns - the ratio of each turn, where there were turns: how far they lie apart is how steady the machine was
   */
  stand(what, ours, theirs, bar, turns = []) {
    if (ours === undefined || theirs === undefined) return
    const ratio = quotient(ours, theirs)
    const reached = 'most' in bar ? ratio <= bar.most : ratio >= bar.least
    this.#standings.push({ what, ours, theirs, ratio, bar, reached, turns })
  }

  closing() {
    if (this.#standings.length === 0) return
    this.say('\n## Ottla beside what it is held against\n')
    this.say('| | Ottla | other | ratio | of each turn | bar | |')
    this.say('| --- | ---: | ---: | ---: | ---: | ---: | --- |')
    for (const { what, ours, theirs, ratio, bar, reached, turns } of this.#standings) {
      const limit = 'most' in bar ? `<= ${number(bar.most)}` : `>= ${number(bar.least)}`
      const cells = [what, number(ours), number(theirs), number(ratio), turns.map(number).join(' '), limit]
      this.say(`| ${cells.join(' | ')} | ${reached ? 'reached' : 'MISSED'} |`)
    }
  }

  /** Writes all that was said to bench/results; returns the file. */
  keep() {
    const folder = join(root, 'bench/results')
    mkdirSync(folder, { recursive: true })
    const file = join(folder, `${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.md`)
    writeFileSync(file, `${this.#lines.join('\n')}\n`)
    return file
  }
}

/** Of ours to theirs. Whole milliseconds: 0 beside 0 is the same. */
export function quotient(ours, theirs) {
  return ours === theirs ? 1 : ours / theirs
}

/** The median of each property of objects of one shape. */
export function medians(figures) {
  return Object.fromEntries(Object.keys(figures[0]).map((key) => [key, median(figures.map((one) => one[key]))]))
}

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

function number(figure) {
  if (figure === undefined || Number.isNaN(figure)) return '?'
  return figure >= 100 ? Math.round(figure).toLocaleString('en') : figure.toFixed(figure >= 10 ? 1 : 2)
}
