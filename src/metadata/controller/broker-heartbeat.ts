/**
 * BrokerHeartbeat: a broker says that it lives, how far its metadata is, and what it wants to be.
 *
 *   fenced               it has caught up with its own registration -> unfenced; it wants to stop -> it may, at once
 *   unfenced             it wants to be fenced -> fenced; it wants to stop -> controlled shutdown, or at once where it
 *                        leads nothing
 *   controlled shutdown  it leads nothing any more -> it may stop, and is fenced
 *
 * A broker that says nothing for `broker.session.timeout.ms` is fenced.
 */
import type { RequestOf } from '#protocol'
import type { brokerHeartbeat as api } from '#protocol/messages'
import { type BrokerRegistration, NO_BROKER_CHANGE } from '../image/cluster-image.ts'
import type { MetadataRecord } from '../metadata-record.ts'
import { brokerEpochProblem } from './brokers.ts'
import { hasLeaderships, leadershipChanges } from './leadership.ts'
import { answer, type Operation, type Scope } from './operation.ts'

type Heartbeat = RequestOf<typeof api>
type State = 'fenced' | 'unfenced' | 'controlled shutdown' | 'may stop'

const FENCE = 1
const UNFENCE = -1
const IN_CONTROLLED_SHUTDOWN = 1

export const brokerHeartbeat: Operation<typeof api> = {
  run(scope, request, call) {
    const problem = brokerEpochProblem(scope, request)
    if (problem !== undefined) return answer(brokerHeartbeat.refuse(problem, request))
    const broker = scope.image.cluster.brokers.get(request.brokerId)!
    const { id, epoch } = broker
    const before = stateOf(broker)
    const after = nextState(scope, broker, request)
    const records: MetadataRecord[] = []
    if (after !== before) records.push(...transition(scope, broker, after))
    records.push(...directoryChanges(scope, broker, request))
    const isFenced = after === 'fenced' || after === 'may stop'
    if (isFenced) scope.sessions.remove(id)
    else
      scope.sessions.touch(id, epoch, { monotonicMs: call.monotonicMs, metadataOffset: request.currentMetadataOffset })
    return {
      records,
      response: {
        errorCode: 0,
        isCaughtUp: request.currentMetadataOffset >= epoch,
        isFenced,
        shouldShutDown: after === 'may stop',
      },
    }
  },

  refuse: ({ error }) => ({ errorCode: error, isCaughtUp: false, isFenced: true, shouldShutDown: false }),
}

function stateOf({ fenced, inControlledShutdown }: BrokerRegistration): State {
  if (fenced) return 'fenced'
  return inControlledShutdown ? 'controlled shutdown' : 'unfenced'
}

function nextState(scope: Scope, broker: BrokerRegistration, request: Heartbeat): State {
  switch (stateOf(broker)) {
    case 'fenced':
      if (request.wantShutDown) return 'may stop'
      // A life that was allowed to end does not lead again. The epoch is where the registration begins in the log: whoever
      // has that has all of its batch.
      if (request.wantFence || broker.inControlledShutdown) return 'fenced'
      return request.currentMetadataOffset >= broker.epoch ? 'unfenced' : 'fenced'
    case 'unfenced':
      if (request.wantFence) return request.wantShutDown ? 'may stop' : 'fenced'
      if (!request.wantShutDown) return 'unfenced'
      return hasLeaderships(scope, broker.id) ? 'controlled shutdown' : 'may stop'
    default:
      return hasLeaderships(scope, broker.id) ? 'controlled shutdown' : 'may stop'
  }
}

function transition(scope: Scope, { id, epoch }: BrokerRegistration, after: State): MetadataRecord[] {
  const change = { ...NO_BROKER_CHANGE, brokerId: id, brokerEpoch: epoch }
  switch (after) {
    case 'unfenced':
      return [
        { type: 'BROKER_REGISTRATION_CHANGE_RECORD', version: 0, data: { ...change, fenced: UNFENCE } },
        ...leadershipChanges(scope, { type: 'joins', id }),
      ]
    case 'controlled shutdown':
      return [
        {
          type: 'BROKER_REGISTRATION_CHANGE_RECORD',
          version: 1,
          data: { ...change, inControlledShutdown: IN_CONTROLLED_SHUTDOWN },
        },
        ...leadershipChanges(scope, { type: 'leaves', id }),
      ]
    default:
      return fence(scope, { id, epoch })
  }
}

/** The records that fence a broker: what it leads goes first. */
export function fence(scope: Scope, { id, epoch }: Pick<BrokerRegistration, 'id' | 'epoch'>): MetadataRecord[] {
  const data = { ...NO_BROKER_CHANGE, brokerId: id, brokerEpoch: epoch, fenced: FENCE }
  return [
    ...leadershipChanges(scope, { type: 'leaves', id }),
    { type: 'BROKER_REGISTRATION_CHANGE_RECORD', version: 0, data },
  ]
}

/** Directories that the broker says are lost, or take no more replicas. */
function directoryChanges(scope: Scope, broker: BrokerRegistration, request: Heartbeat): MetadataRecord[] {
  const { id, epoch, directories, cordonedDirectories } = broker
  const change = { ...NO_BROKER_CHANGE, brokerId: id, brokerEpoch: epoch }
  const records: MetadataRecord[] = []
  const lost = directories.filter((directory) => request.offlineLogDirs.includes(directory))
  if (lost.length > 0) {
    const logDirs = directories.filter((directory) => !lost.includes(directory))
    records.push(...leadershipChanges(scope, { type: 'leaves', id, directories: lost }))
    records.push({ type: 'BROKER_REGISTRATION_CHANGE_RECORD', version: 2, data: { ...change, logDirs } })
  }
  const cordonedLogDirs = request.cordonedLogDirs
  const known = cordonedDirectories?.join()
  if (cordonedLogDirs !== null && cordonedLogDirs.join() !== known && scope.image.features.metadataVersion >= 30) {
    records.push({ type: 'BROKER_REGISTRATION_CHANGE_RECORD', version: 3, data: { ...change, cordonedLogDirs } })
  }
  return records
}

/** The records that fence the broker longest silent, if its session is over. One at a time: the next sees what they change. */
export function fenceStaleBroker(scope: Scope, monotonicMs: number): MetadataRecord[] {
  for (const id of scope.sessions.expired(monotonicMs)) {
    scope.sessions.remove(id)
    const broker = scope.image.cluster.brokers.get(id)
    if (broker !== undefined && !broker.fenced) return fence(scope, broker)
  }
  return []
}
