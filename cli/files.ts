/** Files that a command makes for a person. Nothing that stands is overwritten. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a file with the folders above it.
 *
 * @returns false when a file of that name stands there; it is left as it is
 */
export async function makeFile(path: string, text: string, mode = 0o644): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true })
  try {
    await writeFile(path, text, { flag: 'wx', mode })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
