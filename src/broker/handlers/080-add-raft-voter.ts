/**
 * AddRaftVoter: one more controller for the quorum (KIP-853). What is wrong with a request is said as Kafka says it; a
 * quorum of more than one is still to be built, so that a good one is refused too.
 */
import { ZERO_UUID } from '#core'
import { ErrorCode, type ResponseOf } from '#protocol'
import { addRaftVoter } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'
import { clusterProblem, type QuorumPorts, voterText } from '../quorum-answers.ts'

export function addRaftVoterHandler(ports: QuorumPorts): Handler<typeof addRaftVoter> {
  return handler(
    addRaftVoter,
    ({ clusterId, voterId, voterDirectoryId, listeners }): ResponseOf<typeof addRaftVoter> => {
      const problem = clusterProblem(ports, clusterId)
      if (problem !== undefined) return problem
      if (voterId < 0 || voterDirectoryId === ZERO_UUID) {
        return { errorCode: ErrorCode.INVALID_REQUEST, errorMessage: "Add voter request didn't include a valid voter" }
      }
      const { voters, nodes } = ports.quorum()
      const name = nodes[0]?.endpoints[0]?.name ?? 'CONTROLLER'
      if (!listeners.some((listener) => listener.name === name)) {
        return {
          errorCode: ErrorCode.INVALID_REQUEST,
          errorMessage: `Add voter request didn't include the endpoint for the default listener ${name}`,
        }
      }
      const present = voters.find(({ replicaId }) => replicaId === voterId)
      if (present !== undefined) {
        const wanted = voterText({ replicaId: voterId, directoryId: voterDirectoryId })
        return {
          errorCode: ErrorCode.DUPLICATE_VOTER,
          errorMessage: `The voter id for ${wanted} is already part of the set of voters [${voters.map(voterText).join(', ')}].`,
        }
      }
      return {
        errorCode: ErrorCode.UNSUPPORTED_VERSION,
        errorMessage: `Controller ${voterId} cannot be added: a quorum of more than one controller is not supported yet`,
      }
    },
  )
}
