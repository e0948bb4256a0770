/**
 * AlterConfigs: states all that is to be set for a resource; what it leaves out is no longer set. IncrementalAlterConfigs
 * has taken its place, because two clients that use this one undo each other's work.
 */
import type { ControllerApi } from '#metadata'
import { alterConfigs } from '#protocol/messages'
import { answerChanges, type ConfigChangePorts, judgeBrokerValues } from '../broker-config-changes.ts'
import { type Handler, handler } from '../handler.ts'

export interface AlterConfigsPorts extends ConfigChangePorts {
  readonly controller: Pick<ControllerApi, 'alterConfigs'>
}

export function alterConfigsHandler(ports: AlterConfigsPorts): Handler<typeof alterConfigs> {
  return handler(alterConfigs, async (request) => ({
    responses: await answerChanges(
      request.resources,
      (resource) => judgeBrokerValues(ports, resource),
      async (resources) => (await ports.controller.alterConfigs({ ...request, resources })).responses,
    ),
  }))
}
