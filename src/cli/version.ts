import { readFileSync } from 'node:fs'

const packageFile = new URL('../../package.json', import.meta.url)

/** The version of this package. */
export const VERSION: string = (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version

/** The release of Apache Kafka whose protocol and files Ottla speaks. */
export const KAFKA_VERSION = '4.4.0'
