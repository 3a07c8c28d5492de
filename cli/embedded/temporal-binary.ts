/** The program `temporal`, whose dev server runs Temporal on one machine: found, downloaded or built. */
import { execFile } from 'node:child_process'
import { access, constants, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Environment variables by name. */
export type Environment = { readonly [name: string]: string | undefined }

export interface TemporalBinaryOptions {
  /** Where PATH, XDG_CACHE_HOME, HOME and the settings of proxies and of Go are read. */
  environment: Environment
  /** Takes one line for people about what is happening. */
  log: (line: string) => void
}

/** The newest version whose Go module can be installed: later ones need a module that no proxy serves. Server 1.29.1. */
const version = '1.5.1'
const module = 'github.com/temporalio/cli/cmd/temporal'

/** A network that swallows requests would have us wait for ever. */
const downloadWithinMs = 5 * 60_000
const buildWithinMs = 60 * 60_000

/** A way to come by the program; what it throws says in a few words why there is none this way. */
interface Way {
  name: string
  find(): Promise<string>
}

/**
 * The program, from the first of: PATH; an earlier download or build, which are kept in `$XDG_CACHE_HOME/gemaal/bin` or `~/.cache/gemaal/bin`;
 * the download of the Temporal SDK; a build with Go, which takes about four minutes, once.
 *
 * @returns path of a program that runs
 * @throws when there is none; the message says what was tried, why each failed, and how to place the program by hand
 */
export async function ensureTemporalBinary(options: TemporalBinaryOptions): Promise<string> {
  const folder = cacheFolder(options.environment)
  const ways: Way[] = [
    { name: 'the program temporal on PATH', find: () => onPath(options) },
    { name: `an earlier download or build in ${folder}`, find: () => kept(folder, options) },
    { name: 'the download of the Temporal SDK, from temporal.download', find: () => download(folder, options) },
    { name: `go install ${module}@v${version}`, find: () => buildWithGo(folder, options) },
  ]
  const failures: string[] = []
  for (const way of ways) {
    try {
      return await way.find()
    } catch (error) {
      failures.push(`  - ${way.name}: ${error instanceof Error ? error.message : error}`)
    }
  }
  throw new Error(
    [
      'There is no Temporal server on this machine. Tried, in this order:',
      ...failures,
      `To place it by hand: get the Temporal CLI for this machine (https://docs.temporal.io/cli), and put its program on PATH as temporal,`,
      `or at ${join(folder, `temporal-${version}`)}. Or set TEMPORAL_ADDRESS to a Temporal that runs elsewhere.`,
    ].join('\n'),
  )
}

/** The program where it is on this machine already: on PATH, or of an earlier download or build. */
export async function placedTemporalBinary(options: TemporalBinaryOptions): Promise<string | undefined> {
  const folder = cacheFolder(options.environment)
  return onPath(options).catch(() => kept(folder, options).catch(() => undefined))
}

function cacheFolder(environment: Environment): string {
  return join(environment.XDG_CACHE_HOME || join(environment.HOME || homedir(), '.cache'), 'gemaal', 'bin')
}

async function onPath(options: TemporalBinaryOptions): Promise<string> {
  const path = await find('temporal', options.environment)
  if (!path) throw new Error('there is none')
  return check(path, options)
}

async function kept(folder: string, options: TemporalBinaryOptions): Promise<string> {
  const names = await readdir(folder).catch((): string[] => [])
  // Of the name that the SDK gives to its download, the last is the newest SDK's.
  const downloaded = names.filter((name) => /^temporal-sdk-typescript-[\d.]+$/.test(name)).sort()
  const name = names.includes(`temporal-${version}`) ? `temporal-${version}` : downloaded.at(-1)
  if (!name) throw new Error('there is none')
  return check(join(folder, name), options)
}

async function download(folder: string, options: TemporalBinaryOptions): Promise<string> {
  options.log('Temporal: downloading its dev server (about 60 MB, once).')
  await mkdir(folder, { recursive: true })
  const program = join(packageRoot(), 'cli', 'embedded', 'temporal-download.mjs')
  try {
    await run(process.execPath, [program, folder], { env: { ...options.environment }, timeout: downloadWithinMs })
  } catch (error) {
    const reason = (error as { killed?: boolean }).killed
      ? `it was not there within ${downloadWithinMs / 60_000} minutes`
      : shorten(lastLine((error as { stderr?: string }).stderr || String(error)))
    options.log(`Temporal: no download: ${reason}.`)
    throw new Error(reason, { cause: error })
  }
  return kept(folder, options)
}

async function buildWithGo(folder: string, options: TemporalBinaryOptions): Promise<string> {
  const go = await find('go', options.environment)
  if (!go) throw new Error('the program go is not on PATH')
  options.log(`Temporal: building its dev server with Go. This takes about four minutes, once.`)
  const began = Date.now()
  await mkdir(folder, { recursive: true })
  // Beside its place, so that moving it there is one step: a program in place is whole.
  const workshop = await mkdtemp(join(folder, 'build-'))
  try {
    const environment = { ...options.environment, GOBIN: workshop, CGO_ENABLED: '0' }
    // Without tables for debuggers it is a sixth smaller.
    await run(go, ['install', '-ldflags=-s -w', `${module}@v${version}`], { env: environment, timeout: buildWithinMs })
    const path = join(folder, `temporal-${version}`)
    await rename(join(workshop, 'temporal'), path)
    options.log(`Temporal: built in ${Math.round((Date.now() - began) / 1000)} s, and kept as ${path}.`)
    return await check(path, options)
  } catch (error) {
    throw new Error(lastLine((error as { stderr?: string }).stderr || String(error)), { cause: error })
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
}

/** A program that is there may still be made for another machine, or be a script that leads nowhere. */
async function check(path: string, options: TemporalBinaryOptions): Promise<string> {
  const { PATH } = options.environment
  await run(path, ['--version'], { env: { PATH, HOME: '/' }, timeout: 30_000 }).catch((cause) => {
    throw new Error(`${path} does not run: ${lastLine(cause.stderr || cause.message)}`, { cause })
  })
  return path
}

async function find(name: string, environment: Environment): Promise<string | undefined> {
  for (const folder of (environment.PATH ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, name)
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (executable) return path
  }
  return undefined
}

function packageRoot(): string {
  return dirname(createRequire(import.meta.url).resolve('@gemaal/gemaal/package.json'))
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? ''
}

/** The SDK gives its chain of causes with the address in each: `failed …: error … for url (…): error … for url (…): tunnel error`. */
function shorten(reason: string): string {
  const causes = reason.replace(/ for url \([^)]*\)/g, '').split(': ')
  return [...new Set(causes)].join(': ')
}
