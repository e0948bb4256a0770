export * from './batch-header.ts'
export * from './batches.ts'
