/**
 * The arrows between the folders, and what each may know. What is allowed stands in the tables below; an exception stands there with its
 * reason.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Import {
  /** File of the repository, or the name of a package. */
  to: string
  ours: boolean
  /** Erased when it is compiled: nothing of it is there at run time. */
  typesOnly: boolean
}

interface Source {
  /** Path from the root, with forward slashes. */
  path: string
  folder: string
  text: string
  lines: number
  imports: readonly Import[]
}

const folders = ['config', 'connectors', 'workflows', 'worker', 'sql', 'cli', 'console', 'test', 'bench', 'docs'] as const
type Folder = (typeof folders)[number]

const sources: readonly Source[] = folders.flatMap((folder) => filesUnder(folder).map(sourceOf))
const product = sources.filter(({ folder }) => !['test', 'bench', 'docs'].includes(folder))
const byPath = new Map(sources.map((source) => [source.path, source]))

function filesUnder(folder: string): string[] {
  try {
    return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|mts|mjs|js)$/.test(entry.name))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
      .sort()
  } catch {
    return [] // a folder that is still to come
  }
}

function sourceOf(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8')
  return { path, folder: path.split('/', 1)[0]!, text, lines: text.split('\n').length - 1, imports: importsOf(path, text) }
}

/** Statements as Biome writes them; examples in comments and texts begin no line with a bare `import`. */
function importsOf(path: string, text: string): Import[] {
  const found: Import[] = []
  const add = (from: string, typesOnly: boolean) => {
    const ours = from.startsWith('.')
    const to = ours ? withSource(posix.join(posix.dirname(path), from)) : from.split('/', from.startsWith('@') ? 2 : 1).join('/')
    found.push({ to, ours, typesOnly })
  }
  for (const [, clause, from] of text.matchAll(
    /^(?:import|export) ((?:type )?(?:[\w$]+(?:, )?)?(?:\{[^}]*\}|\* as [\w$]+|\*)?) ?from '([^']+)'/gm,
  ))
    add(from!, isTypesOnly(clause!))
  for (const [, from] of text.matchAll(/^import '([^']+)'/gm)) add(from!, false)
  for (const [, before, from] of text.matchAll(/(typeof )?\bimport\('([^']+)'\)/g)) add(from!, before !== undefined)
  return found
}

function isTypesOnly(clause: string): boolean {
  if (clause.startsWith('type ')) return true
  const names = /^\{([^}]*)\}$/.exec(clause.trim())?.[1]?.split(',') ?? []
  return names.length > 0 && names.every((name) => name.trim() === '' || name.trim().startsWith('type '))
}

/** `./a.js` stands for `./a.ts` where there is one. */
function withSource(path: string): string {
  const typed = path.replace(/\.js$/, '.ts').replace(/\.mjs$/, '.mts')
  try {
    readFileSync(join(root, typed))
    return typed
  } catch {
    return path
  }
}

function importsBetween(from: Folder): (Import & { path: string })[] {
  return sources.filter(({ folder }) => folder === from).flatMap(({ path, imports }) => imports.map((i) => ({ ...i, path })))
}

const shown = (i: Import & { path: string }) => `${i.path} → ${i.to}`
const folderOf = (path: string) => path.split('/', 1)[0] as Folder

/** What a folder may take from another: types only, or everything. What is not named here it may not take at all. */
const arrows: { readonly [from in Exclude<Folder, 'test' | 'bench' | 'docs'>]: { readonly [to in Folder]?: 'types' | 'all' } } = {
  config: { config: 'all', connectors: 'types', sql: 'types' },
  connectors: { connectors: 'all', config: 'types', sql: 'types' },
  sql: { sql: 'all', config: 'types', connectors: 'types' },
  workflows: { workflows: 'all', config: 'types', connectors: 'types', sql: 'types', worker: 'types' },
  // Workflows are started by name: their code runs in Temporal's sandbox, not in the process that asks for them.
  worker: { worker: 'all', config: 'all', connectors: 'all', sql: 'all', workflows: 'types' },
  // The verbs of data engineers (`check`, `discover`, `try`) are about connectors and need no worker.
  cli: { cli: 'all', worker: 'all', config: 'all', sql: 'all', connectors: 'all', workflows: 'types' },
  console: { console: 'all', worker: 'all', config: 'all', sql: 'all', workflows: 'types' },
}

test.for(Object.keys(arrows) as (keyof typeof arrows)[])('%s takes from the other folders what it may, and no more', (from) => {
  const wrong = importsBetween(from).filter(({ to, ours, typesOnly }) => {
    if (!ours || to === 'package.json') return false
    const allowed = arrows[from][folderOf(to)]
    return allowed === undefined || (allowed === 'types' && !typesOnly)
  })
  expect(wrong.map(shown)).toEqual([])
})

test('the folders are there and import each other, so that the rules above have something to judge', () => {
  for (const [from, to] of [
    ['config', 'config'],
    ['connectors', 'config'],
    ['sql', 'config'],
    ['worker', 'sql'],
    ['cli', 'worker'],
  ] as const)
    expect(importsBetween(from).some((i) => i.ours && folderOf(i.to) === to)).toBe(true)
  expect(product.length).toBeGreaterThan(150)
})

const isNode = (name: string) => name.startsWith('node:')
const isTemporal = (name: string) => name.startsWith('@temporalio/')
const speaksSql = (name: string) => ['pg', 'kysely', 'pg-copy-streams'].includes(name)

/** Packages whose presence at run time says that a folder knows more than it should. */
const strangers: { readonly [folder in Folder]?: (name: string) => boolean } = {
  config: (name) => isTemporal(name) || speaksSql(name) || name === 'axios',
  connectors: (name) => isTemporal(name) || (speaksSql(name) && name !== 'pg'), // a source can be a Postgres: see `ownQuestions`
  sql: (name) => isTemporal(name) || name === 'axios',
  workflows: (name) => isNode(name) || !['@temporalio/workflow', '@temporalio/common'].includes(name),
  worker: speaksSql,
}

test.for(Object.keys(strangers) as Folder[])('%s uses no package that is not its business', (folder) => {
  const wrong = importsBetween(folder).filter(({ to, ours, typesOnly }) => !ours && !typesOnly && strangers[folder]!(to))
  expect(wrong.map(shown)).toEqual([])
})

/** Files outside sql/ that speak with Postgres themselves. */
const ownQuestions: { readonly [path: string]: string } = {
  'cli/embedded/postgres.ts': 'asks a server that it found for its version, before there is a warehouse',
  'cli/embedded/postgres-embedded.ts':
    'asks the server that it started whether it answers, and makes the database that a warehouse goes in',
  'connectors/sql-client-mysql.ts': 'sets up the session in which a source is read that is a MariaDB or MySQL',
  'connectors/sql-client-postgres.ts': 'reads a source that is a Postgres; the warehouse it never sees',
  'cli/demo.ts': 'shows what an analyst sees: a connection of an analyst, with the query that she would type',
}

test('nothing outside sql/ speaks SQL', () => {
  const query =
    /\.(selectFrom|insertInto|updateTable|deleteFrom|mergeInto|executeQuery)\(|(?<![.`\w-])sql`|\b(client|pool|connection)\.query\(/
  const speaking = product.filter(
    ({ folder, text, imports }) => folder !== 'sql' && (query.test(text) || imports.some(({ to, ours }) => !ours && speaksSql(to))),
  )
  expect(speaking.map(({ path }) => path).sort()).toEqual(Object.keys(ownQuestions).sort())
})

/** Files beside config/settings.ts that look at the environment of their process. */
const ownEnvironment: { readonly [path: string]: string } = {
  'cli/embedded/bootstrap.mjs': 'runs before anything is installed or built, so that it can import nothing of ours',
}

test('config/settings.ts alone reads the environment of the process', () => {
  const reading = product.filter(
    ({ path, text }) => path !== 'config/settings.ts' && /\bprocess\s*\.\s*env\b|\bprocess\['env'\]/.test(text),
  )
  expect(reading.map(({ path }) => path)).toEqual(Object.keys(ownEnvironment))
})

test('no file leads back to itself through what it imports, types aside', () => {
  expect(cycles()).toEqual([])
})

/** Loops of imports, each told once by the file that closes it. */
function cycles(): string[] {
  const found: string[] = []
  const state = new Map<string, 'open' | 'done'>()
  const visit = (source: Source, trail: readonly string[]) => {
    state.set(source.path, 'open')
    for (const i of source.imports) {
      const next = i.ours && !i.typesOnly ? byPath.get(i.to) : undefined
      if (!next) continue
      if (state.get(next.path) === 'open') found.push([...trail.slice(trail.indexOf(next.path)), next.path].join(' → '))
      else if (!state.has(next.path)) visit(next, [...trail, next.path])
    }
    state.set(source.path, 'done')
  }
  for (const source of sources) if (!state.has(source.path)) visit(source, [source.path])
  return found
}

test('no product file imports a test', () => {
  const wrong = product.flatMap(({ path, imports }) =>
    imports.filter((i) => i.ours && folderOf(i.to) === 'test').map((i) => shown({ ...i, path })),
  )
  expect(wrong).toEqual([])
})

// Put together from halves, so that this file does not find itself.
const leftovers = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|')})\\b`)
const setAside =
  /\b(test|it|describe|suite|bench)(\.\w+)*\.(skip|only|todo|fails|skipIf|runIf)\b|\b(xit|xtest|xdescribe|fit|fdescribe)\(|\b(ctx|context|task)\.skip\(/

test('nothing is left to be done later, and no test is set aside', () => {
  const found = sources.flatMap(({ path, text }) =>
    text
      .split('\n')
      .map((line, at) => ({ line, place: `${path}:${at + 1}` }))
      .filter(({ line }) => leftovers.test(line) || (path.endsWith('.test.ts') && setAside.test(line)))
      .map(({ place }) => place),
  )
  expect(found).toEqual([])
})

test('no check of types or style is switched off', () => {
  // The layout of a table is no check.
  const off = /@ts-(ignore|nocheck|expect-error)|biome-ignore(?! format:)|eslint-disable/
  const found = sources
    .filter(({ path }) => path !== 'test/architecture.test.ts' && path !== 'test/connectors/types.test.ts')
    .flatMap(({ path, text }) => text.split('\n').flatMap((line, at) => (off.test(line) ? [`${path}:${at + 1} ${line.trim()}`] : [])))
  expect(found).toEqual([])
})

// About 400, with room for a change that is under way.
const longestFile = 420
/** Longer files, and why they are one. */
const longer: { readonly [path: string]: string } = {
  'sql/database.ts': 'the types of all control tables stand together, as the tables do in the migration',
}

test(`a file is one job: ${longestFile} lines are enough for it`, () => {
  const long = sources.filter(({ path, lines }) => lines > longestFile && !(path in longer))
  expect(long.map(({ path, lines }) => `${path}: ${lines}`)).toEqual([])
})

test('files are named in kebab-case', () => {
  const wrong = sources.filter(
    ({ path }) => !/^([a-z0-9]+(-[a-z0-9]+)*\/)+[a-z0-9]+(-[a-z0-9]+)*(\.test|\.d|\.config)?\.(ts|mts|mjs|js)$/.test(path),
  )
  expect(wrong.map(({ path }) => path)).toEqual([])
})
