/** RemoveRaftVoter: a controller leaves the quorum (KIP-853). Of a quorum of one, nobody can. */
import { ZERO_UUID } from '#core'
import { ErrorCode, type ResponseOf } from '#protocol'
import { removeRaftVoter } from '#protocol/messages'
import { type Handler, handler } from '../handler.ts'
import { clusterProblem, type QuorumPorts, voterText } from '../quorum-answers.ts'

export function removeRaftVoterHandler(ports: QuorumPorts): Handler<typeof removeRaftVoter> {
  return handler(removeRaftVoter, ({ clusterId, voterId, voterDirectoryId }): ResponseOf<typeof removeRaftVoter> => {
    const problem = clusterProblem(ports, clusterId)
    if (problem !== undefined) return problem
    if (voterId < 0 || voterDirectoryId === ZERO_UUID) {
      return { errorCode: ErrorCode.INVALID_REQUEST, errorMessage: "Remove voter request didn't include a valid voter" }
    }
    const { voters } = ports.quorum()
    const isLast = voters.some(
      ({ replicaId, directoryId }) => replicaId === voterId && directoryId === voterDirectoryId,
    )
    const voter = voterText({ replicaId: voterId, directoryId: voterDirectoryId })
    return {
      errorCode: isLast ? ErrorCode.INVALID_REQUEST : ErrorCode.VOTER_NOT_FOUND,
      errorMessage: `Cannot remove voter ${voter} from the set of voters [${voters.map(voterText).join(', ')}]`,
    }
  })
}
