export * from './control-records.ts'
