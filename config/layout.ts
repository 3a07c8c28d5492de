/** Which file of a project is what, by its path. */
import { type ConfigProblem, nearestWord, oneOf, problem } from './problem.js'
import { kebabCase, longestDatasetName } from './words.js'

export type FileRole =
  | { form: 'gemaal' }
  /** Laid over `gemaal.yaml` for the environment `test`. */
  | { form: 'overlay' }
  | { form: 'activities' }
  | { form: 'source'; name: string }
  | { form: 'dataset'; schema: string; table: string }
  | { form: 'mart'; schema: string; view: string }
  | { form: 'rules'; name: string }
  /** A file of a connector of the project's own; `connectors/load.ts` reads it. */
  | { form: 'connector' }

/** Laid over `gemaal.yaml` by `--env test`. */
export const overlayFile = 'gemaal.test.yaml'
export const rootFiles = ['gemaal.yaml', overlayFile, 'activities.yaml'] as const
export const rootFolders = ['sources', 'datasets', 'marts', 'rules', 'connectors'] as const

/** Schemas that are ours or the server's: no dataset or mart can stand in one. */
const reservedSchemas = ['gemaal', 'staging', 'meta', 'public', 'information_schema']

// Their variables would be those of a setting: GEMAAL_KEY_<DOMAIN>, GEMAAL_WEBHOOK_SECRET.
const reservedSources = /^(key|webhook)(-|$)/

const snake = /^[a-z][a-z0-9_]*$/

/**
 * Files and folders that may stand in a project and are no part of it: hidden ones, `docs/` and `node_modules/`, any `*.md`, `LICENSE…`, `CODEOWNERS`,
 * the recordings that a connector is tested by, and `package.json`, `package-lock.json`, `tsconfig.json` for the editor of who writes a connector.
 */
export function isBeside(path: string): boolean {
  const steps = path.split('/')
  const name = steps.at(-1)!
  if (steps.some((step) => step.startsWith('.')) || steps[0] === 'docs' || steps[0] === 'node_modules') return true
  if (steps[0] === 'connectors' && steps[2] === 'recordings') return true
  if (/\.md$/i.test(name)) return true
  return steps.length === 1 && /^(LICEN[CS]E.*|CODEOWNERS|package(-lock)?\.json|tsconfig\.json)$/.test(name)
}

/** What a file is; a problem when it is nothing that a project has, or its name cannot be used. */
export function roleOf(path: string): FileRole | ConfigProblem {
  const steps = path.split('/')
  const folder = steps.length === 1 ? undefined : steps[0]!
  switch (folder) {
    case undefined:
      return rootRole(path)
    case 'sources':
      return steps.length === 2 ? sourceRole(path, steps[1]!) : misplaced(path, 'sources/<source>.yaml')
    case 'rules':
      return steps.length === 2 ? packRole(path, steps[1]!) : misplaced(path, 'rules/<pack>.yaml')
    case 'datasets':
      return steps.length === 3 ? datasetRole(path, steps[1]!, steps[2]!) : misplaced(path, 'datasets/<schema>/<dataset>.yaml')
    case 'marts':
      return steps.length === 3 ? martRole(path, steps[1]!, steps[2]!) : misplaced(path, 'marts/<schema>/<mart>.sql')
    case 'connectors':
      return connectorRole(path, steps)
    default:
      return unknownFolder(folder)
  }
}

export function unknownFolder(folder: string): ConfigProblem {
  const expected = oneOf(rootFolders.map((name) => `${name}/`))
  return problem(top(folder), `unknown folder '${folder}/'`, { found: folder, expected, nearest: nearestWord(folder, rootFolders) })
}

function rootRole(path: string): FileRole | ConfigProblem {
  if (path === 'gemaal.yaml') return { form: 'gemaal' }
  if (path === overlayFile) return { form: 'overlay' }
  if (path === 'activities.yaml') return { form: 'activities' }
  const nearest = nearestWord(path, rootFiles)
  return problem(top(path), `unknown file '${path}'`, {
    found: path,
    expected: `${oneOf([...rootFiles])}, or one of the folders ${rootFolders.join(', ')}`,
    nearest,
  })
}

function sourceRole(path: string, file: string): FileRole | ConfigProblem {
  const name = stem(path, file, '.yaml')
  if (typeof name !== 'string') return name
  if (!kebabCase.test(name))
    return badName(path, name, 'a source', 'kebab-case, such as open-zaak', name.toLowerCase().replaceAll('_', '-'), kebabCase)
  if (reservedSources.test(name))
    return problem(
      top(path),
      `a source cannot be called '${name}', because its variables would be those of a setting (GEMAAL_${name.toUpperCase()}_…)`,
    )
  return { form: 'source', name }
}

function packRole(path: string, file: string): FileRole | ConfigProblem {
  const name = stem(path, file, '.yaml')
  if (typeof name !== 'string') return name
  if (!kebabCase.test(name))
    return badName(path, name, 'a rule pack', 'kebab-case, such as zgw-zaken', name.toLowerCase().replaceAll('_', '-'), kebabCase)
  if (name === 'own' || name === 'shape')
    return problem(
      top(path),
      `a rule pack cannot be called '${name}', which stands for ${name === 'own' ? "a contract's own rules" : 'findings on types'}`,
    )
  return { form: 'rules', name }
}

function datasetRole(path: string, schema: string, file: string): FileRole | ConfigProblem {
  const table = stem(path, file, '.yaml')
  if (typeof table !== 'string') return table
  return (
    badSchema(path, schema) ??
    badTable(path, table, 'a dataset', longestDatasetName, ', since Postgres takes 63 bytes and _deleted and _history are added') ?? {
      form: 'dataset',
      schema,
      table,
    }
  )
}

function martRole(path: string, schema: string, file: string): FileRole | ConfigProblem {
  const view = stem(path, file, '.sql')
  if (typeof view !== 'string') return view
  return badSchema(path, schema) ?? badTable(path, view, 'a mart', 63, '') ?? { form: 'mart', schema, view }
}

function connectorRole(path: string, steps: string[]): FileRole | ConfigProblem {
  if (steps.length < 3) return misplaced(path, 'connectors/<connector>/connector.yaml or connector.ts')
  if (!kebabCase.test(steps[1]!))
    return badName(path, steps[1]!, 'a connector', 'kebab-case', steps[1]!.toLowerCase().replaceAll('_', '-'), kebabCase)
  if (!/\.(yaml|json|[cm]?[jt]s)$/.test(path))
    return problem(top(path), `unknown file '${path}'`, { expected: 'a connector in .yaml or .ts' })
  return { form: 'connector' }
}

function badSchema(path: string, schema: string): ConfigProblem | undefined {
  if (reservedSchemas.includes(schema) || schema.startsWith('pg_')) {
    return problem(top(path), `the schema '${schema}' is reserved`, { found: schema, expected: 'another folder' })
  }
  return badTable(path, schema, 'a schema', 63, '')
}

function badTable(path: string, name: string, what: string, longest: number, why: string): ConfigProblem | undefined {
  if (!snake.test(name)) return badName(path, name, what, 'snake_case, such as open_zaken', name.toLowerCase().replaceAll('-', '_'), snake)
  if (name.length > longest)
    return problem(top(path), `the name of ${what} is at most ${longest} letters${why}; this one has ${name.length}`)
  return undefined
}

function badName(path: string, name: string, what: string, form: string, better: string, right: RegExp): ConfigProblem {
  return problem(top(path), `'${name}' cannot be the name of ${what}`, {
    found: name,
    expected: form,
    nearest: right.test(better) ? better : undefined,
  })
}

function misplaced(path: string, expected: string): ConfigProblem {
  return problem(top(path), 'this file does not belong here', { found: path, expected })
}

/** The name without its ending. */
function stem(path: string, file: string, ending: '.yaml' | '.sql'): string | ConfigProblem {
  if (file.endsWith(ending)) return file.slice(0, -ending.length)
  const better = `${path.replace(/\.[^./]*$/, '')}${ending}`
  return problem(top(path), `this file is not read, because its name does not end with ${ending}`, { found: file, nearest: better })
}

const top = (file: string) => ({ file, line: 1, column: 1 })
