import type { MetadataRecord, RecordData } from '../metadata-record.ts'
import type { ChangeLog } from './change-log.ts'

export const METADATA_VERSION = 'metadata.version'

/** What a log without a record of `metadata.version` is taken for: 3.3-IV3. */
const METADATA_VERSION_MIN = 7

/** Feature levels that the cluster has agreed to use. A feature that is not in the map is at level 0: off. */
export class FeaturesImage {
  readonly #finalized = new Map<string, number>()
  #metadataVersion: number | undefined

  /** Name to level, of the features that are on, without `metadata.version`. */
  get finalized(): ReadonlyMap<string, number> {
    return this.#finalized
  }

  /** Level of `metadata.version`; 33 is Kafka 4.4. */
  get metadataVersion(): number {
    return this.#metadataVersion ?? METADATA_VERSION_MIN
  }

  /** Whether a record has said it: false in a new cluster. */
  get isSet(): boolean {
    return this.#metadataVersion !== undefined
  }

  /** Level of any feature, `metadata.version` too. */
  levelOf(name: string): number {
    return name === METADATA_VERSION ? this.metadataVersion : (this.#finalized.get(name) ?? 0)
  }

  set({ name, featureLevel }: RecordData<'FEATURE_LEVEL_RECORD'>, changes?: ChangeLog): void {
    if (name === METADATA_VERSION) this.#metadataVersion = featureLevel
    else if (featureLevel === 0) this.#finalized.delete(name)
    else this.#finalized.set(name, featureLevel)
    changes?.featuresChanged()
  }

  *records(): Iterable<MetadataRecord> {
    yield featureLevel(METADATA_VERSION, this.metadataVersion)
    for (const [name, level] of this.#finalized) yield featureLevel(name, level)
  }

  copy(): FeaturesImage {
    const copy = new FeaturesImage()
    copy.#metadataVersion = this.#metadataVersion
    for (const [name, level] of this.#finalized) copy.#finalized.set(name, level)
    return copy
  }
}

export function featureLevel(name: string, level: number): MetadataRecord {
  return { type: 'FEATURE_LEVEL_RECORD', version: 0, data: { name, featureLevel: level } }
}
