const LENGTH_MAX = 249
export const CLUSTER_METADATA_TOPIC = '__cluster_metadata'

/** Why a topic cannot have this name, in Kafka's words; undefined where it can. */
export function topicNameProblem(name: string): string | undefined {
  if (name === '') return 'Topic name is invalid: the empty string is not allowed'
  if (name === '.' || name === '..') return `Topic name is invalid: '${name}' is not allowed`
  if (name.length > LENGTH_MAX) {
    return `Topic name is invalid: the length of '${name}' is longer than the max allowed length ${LENGTH_MAX}`
  }
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    return `Topic name is invalid: '${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`
  }
  return undefined
}

/** Names that are equal here give metrics of one name, as dots become underscores in them. */
export function unifyCollisionChars(name: string): string {
  return name.replaceAll('.', '_')
}

/** True for names that can collide at all. */
export function hasCollisionChars(name: string): boolean {
  return name.includes('.') || name.includes('_')
}
