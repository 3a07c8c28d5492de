import { z } from 'zod'
import { type ConfigProblem, nearestWord, oneOf, problem } from './problem.js'
import type { Project } from './project.js'
import type { Path, Written, WrittenMap, YamlFile } from './yaml.js'

/** A value read by its form, or all that is wrong with it. */
export type FormReading<T> = { value: T; problems: [] } | { value: undefined; problems: ConfigProblem[] }

export interface FormOptions {
  /** Where in the file the value stands. */
  path?: Path
  /** Whether what stands at a path (within the value) can be secret, so that no message shows it. */
  hides?(path: Path): boolean
  /** A key beside those of the form is taken when it does not look like one of them. For forms with settings of a connector's own. */
  openKeys?: boolean
  /** The value itself, when it is not what stands at `path`: parts that were resolved or laid over. */
  value?: unknown
}

/**
 * Reads a written value by its form, which is an ordinary zod schema: where the form wants a number, a boolean or text, text as written is
 * taken as such. `0363` is no number, nor is `12E4`; `1.50` is.
 *
 * In a form, the `error` of a type is the phrase that follows "expected"; the message of a custom issue is a whole sentence.
 */
export function readForm<T extends z.ZodType>(form: T, yaml: YamlFile, options: FormOptions = {}): FormReading<z.output<T>> {
  const path = options.path ?? []
  const written = 'value' in options ? options.value : valueAt(yaml.value, path)
  const schema = jsonSchema(form)
  const result = form.safeParse(typed(written, [schema], schema), { error: (issue) => expectation(issue) })
  const scope: Scope = { yaml, path, written, schema, hides: options.hides ?? (() => false) }
  const faults = [...(options.openKeys ? slips(scope) : []), ...(result.error?.issues ?? []).flatMap((issue) => faultsOf(issue, [], scope))]
  if (result.success && faults.length === 0) return { value: result.data, problems: [] }
  return { value: undefined, problems: withoutConsequences(faults) }
}

/**
 * Reads settings of a connector's own (`SourceFile.settings`, or an entry of `SourceFile.streams`) by the form that the connector gives. Text is
 * taken for what the form wants, as in `readForm`; of a union that takes text, text stays text. Messages show no values: after `resolveInside`
 * any of them can be secret.
 *
 * @param part where the settings stand: `path` is `[]` for those of the source, `['streams', name]` for those of a stream
 */
export function readSettings<T extends z.ZodType>(
  form: T,
  settings: unknown,
  project: Pick<Project, 'at'>,
  part: { file: string; path: Path },
): FormReading<z.output<T>> {
  const at = (path: Path = []) => project.at(part.file, path)
  const yaml: YamlFile = { file: part.file, value: null, at, keyAt: at, has: () => true }
  return readForm(form, yaml, { path: part.path, value: settings, hides: () => true })
}

/** What stands at a path; undefined when nothing does. */
export function valueAt(value: unknown, path: Path): unknown {
  let here = value
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined
    here = (here as WrittenMap)[step]
  }
  return here
}

export function isMap(value: unknown): value is WrittenMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// ------------------------------------------------------------------------------------------------------------ text → what the form wants

interface Schema {
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  properties?: { [key: string]: Schema }
  additionalProperties?: Schema | boolean
  items?: Schema | boolean
  prefixItems?: Schema[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  propertyNames?: Schema
  $ref?: string
  $defs?: { [name: string]: Schema }
}

const schemas = new WeakMap<z.ZodType, Schema>()

function jsonSchema(form: z.ZodType): Schema {
  let schema = schemas.get(form)
  if (!schema) {
    schema = z.toJSONSchema(form, { io: 'input', unrepresentable: 'any' }) as Schema
    schemas.set(form, schema)
  }
  return schema
}

function alternatives(schema: Schema, root: Schema): Schema[] {
  if (schema.$ref !== undefined) {
    const target = schema.$ref === '#' ? root : root.$defs?.[schema.$ref.replace('#/$defs/', '')]
    return target ? alternatives(target, root) : []
  }
  const parts = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]
  return [schema, ...parts.flatMap((part) => alternatives(part, root))]
}

function typed(value: unknown, candidates: readonly Schema[], root: Schema): unknown {
  const forms = candidates.flatMap((candidate) => alternatives(candidate, root))
  if (typeof value === 'string') return typedText(value, forms)
  if (Array.isArray(value)) {
    return value.map((item, index) => {
      const inside = forms.flatMap(({ items, prefixItems }) => prefixItems?.[index] ?? (typeof items === 'object' ? items : []))
      return typed(item, inside, root)
    })
  }
  if (!isMap(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, typed(item, inside(forms, key), root)]))
}

function typedText(text: string, forms: readonly Schema[]): unknown {
  const types = new Set(forms.flatMap(({ type }) => type ?? []))
  if (types.has('string')) return text
  if ((types.has('number') || types.has('integer')) && /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text)) return Number(text)
  if (types.has('boolean') && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

function inside(forms: readonly Schema[], key: string): Schema[] {
  return forms.flatMap(({ properties, additionalProperties }) => {
    if (properties && Object.hasOwn(properties, key)) return properties[key]!
    return typeof additionalProperties === 'object' ? additionalProperties : []
  })
}

/** What the form says of a path. */
function formsAt(scope: Scope, path: Path): Schema[] {
  let forms = alternatives(scope.schema, scope.schema)
  for (const step of path) {
    const next = typeof step === 'number' ? forms.flatMap(({ items }) => (typeof items === 'object' ? items : [])) : inside(forms, step)
    forms = next.flatMap((schema) => alternatives(schema, scope.schema))
  }
  return forms
}

/** The keys that the form knows at a path. */
function keysAt(scope: Scope, path: Path): string[] {
  const keys = formsAt(scope, path).flatMap(({ properties, propertyNames }) => [
    ...Object.keys(properties ?? {}),
    ...(propertyNames?.enum ?? []),
  ])
  return [...new Set(keys.map(String))]
}

/** The words that the form knows at a path. */
function wordsAt(scope: Scope, path: Path): string[] {
  return formsAt(scope, path).flatMap((form) => (form.enum ?? []).filter((word) => typeof word === 'string'))
}

// -------------------------------------------------------------------------------------------------------------- issues → problems

interface Scope {
  yaml: YamlFile
  path: Path
  written: unknown
  schema: Schema
  hides(path: Path): boolean
}

/** The issues of zod 4 with what is read of them. */
interface Issue {
  code?: string | undefined
  path?: readonly PropertyKey[] | undefined
  message?: string | undefined
  expected?: string | undefined
  values?: readonly unknown[] | undefined
  keys?: readonly string[] | undefined
  issues?: readonly Issue[] | undefined
  errors?: readonly (readonly Issue[])[] | undefined
  format?: string | undefined
  minimum?: unknown
  maximum?: unknown
  origin?: string | undefined
  params?: { [name: string]: unknown } | undefined
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected ?? ''] ?? `${issue.expected}`
    case 'invalid_value':
      return oneOf((issue.values ?? []).map(String))
    case 'too_small':
      return issue.origin === 'string'
        ? 'a text that is not empty'
        : issue.origin === 'array'
          ? `at least ${issue.minimum} of them`
          : `${issue.minimum} or more`
    case 'too_big':
      return issue.origin === 'array' ? `at most ${issue.maximum} of them` : `${issue.maximum} or less`
    case 'invalid_format':
      return formatNames[issue.format ?? ''] ?? 'a text of another form'
    case 'not_multiple_of':
      return 'a whole number'
    default:
      return 'something else'
  }
}

const typeNames: { readonly [type: string]: string } = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
  null: 'null',
}

const formatNames: { readonly [format: string]: string } = {
  date: 'a day such as 2026-12-31',
  datetime: 'a moment such as 2026-12-31T23:59:00Z',
  email: 'an e-mail address',
  url: 'an address such as https://api.example.nl/v1',
  uuid: 'a UUID',
}

/** A problem, with what is needed to tell which others follow from it. */
interface Fault {
  problem: ConfigProblem
  /** Path of the map in which a key is unknown, missing or against another one. */
  map: string
  is: 'unknown' | 'missing' | 'sentence' | 'value'
  key?: string
}

const pathText = (path: Path) => JSON.stringify(path)

/** A misspelt key is missing under its right name too, and what its map says as a whole cannot be judged: that is said once. */
function withoutConsequences(faults: readonly Fault[]): ConfigProblem[] {
  const misspelt = new Map(
    faults
      .filter(({ is, problem }) => is === 'unknown' && problem.nearest)
      .map((fault) => [`${fault.map}${fault.problem.nearest}`, fault.map]),
  )
  const maps = new Set(misspelt.values())
  return faults
    .filter(({ is, map, key }) => !(is === 'missing' && misspelt.has(`${map}${key}`)) && !(is === 'sentence' && maps.has(map)))
    .map(({ problem }) => problem)
}

/** Keys beside those of the form that look like one of them. */
function slips(scope: Scope): Fault[] {
  const known = keysAt(scope, [])
  const keys = isMap(scope.written) ? Object.keys(scope.written) : []
  return keys.filter((key) => !known.includes(key) && nearestWord(key, known)).map((key) => unknownKey(key, [], scope))
}

function faultsOf(issue: Issue, base: Path, scope: Scope): Fault[] {
  const path = [...base, ...(issue.path ?? []).map((step) => (typeof step === 'symbol' ? String(step) : step))]
  const whole = [...scope.path, ...path]
  switch (issue.code) {
    case 'unrecognized_keys':
      return (issue.keys ?? []).map((key) => unknownKey(key, path, scope))
    case 'invalid_union': {
      const branch = likeliest(issue.errors ?? [])
      if (branch) return branch.flatMap((inner) => faultsOf(inner, path, scope))
      break
    }
    case 'invalid_key':
      return [wrongKey(issue, path, scope)]
    case 'custom': {
      const at = problem(scope.yaml.at(whole), issue.message ?? '')
      // A sentence is about a map as a whole, or about one of its keys.
      const map = isMap(valueAt(scope.written, path)) ? path : path.slice(0, -1)
      return [{ problem: { ...at, ...partsOf(issue.params) }, map: pathText(map), is: 'sentence' }]
    }
  }
  return [wrongValue(issue, path, scope)]
}

function partsOf(params: Issue['params']): { found?: string; expected?: string; nearest?: string } {
  const text = (name: string) => (typeof params?.[name] === 'string' ? { [name]: params[name] } : {})
  return { ...text('found'), ...text('expected'), ...text('nearest') }
}

function unknownKey(key: string, path: Path, scope: Scope): Fault {
  const place = scope.yaml.keyAt([...scope.path, ...path, key])
  const keys = keysAt(scope, path)
  const nearest = nearestWord(key, keys)
  const fault = { map: pathText(path), is: 'unknown', key } as const
  // What looks like a known key is a slip; anything else can be a secret that was pasted here.
  if (nearest === undefined && scope.hides([...path, key])) {
    return { ...fault, problem: problem(place, 'unknown key (it is not shown)', { expected: oneOf(keys) }) }
  }
  return { ...fault, problem: problem(place, `unknown key '${key}'`, { found: key, expected: oneOf(keys), nearest }) }
}

function wrongKey(issue: Issue, path: Path, scope: Scope): Fault {
  const place = scope.yaml.keyAt([...scope.path, ...path])
  const key = String(path.at(-1))
  const fault = { map: pathText(path.slice(0, -1)), is: 'value' } as const
  const names = keysAt(scope, path.slice(0, -1))
  const expected = names.length > 0 ? oneOf(names) : (issue.issues?.[0]?.message ?? 'another name')
  if (scope.hides(path))
    return { ...fault, problem: problem(place, 'this key is not a name that can stand here (it is not shown)', { expected }) }
  return { ...fault, problem: problem(place, `key '${key}'`, { found: key, expected, nearest: nearestWord(key, names) }) }
}

function wrongValue(issue: Issue, path: Path, scope: Scope): Fault {
  const value = valueAt(scope.written, path)
  const whole = [...scope.path, ...path]
  const expected = issue.message ?? expectation(issue)
  const key = String(path.at(-1))
  const map = pathText(path.slice(0, -1))
  if (value === undefined && path.length > 0) {
    const where = namesItself(path.slice(0, -1), scope) ? within(whole) : ''
    return { problem: problem(scope.yaml.keyAt(whole), `missing key '${key}'${where}`, { expected }), map, is: 'missing', key }
  }
  const place = scope.yaml.at(whole)
  if (scope.hides(path)) {
    const what = namesItself(path, scope) ? `${label(whole)} (its value is not shown)` : 'this value (it is not shown)'
    return { problem: problem(place, what, { expected }), map, is: 'value' }
  }
  const found = shown(value)
  const nearest = typeof value === 'string' ? nearestWord(value, wordsAt(scope, path)) : undefined
  return { problem: problem(place, `${label(whole)}: found ${found}`, { found, expected, nearest }), map, is: 'value' }
}

/** Whether the last key of a path can be shown: among what is hidden a key can be part of a secret too, unless the form knows it. */
function namesItself(path: Path, scope: Scope): boolean {
  const key = path.findLast((step) => typeof step === 'string')
  return key === undefined || !scope.hides(path) || keysAt(scope, path.slice(0, path.lastIndexOf(key))).includes(key)
}

/** Of a union, the branch whose outer form fits what was written; undefined when none does, and the union speaks for itself. */
function likeliest(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const outside = (issue: Issue) => (issue.path ?? []).length === 0 && issue.code !== 'unrecognized_keys' && issue.code !== 'custom'
  return branches.filter((branch) => !branch.some(outside)).sort((a, b) => a.length - b.length)[0]
}

function label(path: Path): string {
  const last = path.at(-1)
  if (last === undefined) return 'the file'
  if (typeof last === 'string') return `'${last}'`
  const list = path.at(-2)
  return `item ${last + 1}${list === undefined ? '' : ` of '${list}'`}`
}

function within(path: Path): string {
  const parent = path.at(-2)
  return parent === undefined ? '' : typeof parent === 'string' ? ` in '${parent}'` : ` in item ${parent + 1}`
}

/** What was found, short enough for a message. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  const text = String(value as Written)
  return `'${text.length > 60 ? `${text.slice(0, 57)}…` : text}'`
}
