export { BrokerServer } from './broker-server.ts'
