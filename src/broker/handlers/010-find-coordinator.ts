import type { CoordinatorEndpoint, CoordinatorTopics, GroupCoordinator } from '#coordinator'
import { ErrorCode, errorMessage } from '#protocol'
import { findCoordinator } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'

/** What a key names, by the number in the request. */
const KeyType = { GROUP: 0, TRANSACTION: 1, SHARE: 2 } as const

/** From this version on one request asks for several keys. */
const KEYS_VERSION = 4
/** From this version on share groups can be asked for. */
const SHARE_VERSION = 6
const NOBODY: CoordinatorEndpoint = { nodeId: -1, host: '', port: -1 }

interface Found {
  readonly errorCode: ErrorCode
  readonly errorMessage: string
  readonly endpoint: CoordinatorEndpoint
}

/**
 * Which broker leads the partition that a group belongs to. The first question has the topic made, and is answered
 * COORDINATOR_NOT_AVAILABLE until it is there, on which clients ask again.
 *
 * Transactions and share groups have no coordinator yet. They get INVALID_REQUEST with a sentence, as Kafka answers for a
 * coordinator that it does not run: a retriable error would have a transactional producer ask for ever, this one
 * fails its start with the reason.
 */
export function findCoordinatorHandler(ports: {
  readonly groups: GroupCoordinator
  readonly topics: CoordinatorTopics
}): Handler<typeof findCoordinator> {
  const { groups, topics } = ports

  function find(
    keyType: number,
    key: string,
    { listenerName, apiVersion }: { listenerName: string; apiVersion: number },
  ): Found {
    switch (keyType) {
      case KeyType.GROUP: {
        const topic = groups.offsetsTopic
        if (topics.partitionCountOf(topic.name) === undefined) topics.create(topic)
        const endpoint = topics.leaderOf(topic.name, groups.partitionFor(key), listenerName)
        if (endpoint === undefined) return refused(ErrorCode.COORDINATOR_NOT_AVAILABLE)
        return { errorCode: ErrorCode.NONE, errorMessage: '', endpoint }
      }
      case KeyType.TRANSACTION:
        return refused(ErrorCode.INVALID_REQUEST, 'Ottla has no transaction coordinator yet.')
      case KeyType.SHARE:
        if (apiVersion < SHARE_VERSION) return refused(ErrorCode.INVALID_REQUEST, '')
        return refused(ErrorCode.INVALID_REQUEST, 'Ottla has no share coordinator yet.')
      default:
        return refused(ErrorCode.INVALID_REQUEST)
    }
  }

  return handler(findCoordinator, ({ keyType, key, coordinatorKeys }, context) => {
    if (context.apiVersion >= KEYS_VERSION) {
      return {
        coordinators: coordinatorKeys.map((key) => {
          const { endpoint, ...error } = find(keyType, key, context)
          return { key, ...endpoint, ...error }
        }),
      }
    }
    const { errorCode, errorMessage, endpoint } = find(keyType, key, context)
    // Kafka says so in words before version 4, and some clients show it.
    return { errorCode, errorMessage: errorCode === ErrorCode.NONE ? 'NONE' : errorMessage, ...endpoint }
  })
}

function refused(errorCode: ErrorCode, message: string = errorMessage(errorCode)): Found {
  return { errorCode, errorMessage: message, endpoint: NOBODY }
}
