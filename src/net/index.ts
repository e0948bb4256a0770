export { FrameReader, type FrameSink } from './frame-reader.ts'
export { RpcConnection } from './rpc-connection.ts'
