/** The protocol that consumers of a classic group speak with each other; to the broker it is bytes. */
import { array, bytes, int32, message, string } from '../schema.ts'

/** What a member of a classic consumer group would like to read: `metadata` of JoinGroup. */
export const consumerProtocolSubscription = message(
  'ConsumerProtocolSubscription',
  { versions: '0-3', flexible: 'none' },
  {
    topics: array(string()),
    userData: bytes({ nullable: '0+', default: null }),
    ownedPartitions: array(
      {
        topic: string(),
        partitions: array(int32()),
      },
      { versions: '1+', default: [] },
    ),
    generationId: int32({ versions: '2+', default: -1 }),
    rackId: string({ versions: '3+', nullable: '3+', default: null }),
  },
)

/** What it shall read: `assignment` of SyncGroup. */
export const consumerProtocolAssignment = message(
  'ConsumerProtocolAssignment',
  { versions: '0-3', flexible: 'none' },
  {
    assignedPartitions: array({
      topic: string(),
      partitions: array(int32()),
    }),
    userData: bytes({ nullable: '0+', default: null }),
  },
)
