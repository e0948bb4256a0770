/** Runs the scenarios in `scenarios/*.txt`: inputs, and all that the state machine wanted done about them. */
import { utf8 } from '#core'
import { nodeCompute } from '#host/node'
import { isControl, readRecords } from '#protocol/records'
import { testScenarios } from '../scenarios.kit.test.ts'
import { NO_QUORUM_STATE, Raft, type RaftEffect, type RaftInput, readQuorumRecord, type Voter } from './index.ts'

testScenarios('raft/scenarios', () => {
  const world = new World()
  return (commands) => [...commands.flatMap((command) => world.play(command)), world.describe()]
})

/** One node with a log that stores what it is told to, when it is told. */
class World {
  #raft: Raft | undefined
  #nowMs = 1000
  readonly #log = { logEndOffset: 0, latestEpoch: -1, stableEndOffset: 0 }

  play(command: string): string[] {
    const [verb, ...words] = command.split(' ')
    const options = new Map(words.map((word) => word.split('=') as [string, string]))
    const number = (name: string, fallback: number) => Number(options.get(name) ?? fallback)
    switch (verb) {
      case 'node': {
        const ids = (options.get('voters') ?? '1').split(',').map(Number)
        Object.assign(this.#log, { logEndOffset: number('logEnd', 0), latestEpoch: number('logEpoch', -1) })
        this.#raft = new Raft({
          nodeId: 1,
          directoryId: voter(1).directoryId,
          log: this.#log,
          quorumState: {
            ...NO_QUORUM_STATE,
            leaderId: number('leader', -1),
            leaderEpoch: number('epoch', 0),
            votedId: number('voted', -1),
          },
          voterSet: {
            voters: ids.map(voter),
            kraftVersion: number('kraftVersion', 1),
            offset: number('votersOffset', -1),
          },
          snapshot: options.has('snapshot')
            ? { endOffset: number('snapshot', 0), epoch: number('snapshotEpoch', 0) }
            : undefined,
        })
        return []
      }
      case 'stable':
        this.#log.stableEndOffset = Number(words[0])
        return this.#step({ type: 'stable', endOffset: Number(words[0]) })
      case 'propose':
        return this.#step({ type: 'propose', values: words.map(utf8) })
      case 'start':
      case 'resign':
        return this.#step({ type: verb })
      default:
        throw new Error(`No such command: ${command}`)
    }
  }

  describe(): string {
    const raft = this.#raft!
    return `= ${raft.role} epoch ${raft.epoch} leader ${raft.leaderId} high watermark ${raft.highWatermark}`
  }

  #step(input: RaftInput): string[] {
    const effects = this.#raft!.step(input, this.#nowMs)
    this.#nowMs += 1
    return effects.map((effect) => this.#carryOut(effect))
  }

  #carryOut(effect: RaftEffect): string {
    switch (effect.type) {
      case 'persist':
        return `persist ${JSON.stringify(effect.state)}`
      case 'role':
        return `role ${effect.role} epoch ${effect.epoch} leader ${effect.leaderId}`
      case 'commit':
        return `commit up to ${effect.highWatermark}`
      case 'append': {
        this.#log.logEndOffset = effect.lastOffset + 1
        this.#log.latestEpoch = effect.epoch
        const records = [...readRecords(effect.batch, nodeCompute)].map((record) =>
          isControl(effect.batch)
            ? JSON.stringify(readQuorumRecord(record))
            : `${record.timestamp} ${new TextDecoder().decode(record.value!)}`,
        )
        return [`append ${effect.baseOffset}..${effect.lastOffset} epoch ${effect.epoch}`, ...records].join('\n  ')
      }
    }
  }
}

function voter(id: number): Voter {
  const endpoints = [{ name: 'CONTROLLER', host: 'localhost', port: 9090 + id }]
  return { id, directoryId: `directory-of-voter-${id}-A`, endpoints, kraftVersion: { min: 0, max: 1 } }
}
