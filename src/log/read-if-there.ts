import { type Disk, HostError } from '#host'

/** The content of a file, or undefined where there is none. */
export async function readIfThere(disk: Disk, path: string): Promise<Uint8Array | undefined> {
  try {
    return await disk.readFile(path)
  } catch (error) {
    if (error instanceof HostError && error.code === 'ENOENT') return undefined
    throw error
  }
}
