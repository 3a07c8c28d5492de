import { createHash, randomUUID } from 'node:crypto'
import { access, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { faultsOf, streamFaults } from './check.js'
import type { Connector, JsonObject, Stream } from './connector.js'
import { parseConnector } from './declarative.js'
import { InvalidConnector } from './errors.js'

/** The connectors of the product and of a project. Nothing is loaded before it is asked for. */
export interface Connectors {
  /** In alphabetical order. */
  readonly names: readonly string[]
  /**
   * Loads a connector once and checks it.
   *
   * @throws InvalidConnector when there is none of that name, or it contradicts itself
   */
  get(name: string): Promise<Connector>
}

export interface ConnectorPlaces {
  /** Root of the product. Left out: where this file's package.json is. */
  product?: string | undefined
  /** Files of a project, by path: `connectors/<name>/connector.yaml`, or `connector.ts` with the files that it imports. */
  project?: { readonly [path: string]: string } | undefined
  /** Folder for what TypeScript of a project becomes. Left out: a project has no connectors in TypeScript. */
  cache?: string | undefined
}

type Loader = () => Promise<Connector>

/**
 * Finds the connectors: each folder in `connectors/` with a `connector.yaml` or `connector.ts` is one, named as the folder.
 *
 * @throws InvalidConnector when a folder has both forms, or a project's connector has the name of a shipped one
 */
export async function findConnectors(places: ConnectorPlaces = {}): Promise<Connectors> {
  const here = fileURLToPath(import.meta.url)
  const root = places.product ?? (await packageRoot(dirname(here)))
  const found = new Map<string, Loader>()
  const add = (name: string, load: Loader, what: string) => {
    if (found.has(name)) throw new InvalidConnector([`${what}: there is already a connector '${name}'. Rename the folder.`])
    found.set(name, load)
  }
  for (const [name, load] of await shipped(root, here)) add(name, load, `connectors/${name}`)
  for (const [name, load] of ofProject(places.project ?? {}, places.cache, root)) add(name, load, `connectors/${name} of the project`)

  const loaded = new Map<string, Promise<Connector>>()
  return {
    names: [...found.keys()].sort(),
    async get(name) {
      const load = found.get(name)
      if (!load) throw new InvalidConnector([`there is no connector '${name}'; there is ${[...found.keys()].sort().join(', ')}.`])
      if (!loaded.has(name)) loaded.set(name, load())
      return loaded.get(name)!
    },
  }
}

/**
 * The streams of a connector for one source: those that it has, or those that the source file states under `streams:`, each parsed by the
 * connector's `streamSettings`.
 *
 * @throws InvalidConnector when a stream contradicts itself
 */
export function streamsOf(
  connector: Connector,
  source: { settings: JsonObject; streams: { [name: string]: JsonObject } },
): { readonly [name: string]: Stream } {
  if (typeof connector.streams !== 'function') return connector.streams
  const { streamSettings } = connector
  const settings = streamSettings
    ? Object.fromEntries(
        Object.entries(source.streams).map(([name, stream]) => {
          const parsed = streamSettings.safeParse(stream)
          if (parsed.success) return [name, parsed.data as JsonObject]
          throw new InvalidConnector(parsed.error.issues.map((issue) => `stream '${name}', ${issue.path.join('.')}: ${issue.message}`))
        }),
      )
    : source.streams
  const streams = connector.streams({ settings: source.settings, streams: settings })
  const faults = streamFaults(streams, connector)
  if (faults.length > 0) throw new InvalidConnector(faults.map((fault) => fault.message))
  return streams
}

/** The nearest folder upwards with a package.json: the checkout, also for what was compiled into its `dist`. */
async function packageRoot(folder: string): Promise<string> {
  if (await exists(join(folder, 'package.json'))) return folder
  const parent = dirname(folder)
  if (parent === folder) throw new Error('there is no package.json above the connectors; the installation is not whole')
  return packageRoot(parent)
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** YAML stays in the sources when TypeScript is compiled, so that each form has a folder of its own. */
async function shipped(root: string, here: string): Promise<[string, Loader][]> {
  const compiled = here.endsWith('.js') ? '.js' : '.ts'
  const code = join(root, here.endsWith('.js') ? 'dist' : '', 'connectors')
  const data = join(root, 'connectors')
  const result: [string, Loader][] = []
  for (const name of await foldersIn(data)) {
    const yaml = join(data, name, 'connector.yaml')
    if (await exists(yaml))
      result.push([name, async () => parseConnector(await readFile(yaml, 'utf8'), `connectors/${name}/connector.yaml`)])
  }
  for (const name of await foldersIn(code)) {
    const file = join(code, name, `connector${compiled}`)
    if (await exists(file)) result.push([name, () => load(file, name)])
  }
  return result
}

async function foldersIn(folder: string): Promise<string[]> {
  if (!(await exists(folder))) return []
  return (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name)
}

async function load(file: string, name: string): Promise<Connector> {
  const module = (await import(pathToFileURL(file).href)) as { default?: Connector }
  const connector = module.default
  if (typeof connector !== 'object' || !('streams' in connector)) {
    throw new InvalidConnector([
      `connectors/${name}/connector.ts: its default export is not a connector. Export connector({ … }) as default.`,
    ])
  }
  const faults = faultsOf(connector)
  if (faults.length > 0) throw new InvalidConnector(faults.map((fault) => `connectors/${name}/connector.ts: ${fault.message}.`))
  return connector
}

function* ofProject(
  files: { readonly [path: string]: string },
  cache: string | undefined,
  root: string,
): Generator<[string, Loader], void, undefined> {
  for (const [path, text] of Object.entries(files)) {
    const [, name, form] = /^connectors\/([^/]+)\/connector\.(yaml|ts)$/.exec(path) ?? []
    if (name === undefined) continue
    if (form === 'yaml') yield [name, async () => parseConnector(text, path)]
    else yield [name, async () => load(join(await compiled(files, cache, root), 'connectors', name, 'connector.js'), name)]
  }
}

/**
 * Compiles the TypeScript of a project's connectors into a folder of the cache, named by its content: a worker that runs two versions of a
 * project keeps them apart, since Node.js never loads a module anew. Types are left out, not checked; `gemaal check` does that.
 *
 * There, `@gemaal/gemaal/connector` and `zod` are those of the product.
 */
async function compiled(files: { readonly [path: string]: string }, cache: string | undefined, root: string): Promise<string> {
  if (cache === undefined)
    throw new InvalidConnector(['a connector in TypeScript needs a folder for what it is compiled to, and none is given.'])
  const sources = Object.entries(files).filter(([path]) => /^connectors\/.*\.ts$/.test(path))
  const digest = createHash('sha256')
    .update(JSON.stringify([sources.sort(), root]))
    .digest('hex')
    .slice(0, 32)
  const folder = join(cache, digest)
  if (await exists(folder)) return folder

  const { transform } = await import('@swc/core')
  // Made beside its place and moved there at once: another may compile the same at this moment.
  const draft = `${folder}.${randomUUID()}`
  for (const [path, text] of sources) {
    const file = join(draft, path.replace(/\.ts$/, '.js'))
    await mkdir(dirname(file), { recursive: true })
    const { code } = await transform(text, {
      filename: path,
      swcrc: false,
      configFile: false,
      sourceMaps: 'inline',
      module: { type: 'es6' },
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    }).catch((error: Error) => {
      throw new InvalidConnector([`${path}: it is not TypeScript that can be compiled. ${error.message.split('\n')[0]}`])
    })
    await writeFile(file, code)
  }
  await mkdir(join(draft, 'node_modules', '@gemaal'), { recursive: true })
  await writeFile(join(draft, 'package.json'), JSON.stringify({ type: 'module' }))
  await symlink(root, join(draft, 'node_modules', '@gemaal', 'gemaal'), 'junction')
  await symlink(join(await modulesOf(root), 'zod'), join(draft, 'node_modules', 'zod'), 'junction')
  await rename(draft, folder).catch(async (error: unknown) => {
    await rm(draft, { recursive: true, force: true })
    if (!(await exists(folder))) throw error
  })
  return folder
}

/** Where the packages of the product are: in it, or beside it when it is installed in a project. */
async function modulesOf(folder: string): Promise<string> {
  if (await exists(join(folder, 'node_modules', 'zod'))) return join(folder, 'node_modules')
  const parent = dirname(folder)
  if (parent === folder) throw new Error('the package zod is not installed; run npm ci')
  return modulesOf(parent)
}
