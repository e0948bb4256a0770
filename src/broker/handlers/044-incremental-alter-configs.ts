/** IncrementalAlterConfigs: sets, removes, appends to and subtracts from single values (KIP-339). */
import type { ControllerApi } from '#metadata'
import { incrementalAlterConfigs } from '#protocol/messages'
import { answerChanges, type ConfigChangePorts, judgeBrokerChanges } from '../broker-config-changes.ts'
import { type Handler, handler } from '../handler.ts'

export interface IncrementalAlterConfigsPorts extends ConfigChangePorts {
  readonly controller: Pick<ControllerApi, 'incrementalAlterConfigs'>
}

export function incrementalAlterConfigsHandler(
  ports: IncrementalAlterConfigsPorts,
): Handler<typeof incrementalAlterConfigs> {
  return handler(incrementalAlterConfigs, async (request) => ({
    responses: await answerChanges(
      request.resources,
      (resource) => judgeBrokerChanges(ports, resource, request.validateOnly),
      async (resources) => (await ports.controller.incrementalAlterConfigs({ ...request, resources })).responses,
    ),
  }))
}
