/** Arrays, strings, numbers and ids that are none: rows 18 to 29. */
import { utf8, ZERO_UUID } from '#core'
import {
  alterConfigs,
  createPartitions,
  createTopics,
  deleteRecords,
  deleteTopics,
  electLeaders,
  fetch,
  heartbeat,
  incrementalAlterConfigs,
  listGroups,
  listOffsets,
  metadata,
  offsetCommit,
  offsetDelete,
  produce,
  syncGroup,
} from '#protocol/messages'
import { ask, type BadInput, closing, copies, int32, raw, topic, uvarint } from './bad-input.kit.test.ts'
import {
  AN_ID,
  batchOf,
  committing,
  creating,
  fetching,
  finding,
  INT32_MAX,
  oddRecord,
  producing,
} from './requests.kit.test.ts'

const UTF8 = 'text is UTF-8, or two names are equal to some and not to others'

export const primitiveTypes: readonly BadInput[] = [
  // Arrays and what is in them
  raw(
    18,
    'an array of -2 elements, where null is allowed',
    [metadata, 1],
    [int32(-2)],
    'closed',
    closing('-2 is no null', 'NONE'),
  ),
  raw(18, 'an array of -2 elements, where null is not allowed', [createTopics, 2], [int32(-2)], 'closed'),
  raw(18, 'null for an array that is not nullable', [createTopics, 5], [[0]], 'closed'),
  raw(
    19,
    'an array of 2^31 - 1 elements and 20 bytes',
    [metadata, 1],
    [int32(INT32_MAX), new Uint8Array(20)],
    'closed',
  ),
  raw(19, 'a compact array of 2^32 - 2 elements', [createTopics, 5], [[0xff, 0xff, 0xff, 0xff, 0x0f]], 'closed'),
  raw(20, 'more than a million elements', [listGroups, 4], [uvarint(1_000_002), copies(1_000_001, 1), [0]], 'closed', {
    isLarge: true,
  }),
  raw(20, 'a million empty strings', [listGroups, 4], [uvarint(1_000_001), copies(1_000_000, 1), [0]], 'closed', {
    isLarge: true,
    kafka: { answer: 'NONE', but: 'in memory they are more than eight times as much' },
  }),
  raw(
    21,
    'a million topics, empty and of three bytes',
    [electLeaders, 2],
    [[0], uvarint(1_000_001), copies(1_000_000, 1, 1, 0), int32(1), [0]],
    'closed',
    {
      isLarge: true,
      kafka: { answer: 'NONE', but: 'in memory they are forty times as much' },
    },
  ),
  raw(
    21,
    'a thousand arrays of a thousand elements',
    [offsetDelete, 0],
    [
      [0, 1, 103],
      int32(1000),
      ...Array.from({ length: 1000 }, () => [0, 1, 116, 0, 0, 3, 0xe8, ...copies(1000, 0, 0, 0, 9)]),
    ],
    'closed',
    {
      isLarge: true,
      kafka: { answer: 'NONE', but: 'in memory they are ten times as much' },
    },
  ),

  // Strings and bytes
  raw(
    22,
    'a string of 40,000 bytes',
    [heartbeat, 4],
    [uvarint(40_001), copies(40_000, 97), [0, 0, 0, 1, 2, 109, 0, 0]],
    'closed',
  ),
  raw(22, 'a compact string of 2^32 - 2 bytes', [heartbeat, 4], [[0xff, 0xff, 0xff, 0xff, 0x0f, 103]], 'closed'),
  raw(22, 'a string longer than the frame', [heartbeat, 0], [[0x7f, 0xff, 103]], 'closed'),
  raw(
    22,
    'bytes longer than the frame',
    [syncGroup, 0],
    [[0, 1, 103], int32(1), [0, 1, 109], int32(1), [0, 1, 109], int32(100), [1, 2]],
    'closed',
  ),
  raw(
    22,
    'a string that is not UTF-8',
    [heartbeat, 0],
    [[0, 2, 0xff, 0xfe, 0, 0, 0, 1, 0, 1, 109]],
    'closed',
    closing(UTF8, 'UNKNOWN_MEMBER_ID'),
  ),
  raw(
    22,
    'a string of length -1, where null is not allowed',
    [heartbeat, 0],
    [[0xff, 0xff, 0, 0, 0, 1, 0, 1, 109]],
    'closed',
  ),

  // Varints
  raw(
    23,
    'a varint of six bytes',
    [heartbeat, 4],
    [[0x82, 0x80, 0x80, 0x80, 0x80, 0, 103, 0, 0, 0, 1, 2, 109, 0, 0]],
    'closed',
  ),
  raw(
    23,
    'a varint with bits beyond the 32nd',
    [heartbeat, 4],
    [[0x82, 0x80, 0x80, 0x80, 0x70, 103, 0, 0, 0, 1, 2, 109, 0, 0]],
    'closed',
    closing('a number that does not fit is none', 'UNKNOWN_MEMBER_ID'),
  ),
  raw(
    23,
    'a varint longer than it need be',
    [heartbeat, 4],
    [[0x82, 0x00, 103, 0, 0, 0, 1, 2, 109, 0, 0]],
    'UNKNOWN_MEMBER_ID',
  ),
  ask(
    24,
    'a varlong of eleven bytes in a record',
    [produce, 9],
    producing(({ nowMs }) => oddRecord([0, ...copies(10, 0x80), 0, 0, 1, 1, 0], nowMs)),
    'INVALID_RECORD',
  ),

  // Ids and numbers
  ask(
    25,
    'a topic id of nobody in Fetch',
    [fetch, 17],
    fetching({ topics: [{ topic: '', topicId: AN_ID, partitions: [] }] }),
    'NONE',
  ),
  ask(
    25,
    'a topic id of nobody, with a partition, in Fetch',
    [fetch, 17],
    (world) => ({ ...fetching({})(world), topics: [{ ...fetching({})(world).topics![0]!, topicId: AN_ID }] }),
    'NONE UNKNOWN_TOPIC_ID',
  ),
  ask(
    25,
    'the zero id in Fetch',
    [fetch, 17],
    (world) => ({ ...fetching({})(world), topics: [{ ...fetching({})(world).topics![0]!, topicId: ZERO_UUID }] }),
    'NONE UNKNOWN_TOPIC_ID',
  ),
  ask(
    25,
    'a topic id of nobody in DeleteTopics',
    [deleteTopics, 6],
    { topics: [{ name: null, topicId: AN_ID }], timeoutMs: 1000 },
    'UNKNOWN_TOPIC_ID',
  ),
  ask(
    25,
    'a topic id of nobody in Metadata',
    [metadata, 12],
    { topics: [{ topicId: AN_ID, name: null }] },
    'UNKNOWN_TOPIC_ID NONE',
  ),
  ask(
    26,
    'an offset of 2^63 - 1 in Fetch',
    [fetch, 12],
    fetching({}, { fetchOffset: (2n ** 63n - 1n) as never }),
    'NONE OFFSET_OUT_OF_RANGE',
  ),
  ask(
    26,
    'an offset of -2^63 in Fetch',
    [fetch, 12],
    fetching({}, { fetchOffset: -(2n ** 63n) as never }),
    'NONE OFFSET_OUT_OF_RANGE',
  ),
  ask(
    26,
    'an offset of 2^63 - 1 in DeleteRecords',
    [deleteRecords, 2],
    {
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, offset: (2n ** 63n - 1n) as never }] }],
      timeoutMs: 1000,
    },
    'OFFSET_OUT_OF_RANGE',
  ),
  ask(26, 'a time of 2^63 - 1 in ListOffsets', [listOffsets, 7], finding(2n ** 63n - 1n), 'NONE'),
  ask(26, 'a time of -2^63 in ListOffsets', [listOffsets, 7], finding(-(2n ** 63n)), 'UNSUPPORTED_VERSION'),
  ask(
    26,
    'a retention of -2^63 in OffsetCommit',
    [offsetCommit, 4],
    committing({}, { retentionTimeMs: -(2n ** 63n) }) as never,
    'NONE',
    { stores: true },
  ),
  ask(
    26,
    'a time-out of 2^31 - 1 and of -1 in Produce',
    [produce, 9],
    [
      (world) => ({ ...producing(({ nowMs }) => batchOf(1, nowMs))(world), timeoutMs: INT32_MAX }),
      (world) => ({ ...producing(({ nowMs }) => batchOf(1, nowMs))(world), timeoutMs: -1 }),
    ],
    'NONE',
    { stores: true },
  ),
  raw(
    27,
    'a boolean of 2 is true: nothing is created',
    [createTopics, 4],
    [int32(1), [0, 9], utf8('no-such-1'), int32(1), [0, 1], int32(0), int32(0), int32(1000), [2]],
    'NONE',
  ),
  raw(
    27,
    'a boolean of 255 is true: nothing is created',
    [createTopics, 4],
    [int32(1), [0, 9], utf8('no-such-1'), int32(1), [0, 1], int32(0), int32(0), int32(1000), [255]],
    'NONE',
  ),

  // The same thing twice
  ask(
    29,
    'a topic twice in CreateTopics',
    [createTopics, 5],
    creating([topic('twice'), topic('twice')], false),
    'INVALID_REQUEST',
  ),
  ask(
    29,
    'a partition twice in Produce',
    [produce, 9],
    producing(({ nowMs }) => batchOf(1, nowMs), { indexes: [0, 0] }),
    'INVALID_REQUEST',
    { kafka: { answer: 'NONE', but: 'the second is stored alone' }, stores: false },
  ),
  ask(
    29,
    'a partition twice in Fetch',
    [fetch, 12],
    (world) => ({ ...fetching({})(world), topics: [fetching({})(world).topics![0]!, fetching({})(world).topics![0]!] }),
    'NONE',
  ),
  ask(
    29,
    'a topic twice in DeleteTopics',
    [deleteTopics, 5],
    { topicNames: ['nobody', 'nobody'], timeoutMs: 1000 },
    'INVALID_REQUEST',
  ),
  ask(
    29,
    'a resource twice in AlterConfigs',
    [alterConfigs, 2],
    { resources: [1, 2].map(() => ({ resourceType: 2, resourceName: 'orders', configs: [] })), validateOnly: false },
    'INVALID_REQUEST',
    { kafka: { answer: 'silent', but: 'Kafka never answers' } },
  ),
  ask(
    29,
    'a key twice in IncrementalAlterConfigs',
    [incrementalAlterConfigs, 1],
    {
      resources: [
        {
          resourceType: 2,
          resourceName: 'orders',
          configs: [1, 2].map((value) => ({ name: 'retention.ms', configOperation: 0, value: `${value}` })),
        },
      ],
      validateOnly: false,
    },
    'INVALID_REQUEST',
  ),
  ask(
    29,
    'a topic twice in CreatePartitions',
    [createPartitions, 3],
    {
      topics: [3, 4].map((count) => ({ name: 'orders', count, assignments: null })),
      timeoutMs: 1000,
      validateOnly: false,
    },
    'INVALID_REQUEST',
  ),
]
