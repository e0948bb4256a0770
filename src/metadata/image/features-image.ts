/** Feature levels that the cluster has agreed to use. A feature that is not in the map is at level 0: off. */
export class FeaturesImage {
  readonly #finalized = new Map<string, number>()

  /** Name to level, without `metadata.version`. */
  get finalized(): ReadonlyMap<string, number> {
    return this.#finalized
  }

  /** Level of `metadata.version`; 7 (3.3-IV3) until a record says otherwise, as Kafka takes it. */
  readonly metadataVersion: number = 7
}
