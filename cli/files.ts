/** Files of a person that a command makes, or changes where it was asked to. */
import { chmod, mkdir, realpath, rename, stat, writeFile } from 'node:fs/promises'
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

/** Puts a text in place of that of a file, whole or not at all; through a link, and with the rights that the file has. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const target = await realpath(path)
  const { mode } = await stat(target)
  await writeFile(`${target}.new`, text)
  await chmod(`${target}.new`, mode & 0o777)
  await rename(`${target}.new`, target)
}
