export { type ConnectionLimits, Connections, defaultLimits } from './connections.ts'
export * from './handler.ts'
export { type ApiVersionsPorts, apiVersionsHandler } from './handlers/018-api-versions.ts'
export { BrokerListener, type BrokerListenerOptions } from './listener.ts'
