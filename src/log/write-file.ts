import type { Disk } from '#host'

export interface WriteFileOptions {
  readonly position?: number
  readonly isSynced?: boolean
  readonly isNew?: boolean
}

/**
 * Makes `bytes` what a file has from `position` (default 0) to its end; creates it where it is missing, and only there with
 * `isNew`. With `isSynced` the content survives a crash when this ends; a new file's name only when its folder is synced.
 */
export async function writeFile(
  disk: Disk,
  path: string,
  bytes: Uint8Array,
  { position = 0, isSynced = false, isNew = false }: WriteFileOptions = {},
): Promise<void> {
  const file = await disk.open(path, isNew ? 'create' : 'write')
  try {
    if (bytes.length > 0) await file.write([bytes], position)
    if (!isNew) await file.truncate(position + bytes.length)
    if (isSynced) await file.sync()
  } finally {
    await file.close()
  }
}
