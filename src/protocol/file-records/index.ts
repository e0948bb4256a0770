export * from './file-records.ts'
