export * from './remote-log-records.ts'
