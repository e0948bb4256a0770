export { Backoff, type BackoffOptions } from './backoff.ts'
export { FrameReader, type FrameSink } from './frame-reader.ts'
export { hasFrameViews } from './frame-views.ts'
export { RpcConnection, type RpcOptions, UnsupportedVersionError, type VersionRange } from './rpc-connection.ts'
