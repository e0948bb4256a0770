export { RpcConnection } from './rpc-connection.ts'
