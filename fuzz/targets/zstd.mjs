import { codecTarget } from './codecs.kit.mjs'

export const target = codecTarget('zstd')
