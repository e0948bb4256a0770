/**
 * Runs the scenarios in `scenarios/*.txt`: requests, and the records and responses that the controller gave.
 *
 *   config num.partitions=3              the broker's configuration, in the first line
 *   broker 1 [incarnation=a] [rack=r]    registers; `previous=epoch`: after a clean stop
 *   alive 1, stop 1, fence 1             heartbeats: caught up; wants to stop; wants to be fenced
 *   wait 9000                            time passes
 *   createTopics {"topics":[...]}        any request of the controller; what is left out is zero, empty or null
 */
import { testScenarios } from '../../scenarios.kit.test.ts'
import { ControllerWorld } from './controller-world.kit.test.ts'

testScenarios('metadata/controller/scenarios', () => {
  let world = new ControllerWorld()
  return (commands) =>
    commands.flatMap((command) => {
      if (!command.startsWith('config ')) return world.play(command)
      world = new ControllerWorld(properties(command))
      return []
    })
})

function properties(command: string): Record<string, string> {
  return Object.fromEntries(
    command
      .split(' ')
      .slice(1)
      .map((word) => word.split('=')),
  )
}
