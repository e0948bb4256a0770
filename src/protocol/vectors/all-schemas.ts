/** Every declared message, of all parts of the room. */
import * as consumerProtocol from '../consumer-protocol/index.ts'
import * as controlRecords from '../control-records/index.ts'
import * as coordinatorRecords from '../coordinator-records/index.ts'
import * as fileRecords from '../file-records/index.ts'
import * as messages from '../messages/index.ts'
import * as metadataRecords from '../metadata-records/index.ts'
import * as remoteLogRecords from '../remote-log-records/index.ts'
import type { Schema } from '../schema.ts'

const parts = [
  messages,
  metadataRecords,
  coordinatorRecords,
  controlRecords,
  consumerProtocol,
  fileRecords,
  remoteLogRecords,
]

export const allSchemas: readonly Schema[] = parts.flatMap((part) => Object.values(part).filter(isSchema))

function isSchema(exported: unknown): exported is Schema {
  return typeof exported === 'object' && exported !== null && 'versionMin' in exported && 'fields' in exported
}
