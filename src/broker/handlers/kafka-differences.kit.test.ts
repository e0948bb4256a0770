/**
 * Where Ottla means to answer otherwise than Kafka: what handlers.kafka.test.ts finds there is as it should be.
 */
export interface Difference {
  readonly why: string
  /** Questions by their title, API and version, as in `Fetch waits: Fetch 12`. */
  readonly where: RegExp
  /** What differs: `partitions.0.errorCode: Kafka 1, Ottla 0`; anything if not given. */
  readonly what?: RegExp
}

export const differences: readonly Difference[] = [
  {
    why: 'a refused batch comes with the start of the log, whatever the reason; Kafka has it for some reasons only',
    where: / Produce \d+$/,
    what: /logStartOffset: Kafka "-1n"|logStartOffset: Kafka undefined/,
  },
  {
    why: 'a record of a broken form is refused with its batch; Kafka names the record too',
    where: /(a tail|offset delta 5|key length -2): Produce/,
    what: /recordErrors/,
  },
  {
    why: 'null records, a length of 2 GiB, codecs that do not exist and compressed bytes that are none are told apart; Kafka fails inside, or never answers',
    where: /\.\.\. (none|length 2147483647|codec [567]|gzip that is none): Produce/,
  },
  {
    why: 'a format that never was is no damage that a second attempt mends',
    where: /\.\.\. magic (3|127|-1): Produce/,
    what: /errorCode: Kafka 2, Ottla 87/,
  },
  {
    why: 'there are no transactions yet; a batch in one without a transactional id is not right anyway',
    where: /\.\.\. transactional: Produce/,
    what: /errorCode: Kafka 53, Ottla 87/,
  },
  {
    why: 'a producer id without an epoch is not right, whatever the sequence',
    where: /a producer id without an epoch: Produce/,
  },
  {
    why: 'a duplicate has no time of the broker; Kafka tells its latest timestamp, which need not be the one of a record asked for',
    where: /idempotent producers: Produce/,
    what: /logAppendTimeMs: Kafka "\d+n", Ottla undefined/,
  },
  {
    why: 'a Produce request that names a partition twice is refused before any of it is stored; Kafka stores one batch and drops the other',
    where: /one partition twice: Produce/,
  },
  {
    why: 'an isolation level that is unknown reads what is committed to the log; a limit below 0 is one of 0. Kafka fails inside',
    where: /(Fetch in every version: Fetch 11|Fetch by limits.*: Fetch 12|ListOffsets that is wrong: ListOffsets 9)$/,
    what: /Kafka -1, |Kafka "-1n"|Kafka undefined, Ottla|: Kafka .*, Ottla (undefined|null)/,
  },
  {
    why: 'what does not fit whole is not sent: Kafka counts the piece of a batch that it cuts off',
    where: /Fetch by limits/,
    what: /records/,
  },
  {
    why: 'each mention of a partition is answered; Kafka answers one of them',
    where:
      /(Fetch of a partition twice|Fetch waits|DeleteRecords): Fetch|ListOffsets that is wrong: ListOffsets|DeleteRecords: DeleteRecords 2/,
    what: /(partitions|topics)\.\d: Kafka undefined|lowWatermark: Kafka "5n", Ottla "4n"/,
  },
  {
    why: 'where no record has a time, none has the newest',
    where: /ListOffsets by time: ListOffsets 9/,
    what: /topics\.2\.partitions\.0\.(offset: Kafka "0n"|leaderEpoch: Kafka 0), Ottla undefined/,
  },
  {
    why: 'an epoch below 0 is no epoch',
    where: /OffsetForLeaderEpoch/,
    what: /leaderEpoch: Kafka -2|endOffset: Kafka "0n"/,
  },
  {
    why: 'a topic is described by id and beside it another by name; Kafka looks at the ids only, and fails for an id of 0',
    where: /(Metadata that is wrong|a topic is deleted while someone waits for it): Metadata 12/,
  },
  {
    why: 'who asks for one topic in a wrong way is told of the brokers all the same',
    where: /Metadata that is wrong: Metadata (10|11)/,
    what: /brokers|controllerId|clusterId/,
  },
  {
    why: 'Metadata waits until the topic that it makes is there, or says why it cannot be',
    where: /Metadata makes topics: Metadata/,
  },
  {
    why: 'one name that cannot be is not the end of the others',
    where: /DescribeTopicPartitions: DescribeTopicPartitions 0/,
    what: /Kafka -1|name|topicAuthorizedOperations|partitions|topicId|topics\.5/,
  },
  {
    why: 'no error has no message; Kafka says NONE or nothing at length',
    where: /AlterPartitionReassignments|UpdateFeatures/,
    what: /[mM]essage: Kafka "...", Ottla (undefined|null)/,
  },
  {
    why: 'there are no aborted transactions where there is no partition',
    where: /a topic is deleted while someone waits for it: Fetch/,
    what: /abortedTransactions/,
  },
]
