/** Programs of Debian packages, unpacked into a folder of this machine: nothing is installed, and no root is needed. */
import { execFile } from 'node:child_process'
import { access, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * The folder in which packages are unpacked, kept for the tests that follow.
 *
 * @param name of that folder
 * @throws an error of apt-get where they cannot be had
 */
export async function unpackedPackages(name: string, packages: readonly string[]): Promise<string> {
  const cache = join(tmpdir(), `gemaal-test-${name}`)
  if (await exists(cache)) return cache
  const draft = await mkdtemp(`${cache}-`)
  try {
    await run('apt-get', ['download', ...packages], { cwd: draft })
    const unpacked = join(draft, 'unpacked')
    for (const file of await readdir(draft)) if (file.endsWith('.deb')) await run('dpkg-deb', ['-x', join(draft, file), unpacked])
    // Another test may have put it there at this moment.
    await rename(unpacked, cache).catch(() => {})
    return cache
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** The folder of shared libraries in it. */
export async function librariesOf(unpacked: string): Promise<string> {
  const folders = await readdir(join(unpacked, 'usr', 'lib')).catch(() => [])
  return join(unpacked, 'usr/lib', folders.find((name) => name.endsWith('-linux-gnu')) ?? '')
}

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
