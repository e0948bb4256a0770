export * from './api.ts'
export * from './messages/012-heartbeat.ts'
export * from './schema.ts'
