/** Records of `__consumer_offsets` for classic groups. */
import { array, bytes, int32, message, offset, string } from '../schema.ts'

/** Key 2: a classic group. */
export const groupMetadataKey = message(
  'GroupMetadataKey',
  { key: 2, versions: '0', flexible: 'none' },
  {
    group: string(),
  },
)

/** A classic group after a rebalance, with what its members subscribed to and were assigned. */
export const groupMetadataValue = message(
  'GroupMetadataValue',
  { key: 2, versions: '0-4', flexible: '4+' },
  {
    protocolType: string(),
    generation: int32(),
    protocol: string({ nullable: '0+' }),
    leader: string({ nullable: '0+' }),
    currentStateTimestamp: offset({ versions: '2+', default: -1 }),
    members: array({
      memberId: string(),
      groupInstanceId: string({ versions: '3+', nullable: '3+', default: null }),
      clientId: string(),
      clientHost: string(),
      rebalanceTimeout: int32({ versions: '1+', default: -1 }),
      sessionTimeout: int32(),
      subscription: bytes(),
      assignment: bytes(),
    }),
  },
)
