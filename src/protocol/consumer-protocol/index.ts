export * from './consumer-protocol.ts'
