/** A temporary folder for a test. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface TestFolder {
  path: string
  remove(): Promise<void>
}

/** A new folder that other users may pass through: as root, Postgres runs as another user. */
export async function openFolder(): Promise<TestFolder> {
  const path = await mkdtemp(join(tmpdir(), 'gemaal-test-'))
  await chmod(path, 0o711)
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/** Writes files by their path under a folder. */
export async function writeFiles(folder: string, files: { readonly [path: string]: string }): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}
