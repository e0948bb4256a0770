import type { Offset } from '#core'
import { baseOffsetOf, hasProducerId } from '#protocol/records'
import { scanBatches } from './batch-scan.ts'
import type { LogStore } from './log-store.ts'
import type { OpenFiles } from './open-files.ts'
import { ProducerStates } from './producer-states.ts'

/** What the log's producers were at its end: by the newest snapshot not beyond it, and the batches since. */
export async function reloadProducers(
  store: LogStore,
  { files, logEndOffset }: { readonly files: OpenFiles; readonly logEndOffset: Offset },
): Promise<ProducerStates> {
  const producers = new ProducerStates()
  let from = store.segments.first.baseOffset
  for (const offset of store.snapshots()) {
    const snapshot = offset <= logEndOffset ? await store.readSnapshot(offset) : undefined
    if (snapshot === undefined) continue
    for (const producer of snapshot) producers.restore(producer)
    from = offset
    break
  }
  for (const segment of store.segments.from(from)) {
    await scanBatches(files, segment.logPath, { from: 0, to: segment.sizeBytes }, (bytes, at) => {
      if (!hasProducerId(bytes, at)) return undefined
      if (baseOffsetOf(bytes, at) >= from) producers.update(bytes, at)
      else producers.recall(bytes, at)
      return undefined
    })
  }
  return producers
}
