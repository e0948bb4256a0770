/**
 * What Kafka's group coordinator has from Java, and other programs rely on: the hash that spreads groups over partitions,
 * and how it shows UUIDs and addresses.
 */

/** The partition of a topic with `partitionCount` partitions that a group belongs to: by `String.hashCode`. */
export function groupPartitionOf(groupId: string, partitionCount: number): number {
  let hash = 0
  for (let i = 0; i < groupId.length; i++) hash = (Math.imul(31, hash) + groupId.charCodeAt(i)) | 0
  // The one number without a positive counterpart counts as 0.
  return (hash === -2147483648 ? 0 : Math.abs(hash)) % partitionCount
}

/** The version 4 UUID of 16 random bytes, in hexadecimal groups. */
export function javaUuidText(random: Uint8Array): string {
  const bytes = random.slice(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** An address as `InetAddress.toString` has it: `/127.0.0.1`, `/0:0:0:0:0:0:0:1`. */
export function javaHostText(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped !== null) return `/${mapped[1]}`
  const [bare = '', scope] = address.split('%')
  if (!bare.includes('::')) return `/${address}`
  const [head = '', tail = ''] = bare.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === '' ? [] : tail.split(':')
  const zeros = Array<string>(8 - before.length - after.length).fill('0')
  return `/${[...before, ...zeros, ...after].join(':')}${scope === undefined ? '' : `%${scope}`}`
}
