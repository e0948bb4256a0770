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
   */
  stand(what, ours, theirs, bar) {
    if (ours === undefined || theirs === undefined) return
    // Whole milliseconds: 0 beside 0 is the same.
    const ratio = ours === theirs ? 1 : ours / theirs
    const reached = 'most' in bar ? ratio <= bar.most : ratio >= bar.least
    this.#standings.push({ what, ours, theirs, ratio, bar, reached })
  }

  closing() {
    if (this.#standings.length === 0) return
    this.say('\n## Ottla beside what it is held against\n')
    this.say('| | Ottla | other | ratio | bar | |')
    this.say('| --- | ---: | ---: | ---: | ---: | --- |')
    for (const { what, ours, theirs, ratio, bar, reached } of this.#standings) {
      const limit = 'most' in bar ? `<= ${number(bar.most)}` : `>= ${number(bar.least)}`
      this.say(
        `| ${what} | ${number(ours)} | ${number(theirs)} | ${number(ratio)} | ${limit} | ${reached ? 'reached' : 'MISSED'} |`,
      )
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
