/**
 * What a file of a data folder says; which kind it is, its name tells.
 */
import { basename, dirname } from 'node:path'
import { MalformedError } from '#core'
import type { Compute, Disk } from '#host'
import { UsageError } from '../usage-error.ts'
import { dumpBatches } from './batch-file.ts'
import type { Entry } from './entry.ts'
import { dumpOffsetIndex, dumpProducers, dumpTimeIndex, dumpTxnIndex } from './index-files.ts'
import { type Meaning, meaningIn, plainMeaning } from './record-meaning.ts'
import { dumpEpochCheckpoint, dumpJson, dumpOffsetCheckpoint, dumpProperties, dumpText } from './text-files.ts'

export interface DumpOptions {
  /** Shows the records of each batch, not only the batch. Those of internal topics are shown in any case. */
  readonly records: boolean
  /** The topic that a segment is of. Default: what the name of its folder says. */
  readonly topic?: string | undefined
}

export interface DumpHost {
  readonly disk: Disk
  readonly compute: Compute
}

type SmallFile = (content: Uint8Array, baseOffset: number) => Iterable<Entry>

/** A file that waits to be deleted, or to take another's place, is still what it was. */
const SUFFIX = /\.(deleted|cleaned|swap|part|tmp)$/
const BATCHES = /\.(log|checkpoint)$/
const SMALL_FILES: readonly (readonly [RegExp, SmallFile])[] = [
  [/\.index$/, dumpOffsetIndex],
  [/\.timeindex$/, dumpTimeIndex],
  [/\.txnindex$/, dumpTxnIndex],
  [/\.snapshot$/, dumpProducers],
  [/-offset-checkpoint$/, dumpOffsetCheckpoint],
  [/^leader-epoch-checkpoint$/, dumpEpochCheckpoint],
  [/^partition\.metadata$|\.properties$/, dumpProperties],
  [/^(quorum-state|\.kafka_cleanshutdown)$/, dumpJson],
  [/^\.lock$/, dumpText],
]

/** The entries of a file. Throws a `UsageError` for one that is of no known kind. */
export async function* dump(path: string, { disk, compute }: DumpHost, options: DumpOptions): AsyncGenerator<Entry> {
  const name = basename(path).replace(SUFFIX, '')
  if (BATCHES.test(name)) {
    const file = await disk.open(path, 'read')
    try {
      yield* dumpBatches(file, { meaning: meaningFor(path, options), compute })
    } finally {
      await file.close()
    }
    return
  }
  const kind = SMALL_FILES.find(([names]) => names.test(name))
  if (kind === undefined) {
    const inside = await disk.list(path).catch(() => undefined)
    if (inside !== undefined) throw new UsageError(`${path} is a folder`, 'Name files in it.')
    throw new UsageError(
      `Cannot tell by its name what ${path} is`,
      'Known are *.log, *.index, *.timeindex, *.txnindex, *.snapshot, *.checkpoint, *-checkpoint, *.properties, partition.metadata, quorum-state, .kafka_cleanshutdown and .lock.',
    )
  }
  const content = await disk.readFile(path, Number.MAX_SAFE_INTEGER)
  try {
    yield* kind[1](content, Number(/^\d{20}/.exec(name)?.[0] ?? 0))
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    yield { type: 'rest', position: 0, bytes: content.length, problem: `at byte 0: ${error.message}` }
  }
}

function meaningFor(path: string, { records, topic }: DumpOptions): Meaning | undefined {
  // `topic-0`, and with more behind it once the partition is deleted.
  const folder = basename(dirname(path)).replace(/-\d+(\..*)?$/, '')
  return meaningIn(topic ?? folder) ?? (records ? plainMeaning : undefined)
}
