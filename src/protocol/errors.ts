/**
 * Kafka's error codes: number, name, what a client may do about it, and a sentence for where no better one is known.
 *
 * Codes are answers, not exceptions: handlers return them as plain numbers. What a peer of another version sends may be
 * a code that is not in the table; it is shown by its number, and is not retriable.
 */

/** What a client may do: give up, try again, or refresh its metadata and then try again. */
const FINAL = 0
const RETRY = 1
const REFRESH = 2

const ERRORS = {
  UNKNOWN_SERVER_ERROR: [-1, FINAL, 'The server met an error that has no code of its own.'],
  NONE: [0, FINAL, 'No error.'],
  OFFSET_OUT_OF_RANGE: [1, FINAL, 'The offset is not within the range that the partition keeps.'],
  CORRUPT_MESSAGE: [2, RETRY, 'A record batch fails its checksum, or its size or structure is wrong.'],
  UNKNOWN_TOPIC_OR_PARTITION: [3, REFRESH, 'This broker has no such topic or partition.'],
  INVALID_FETCH_SIZE: [4, FINAL, 'The fetch size is not valid.'],
  LEADER_NOT_AVAILABLE: [5, REFRESH, 'The partition has no leader at the moment: an election is under way.'],
  NOT_LEADER_OR_FOLLOWER: [
    6,
    REFRESH,
    "This broker does not lead the partition, or, for a follower's request, is no replica of it.",
  ],
  REQUEST_TIMED_OUT: [7, RETRY, 'The request was not done within its time.'],
  BROKER_NOT_AVAILABLE: [8, FINAL, 'The broker is not available.'],
  REPLICA_NOT_AVAILABLE: [9, REFRESH, 'The replica is not available on this broker.'],
  MESSAGE_TOO_LARGE: [10, FINAL, 'The batch is larger than max.message.bytes of the topic.'],
  STALE_CONTROLLER_EPOCH: [11, FINAL, 'The controller has moved: a newer controller epoch is known.'],
  OFFSET_METADATA_TOO_LARGE: [12, FINAL, 'The metadata of the committed offset is longer than the broker allows.'],
  NETWORK_EXCEPTION: [13, REFRESH, 'The connection broke before an answer came.'],
  COORDINATOR_LOAD_IN_PROGRESS: [14, RETRY, 'The coordinator is loading its state and cannot answer yet.'],
  COORDINATOR_NOT_AVAILABLE: [15, RETRY, 'There is no coordinator at the moment.'],
  NOT_COORDINATOR: [16, RETRY, 'This broker is not the coordinator.'],
  INVALID_TOPIC_EXCEPTION: [17, FINAL, "The topic's name is not valid, or the operation is not allowed on this topic."],
  RECORD_LIST_TOO_LARGE: [18, FINAL, 'The batch is larger than a segment of the partition.'],
  NOT_ENOUGH_REPLICAS: [
    19,
    RETRY,
    'Fewer replicas are in sync than min.insync.replicas asks for; nothing was written.',
  ],
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: [
    20,
    RETRY,
    'The batch was written, but fewer replicas are in sync than min.insync.replicas asks for.',
  ],
  INVALID_REQUIRED_ACKS: [21, FINAL, 'acks must be -1, 0 or 1.'],
  ILLEGAL_GENERATION: [22, FINAL, 'The group is in another generation than the member.'],
  INCONSISTENT_GROUP_PROTOCOL: [
    23,
    FINAL,
    "The member's protocol type or protocols have nothing in common with the group's.",
  ],
  INVALID_GROUP_ID: [24, FINAL, 'The group id is not valid.'],
  UNKNOWN_MEMBER_ID: [25, FINAL, 'The group has no such member.'],
  INVALID_SESSION_TIMEOUT: [
    26,
    FINAL,
    'The session timeout is outside group.min.session.timeout.ms and group.max.session.timeout.ms.',
  ],
  REBALANCE_IN_PROGRESS: [27, FINAL, 'The group is rebalancing: the member must join again.'],
  INVALID_COMMIT_OFFSET_SIZE: [28, FINAL, 'The committed offsets do not fit into one batch.'],
  TOPIC_AUTHORIZATION_FAILED: [29, FINAL, 'Not authorized for the topic.'],
  GROUP_AUTHORIZATION_FAILED: [30, FINAL, 'Not authorized for the group.'],
  CLUSTER_AUTHORIZATION_FAILED: [31, FINAL, 'Not authorized for this operation on the cluster.'],
  INVALID_TIMESTAMP: [32, FINAL, 'A timestamp is outside the range that the topic allows.'],
  UNSUPPORTED_SASL_MECHANISM: [33, FINAL, 'The broker has not enabled this SASL mechanism.'],
  ILLEGAL_SASL_STATE: [34, FINAL, 'The request does not fit the state of the SASL exchange.'],
  UNSUPPORTED_VERSION: [35, FINAL, 'The broker does not support this version of the API.'],
  TOPIC_ALREADY_EXISTS: [36, FINAL, 'A topic of this name exists.'],
  INVALID_PARTITIONS: [37, FINAL, 'The number of partitions is not valid.'],
  INVALID_REPLICATION_FACTOR: [
    38,
    FINAL,
    'The replication factor is below 1 or above the number of available brokers.',
  ],
  INVALID_REPLICA_ASSIGNMENT: [39, FINAL, 'The replica assignment is not valid.'],
  INVALID_CONFIG: [40, FINAL, 'A configuration is not valid.'],
  NOT_CONTROLLER: [41, RETRY, 'This node is not the active controller.'],
  INVALID_REQUEST: [42, FINAL, 'The request contradicts itself, or breaks a rule of its API.'],
  UNSUPPORTED_FOR_MESSAGE_FORMAT: [43, FINAL, 'The record format of the topic does not allow this.'],
  POLICY_VIOLATION: [44, FINAL, 'A policy of the cluster forbids this.'],
  OUT_OF_ORDER_SEQUENCE_NUMBER: [45, FINAL, 'The batch does not continue the sequence of its producer.'],
  DUPLICATE_SEQUENCE_NUMBER: [46, FINAL, 'The batch repeats a sequence that is no longer remembered exactly.'],
  INVALID_PRODUCER_EPOCH: [47, FINAL, "The producer's epoch is older than the partition's."],
  INVALID_TXN_STATE: [48, FINAL, 'The transaction is in a state that does not allow this.'],
  INVALID_PRODUCER_ID_MAPPING: [49, FINAL, 'The producer id is not the one of this transactional id.'],
  INVALID_TRANSACTION_TIMEOUT: [50, FINAL, 'The transaction timeout is longer than transaction.max.timeout.ms.'],
  CONCURRENT_TRANSACTIONS: [51, RETRY, "The producer's last transaction has not ended yet."],
  TRANSACTION_COORDINATOR_FENCED: [52, FINAL, 'The transaction coordinator that sent this has been replaced.'],
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: [53, FINAL, 'Not authorized for the transactional id.'],
  SECURITY_DISABLED: [54, FINAL, 'No authorizer is configured.'],
  OPERATION_NOT_ATTEMPTED: [55, FINAL, 'Not tried, because another part of the request failed.'],
  KAFKA_STORAGE_ERROR: [56, REFRESH, 'The log directory of the partition failed.'],
  LOG_DIR_NOT_FOUND: [57, FINAL, 'The broker has no such log directory.'],
  SASL_AUTHENTICATION_FAILED: [58, FINAL, 'Authentication failed.'],
  UNKNOWN_PRODUCER_ID: [59, FINAL, 'The partition remembers nothing of this producer.'],
  REASSIGNMENT_IN_PROGRESS: [60, FINAL, 'The partition is being reassigned.'],
  DELEGATION_TOKEN_AUTH_DISABLED: [61, FINAL, 'Delegation tokens are not enabled.'],
  DELEGATION_TOKEN_NOT_FOUND: [62, FINAL, 'There is no such delegation token.'],
  DELEGATION_TOKEN_OWNER_MISMATCH: [63, FINAL, 'The principal is neither owner nor renewer of the token.'],
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: [64, FINAL, 'Delegation tokens cannot be requested over this connection.'],
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: [65, FINAL, 'Not authorized for the delegation token.'],
  DELEGATION_TOKEN_EXPIRED: [66, FINAL, 'The delegation token has expired.'],
  INVALID_PRINCIPAL_TYPE: [67, FINAL, 'This type of principal is not supported.'],
  NON_EMPTY_GROUP: [68, FINAL, 'The group still has members.'],
  GROUP_ID_NOT_FOUND: [69, FINAL, 'There is no such group.'],
  FETCH_SESSION_ID_NOT_FOUND: [70, RETRY, 'There is no such fetch session.'],
  INVALID_FETCH_SESSION_EPOCH: [71, RETRY, 'The epoch does not continue the fetch session.'],
  LISTENER_NOT_FOUND: [72, REFRESH, 'The leader has no listener of the name this request came by.'],
  TOPIC_DELETION_DISABLED: [73, FINAL, 'delete.topic.enable is false.'],
  FENCED_LEADER_EPOCH: [74, REFRESH, "The leader epoch is older than the broker's."],
  UNKNOWN_LEADER_EPOCH: [75, RETRY, "The leader epoch is newer than the broker's."],
  UNSUPPORTED_COMPRESSION_TYPE: [76, FINAL, 'This version of the request does not allow this compression.'],
  STALE_BROKER_EPOCH: [77, FINAL, 'The broker has registered anew since: its epoch is newer.'],
  OFFSET_NOT_AVAILABLE: [78, RETRY, "The new leader's high watermark is not certain yet."],
  MEMBER_ID_REQUIRED: [79, FINAL, 'Join again with the member id given in this answer.'],
  PREFERRED_LEADER_NOT_AVAILABLE: [80, REFRESH, 'The preferred leader is not available.'],
  GROUP_MAX_SIZE_REACHED: [81, FINAL, 'The group has as many members as group.max.size allows.'],
  FENCED_INSTANCE_ID: [82, FINAL, 'Another member has joined with this group.instance.id.'],
  ELIGIBLE_LEADERS_NOT_AVAILABLE: [83, REFRESH, 'No replica that may lead is available.'],
  ELECTION_NOT_NEEDED: [84, REFRESH, 'The partition has the leader it should have.'],
  NO_REASSIGNMENT_IN_PROGRESS: [85, FINAL, 'The partition is not being reassigned.'],
  GROUP_SUBSCRIBED_TO_TOPIC: [86, FINAL, 'Members of the group are subscribed to the topic.'],
  INVALID_RECORD: [87, FINAL, 'A record breaks a rule of its format or of its topic.'],
  UNSTABLE_OFFSET_COMMIT: [88, RETRY, 'A transaction with offsets of this group has not ended.'],
  THROTTLING_QUOTA_EXCEEDED: [89, RETRY, 'A quota is exceeded; try again after the throttle time.'],
  PRODUCER_FENCED: [90, FINAL, 'A newer producer has taken over the transactional id.'],
  RESOURCE_NOT_FOUND: [91, FINAL, 'There is no such resource.'],
  DUPLICATE_RESOURCE: [92, FINAL, 'The request names a resource twice, or it exists.'],
  UNACCEPTABLE_CREDENTIAL: [93, FINAL, 'The credential does not meet the requirements.'],
  INCONSISTENT_VOTER_SET: [94, FINAL, 'Sender and receiver disagree about who is a voter.'],
  INVALID_UPDATE_VERSION: [95, FINAL, 'The new feature level is not valid.'],
  FEATURE_UPDATE_FAILED: [96, FINAL, 'The feature levels could not be changed.'],
  PRINCIPAL_DESERIALIZATION_FAILURE: [97, FINAL, 'The principal of a forwarded request cannot be read.'],
  SNAPSHOT_NOT_FOUND: [98, FINAL, 'There is no such snapshot.'],
  POSITION_OUT_OF_RANGE: [99, FINAL, 'The position is not within the snapshot.'],
  UNKNOWN_TOPIC_ID: [100, REFRESH, 'This broker knows no topic of this id.'],
  DUPLICATE_BROKER_REGISTRATION: [101, FINAL, 'A live broker is registered under this id.'],
  BROKER_ID_NOT_REGISTERED: [102, FINAL, 'No broker is registered under this id.'],
  INCONSISTENT_TOPIC_ID: [103, REFRESH, "The log's topic id is not the request's."],
  INCONSISTENT_CLUSTER_ID: [104, FINAL, 'The request is meant for another cluster.'],
  TRANSACTIONAL_ID_NOT_FOUND: [105, FINAL, 'There is no such transactional id.'],
  FETCH_SESSION_TOPIC_ID_ERROR: [
    106,
    RETRY,
    'The fetch session began with topic names and now has ids, or the reverse.',
  ],
  INELIGIBLE_REPLICA: [107, FINAL, 'A replica that is fenced or shutting down may not enter the ISR.'],
  NEW_LEADER_ELECTED: [108, FINAL, 'The change of the ISR was made, and gave the partition another leader.'],
  OFFSET_MOVED_TO_TIERED_STORAGE: [109, FINAL, 'The offset is only in tiered storage now.'],
  FENCED_MEMBER_EPOCH: [
    110,
    FINAL,
    "The coordinator has fenced the member's epoch: it must give up its partitions and join again.",
  ],
  UNRELEASED_INSTANCE_ID: [111, FINAL, 'Another member still holds this instance id.'],
  UNSUPPORTED_ASSIGNOR: [112, FINAL, 'The group does not support the assignor.'],
  STALE_MEMBER_EPOCH: [113, FINAL, "The member's epoch is old: it must heartbeat first."],
  MISMATCHED_ENDPOINT_TYPE: [114, FINAL, 'The request was sent to the wrong kind of endpoint.'],
  UNSUPPORTED_ENDPOINT_TYPE: [115, FINAL, 'This kind of endpoint is not supported.'],
  UNKNOWN_CONTROLLER_ID: [116, FINAL, 'There is no such controller.'],
  UNKNOWN_SUBSCRIPTION_ID: [117, FINAL, "The client's telemetry subscription is not the current one."],
  TELEMETRY_TOO_LARGE: [118, FINAL, 'The pushed metrics are larger than the broker allows.'],
  INVALID_REGISTRATION: [119, FINAL, 'The controller refuses the registration.'],
  TRANSACTION_ABORTABLE: [120, FINAL, 'The transaction met an error; abort it and go on.'],
  INVALID_RECORD_STATE: [121, FINAL, 'The record is in a state that does not allow this acknowledgement.'],
  SHARE_SESSION_NOT_FOUND: [122, RETRY, 'There is no such share session.'],
  INVALID_SHARE_SESSION_EPOCH: [123, RETRY, 'The epoch does not continue the share session.'],
  FENCED_STATE_EPOCH: [124, FINAL, "The share-partition's state has a newer epoch."],
  INVALID_VOTER_KEY: [125, FINAL, "The voter's directory id is not the receiver's."],
  DUPLICATE_VOTER: [126, FINAL, 'The voter is in the set of voters already.'],
  VOTER_NOT_FOUND: [127, FINAL, 'The voter is not in the set of voters.'],
  INVALID_REGULAR_EXPRESSION: [128, FINAL, 'The regular expression is not valid.'],
  REBOOTSTRAP_REQUIRED: [
    129,
    FINAL,
    "The client's metadata is out of date: it must start again from its bootstrap servers.",
  ],
  STREAMS_INVALID_TOPOLOGY: [130, FINAL, 'The topology is not valid.'],
  STREAMS_INVALID_TOPOLOGY_EPOCH: [131, FINAL, "The topology's epoch is not valid."],
  STREAMS_TOPOLOGY_FENCED: [132, FINAL, "The topology's epoch is old."],
  SHARE_SESSION_LIMIT_REACHED: [133, RETRY, 'The broker has as many share sessions as it allows.'],
  GROUP_DELETION_FAILED: [134, FINAL, 'The group was not deleted.'],
  STREAMS_TOPOLOGY_DESCRIPTION_UPDATE_FAILED: [135, FINAL, 'The topology description was not stored.'],
  CONTROLLER_ID_NOT_REGISTERED: [136, FINAL, 'No controller is registered under this id.'],
} as const

type Errors = typeof ERRORS

/** The code of each error by Kafka's name for it: `ErrorCode.NOT_LEADER_OR_FOLLOWER` is 6. */
export const ErrorCode = Object.fromEntries(Object.entries(ERRORS).map(([name, [code]]) => [name, code])) as {
  readonly [Name in keyof Errors]: Errors[Name][0]
}
/** A code of Kafka 4.4. */
export type ErrorCode = Errors[keyof Errors][0]
/** Kafka's name of an error. */
export type ErrorName = keyof Errors

interface KnownError {
  readonly name: ErrorName
  readonly remedy: number
  readonly message: string
}

const byCode = new Map<number, KnownError>(
  Object.entries(ERRORS).map(([name, [code, remedy, message]]) => [code, { name: name as ErrorName, remedy, message }]),
)

/** Kafka's name of `code`, or `ERROR_n` where it is not known. */
export function errorName(code: number): string {
  return byCode.get(code)?.name ?? `ERROR_${code}`
}

/** One sentence on what `code` means. */
export function errorMessage(code: number): string {
  return byCode.get(code)?.message ?? `An error of code ${code}, which this version does not know.`
}

/** True where the same request may succeed later. */
export function isRetriable(code: number): boolean {
  return (byCode.get(code)?.remedy ?? FINAL) !== FINAL
}

/** True where a client should learn anew who leads before it tries again. */
export function invalidatesMetadata(code: number): boolean {
  return byCode.get(code)?.remedy === REFRESH
}
