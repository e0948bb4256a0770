/**
 * docs/configuration.md, written out of the tables: `npm run docs:configuration` writes it, a test keeps it current.
 */
import type { Key } from './key.ts'
import { clientMetricsKeys } from './keys/client-metrics.ts'
import { groupKeys } from './keys/group.ts'
import { groupsKeys } from './keys/groups.ts'
import { logKeys } from './keys/log.ts'
import { networkKeys } from './keys/network.ts'
import { nodeKeys } from './keys/node.ts'
import { operationsKeys } from './keys/operations.ts'
import { ottlaKeys } from './keys/ottla.ts'
import { remoteKeys } from './keys/remote.ts'
import { replicationKeys } from './keys/replication.ts'
import { securityKeys } from './keys/security.ts'
import { shareKeys } from './keys/share.ts'
import { topicKeys } from './keys/topic.ts'
import { transactionKeys } from './keys/transactions.ts'

type Keys = Readonly<Record<string, Key>>

const CHAPTERS: readonly (readonly [title: string, intro: string, keys: Keys])[] = [
  ["Ottla's own keys", 'Kafka does not have these; their prefix keeps them apart.', ottlaKeys],
  ['Node and metadata', '', nodeKeys],
  ['Listeners and connections', '', networkKeys],
  ['Logs', '', logKeys],
  ['Replication', '', replicationKeys],
  ['Group coordination and offsets', '', groupsKeys],
  ['Transactions', '', transactionKeys],
  ['Share coordinator', '', shareKeys],
  ['Security', '', securityKeys],
  ['Tiered storage', '', remoteKeys],
  ['Quotas and metrics', '', operationsKeys],
  ['Topics', 'Set for a topic; where they are not, the key of the broker that is named counts.', topicKeys],
  ['Groups', 'Set for a group; where they are not, the key of the broker that is named counts.', groupKeys],
  ['Subscriptions to metrics of clients', '', clientMetricsKeys],
]

const INTRO = `# Configuration

<!-- Written by \`npm run docs:configuration\` out of src/config/keys. -->

Ottla takes Apache Kafka's configuration: the keys, types, bounds and meanings of Kafka 4.4, in a file of Java properties
(\`ottla start --config server.properties\`), on the command line (\`--set key=value\`), and while it runs by the tools that
change Kafka's. Where a default is not Kafka's, it says so.

A key is **fixed** when it is read at start only; **per broker** or **cluster-wide** keys can be changed while brokers run,
for one of them or for all. 9223372036854775807, the largest long, means "never" or "no limit".`

/** The whole document. */
export function renderDocumentation(): string {
  const chapters = CHAPTERS.map(([title, intro, keys]) => {
    const entries = Object.entries(keys).map(([name, key]) => renderKey(name, key, title))
    return [`## ${title}`, ...(intro === '' ? [] : [intro]), ...entries].join('\n\n')
  })
  return `${[INTRO, ...chapters].join('\n\n')}\n`
}

const UPDATES = { 'read-only': 'fixed', 'per-broker': 'per broker', 'cluster-wide': 'cluster-wide' }

function renderKey(name: string, key: Key, chapter: string): string {
  const facts = [key.type.toLowerCase(), `default ${renderValue(key.default.text)}`]
  if (key.valid !== '') facts.push(`valid \`${key.valid}\``)
  if (key.broker !== undefined) facts.push(`broker's key \`${key.broker}\``)
  else if (chapter !== 'Groups' && chapter !== 'Topics') facts.push(UPDATES[key.update])
  if (key.internal) facts.push('internal')
  const { differs } = key
  const kafka =
    differs?.from === null ? 'Kafka has no default' : `Kafka's default is ${renderValue(differs?.from ?? '')}`
  const difference = differs && ` ${kafka}: ${lowerFirst(differs.because)}`
  return `### \`${name}\`\n\n${key.doc}${difference ?? ''}\n\n*${facts.join(' · ')}*`
}

function renderValue(text: string | null): string {
  if (text === null) return 'none'
  return text === '' ? 'empty' : `\`${text}\``
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1)
}
