/**
 * Keeps `dist/` up to date with the sources of a checkout. Plain JavaScript that needs nothing installed: it runs before anything is built.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, extname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const dist = join(root, 'dist')
const configuration = join(root, 'tsconfig.json')

/** The times of files run behind the clock by up to a tick of the kernel. */
const clockTickMs = 20

/** Its modification time is the moment just before the build that made `dist/`. */
const stamp = join(dist, '.built')

/**
 * Whether a source changed since the last build. It looks at times only, of the files and of the folders, so that a file that went away
 * counts too; a few milliseconds. In an installed package, which has no sources, nothing is ever stale.
 *
 * @returns {boolean}
 */
export function isStale() {
  if (!existsSync(configuration)) return false
  const built = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0
  return [configuration, ...sourceFolders()].some((path) => newestIn(path, built) > built)
}

/**
 * Builds with `tsc`. What no longer has a source is removed from `dist/`, because a connector that is there is registered.
 *
 * @returns {{ ok: boolean, output: string }} not ok: there are type errors, in `output`; what could be built was written all the same
 */
export function build() {
  const began = new Date(Date.now() - clockTickMs)
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  if (!existsSync(tsc)) return { ok: false, output: 'The compiler is not installed. Run: npm ci\n' }
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, '--project', configuration], { cwd: root, encoding: 'utf8' })
  removeOrphans(dist)
  if (status === 0) {
    mkdirSync(dist, { recursive: true })
    writeFileSync(stamp, '')
    utimesSync(stamp, began, began)
  }
  return { ok: status === 0, output: `${stdout ?? ''}${stderr ?? ''}` }
}

function sourceFolders() {
  const { include } = JSON.parse(readFileSync(configuration, 'utf8'))
  return include.map((folder) => join(root, folder)).filter((folder) => existsSync(folder))
}

/** The newest time under a path, or the first one found that is past `enough`. */
function newestIn(path, enough) {
  const own = statSync(path, { throwIfNoEntry: false })
  let newest = own?.mtimeMs ?? 0
  if (!own?.isDirectory()) return newest
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (newest > enough) return newest
    if (entry.isDirectory() || extname(entry.name) === '.ts') newest = Math.max(newest, newestIn(join(path, entry.name), enough))
  }
  return newest
}

function removeOrphans(folder) {
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (!entry.name.startsWith('.')) removeOrphans(path)
      continue
    }
    const made = /^(.+?)(\.d\.ts|\.js\.map|\.js)$/.exec(entry.name)
    if (made && !existsSync(join(root, relative(dist, folder), `${made[1]}.ts`))) rmSync(path)
  }
}
