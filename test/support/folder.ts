/** A temporary folder for a test. */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

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
