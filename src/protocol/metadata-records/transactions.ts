/** Metadata records that bind others together, for changes too large for one batch (KIP-868). */
import { message, string } from '../schema.ts'

/** The records that follow take effect together or not at all (KIP-868). */
export const beginTransactionRecord = message(
  'BeginTransactionRecord',
  { key: 23, versions: '0', flexible: '0+' },
  {
    name: string({ nullable: '0+', tag: 0, default: null }),
  },
)

/** They take effect. */
export const endTransactionRecord = message('EndTransactionRecord', { key: 24, versions: '0', flexible: '0+' }, {})

/** They do not. */
export const abortTransactionRecord = message(
  'AbortTransactionRecord',
  { key: 25, versions: '0', flexible: '0+' },
  {
    reason: string({ nullable: '0+', tag: 0, default: null }),
  },
)
