import { closest, distance } from 'fastest-levenshtein'
import { type Document, isMap, isPair, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml'
import { z } from 'zod'
import { faultsOf } from './check.js'
import type { Connector } from './connector.js'
import { InvalidConnector } from './errors.js'
import { type ConnectorForm, connectorForm } from './form.js'

/**
 * A connector from the text of a `connector.yaml`.
 *
 * Scalars keep their text, so that `0363` stays a code; the form says which are numbers. Only in the `body` of a stream, which is JSON for
 * the source, a plain number, `true`, `false` and `null` are what they are there. Aliases and tags are not taken.
 *
 * @param file path of the file, for messages
 * @throws InvalidConnector with every fault of the file, each as `file:line:column  what`
 */
export function parseConnector(text: string, file: string): Connector {
  const lines = new LineCounter()
  const document = parseDocument(text, { schema: 'failsafe', lineCounter: lines, uniqueKeys: true, strict: true })
  const at = (offset: number | undefined) => {
    const { line, col } = lines.linePos(offset ?? 0)
    return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`
  }
  const faults: [number, string][] = [...document.errors, ...document.warnings].map((error) => [
    error.pos[0],
    error.message.split('\n')[0]!.replace(/:$/, ''),
  ])
  visit(document, {
    Alias: (_, node) => void faults.push([node.range?.[0] ?? 0, 'aliases are not taken in a connector; write it out']),
  })
  fail(faults, at)

  readBodies(document)
  const placeOf = (path: readonly PropertyKey[], ofKey = false): number | undefined => offsetOf(document.contents, path, ofKey)
  const parsed = connectorForm.safeParse(document.toJS(), { reportInput: true })
  if (!parsed.success)
    fail(
      parsed.error.issues.flatMap((issue) => faultsOfIssue(issue, placeOf)),
      at,
    )
  const connector = connectorOf(parsed.data!)
  fail(
    faultsOf(connector).map(({ path, message }) => [placeOf(path) ?? 0, message]),
    at,
  )
  return connector
}

function fail(faults: readonly (readonly [number, string])[], at: (offset: number) => string): void {
  if (faults.length === 0) return
  throw new InvalidConnector([...faults].sort(([a], [b]) => a - b).map(([offset, message]) => `${at(offset)}  ${message}`))
}

// As JSON writes them, but for exponents: a code such as 12E4 or 0363 is text.
const literal = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?)$/

/** Makes the values of what streams post from their text. */
function readBodies(document: Document.Parsed): void {
  visit(document, {
    Scalar(key, node, path) {
      const names = path.flatMap((each) => (isPair(each) && isScalar(each.key) ? [String(each.key.value)] : []))
      const isInBody = names[0] === 'streams' && names[2] === 'body'
      if (isInBody && key !== 'key' && node.type === 'PLAIN' && literal.test(String(node.value)))
        node.value = JSON.parse(String(node.value))
    },
  })
}

/** Where a value, or the key before it, stands in the text; of the nearest parent where it is absent. */
function offsetOf(root: unknown, path: readonly PropertyKey[], ofKey: boolean): number | undefined {
  let node: unknown = root
  let offset = (root as Node | null)?.range?.[0]
  for (const [index, name] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === String(name))
      if (!pair) return offset
      const isLast = index === path.length - 1
      offset = ((isLast && !ofKey ? pair.value : pair.key) as Node | null)?.range?.[0] ?? offset
      node = pair.value
    } else {
      node = (node as { items?: unknown[] } | null)?.items?.[Number(name)]
      offset = (node as Node | null)?.range?.[0] ?? offset
    }
  }
  return offset
}

type Issue = z.core.$ZodIssue
type PlaceOf = (path: readonly PropertyKey[], ofKey?: boolean) => number | undefined

function faultsOfIssue(issue: Issue, placeOf: PlaceOf): [number, string][] {
  const name = issue.path.length === 0 ? 'the file' : `'${issue.path.join('.')}'`
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysAt(connectorForm, issue.path, issue.input)
    return issue.keys.map((key) => [
      placeOf([...issue.path, key], true) ?? 0,
      `unknown key '${key}'${allowed.length > 0 ? `; expected one of ${allowed.join(', ')}` : ''}${nearest(key, allowed)}`,
    ])
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // The form that fits best is the one that was meant.
    const best = [...issue.errors].sort((a, b) => a.length - b.length || depth(b) - depth(a))[0]!
    if (best.length > 0) return best.flatMap((inner) => faultsOfIssue({ ...inner, path: [...issue.path, ...inner.path] } as Issue, placeOf))
  }
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
    const words = [...issue.message.matchAll(/'([^']+)'/g)].map(([, word]) => word!)
    const found = (issue.input as { [name: string]: unknown } | undefined)?.[issue.discriminator]
    return [[placeOf(issue.path) ?? 0, `${name} is none of ${words.join(', ')}${typeof found === 'string' ? nearest(found, words) : ''}`]]
  }
  if (issue.code === 'invalid_value') {
    const found = typeof issue.input === 'string' ? issue.input : undefined
    const values = issue.values.map(String)
    if (found?.endsWith('?') && values.includes(found.slice(0, -1)))
      return [[placeOf(issue.path) ?? 0, `${name}: '${found}' is a guess; correct it, or take the question mark away where it is right`]]
    return [[placeOf(issue.path) ?? 0, `${name} is none of ${values.join(', ')}${found === undefined ? '' : nearest(found, values)}`]]
  }
  const missing = issue.code === 'invalid_type' && issue.input === undefined
  return [[placeOf(issue.path) ?? 0, missing ? `${name} is missing` : `${name}: ${issue.message.replace(/^Invalid input: /, '')}`]]
}

const depth = (issues: readonly Issue[]): number => Math.max(...issues.map((issue) => issue.path.length))

function nearest(word: string, words: readonly string[]): string {
  if (words.length === 0) return ''
  const best = closest(word, [...words])
  return distance(word, best) <= Math.max(2, Math.floor(word.length / 3)) ? `; did you mean '${best}'?` : ''
}

/** The keys that the form knows at a path; of a choice of forms, those of the one that the input says it is. */
function keysAt(form: z.ZodType, path: readonly PropertyKey[], input: unknown): string[] {
  const type = unwrapped(form)
  const [name, ...rest] = path
  if (type instanceof z.ZodObject) {
    if (name === undefined) return Object.keys(type.shape)
    return String(name) in type.shape ? keysAt(type.shape[String(name)] as z.ZodType, rest, input) : []
  }
  if (type instanceof z.ZodRecord) return keysAt(type.valueType as z.ZodType, rest, input)
  if (type instanceof z.ZodArray) return keysAt(type.element as z.ZodType, rest, input)
  if (type instanceof z.ZodUnion) {
    const options = (type.options as z.ZodType[]).filter((option) => name !== undefined || saysItIs(option, input))
    return [...new Set(options.flatMap((option) => keysAt(option, path, input)))]
  }
  return []
}

function saysItIs(option: z.ZodType, input: unknown): boolean {
  if (!(option instanceof z.ZodObject)) return false
  return Object.entries(option.shape).every(
    ([key, form]) => !(form instanceof z.ZodLiteral) || form.safeParse((input as { [key: string]: unknown })[key]).success,
  )
}

function unwrapped(form: z.ZodType): z.ZodType {
  if (form instanceof z.ZodOptional) return unwrapped(form.unwrap() as z.ZodType)
  if (form instanceof z.ZodLazy) return unwrapped(form.unwrap() as z.ZodType)
  return form
}

function connectorOf({ settings, streams, ...rest }: ConnectorForm): Connector {
  return { ...rest, streams: streams as Connector['streams'], ...(settings ? { settings: settingsOf(settings) } : {}) } as Connector
}

/** Settings of a declarative connector are text. */
function settingsOf(settings: NonNullable<ConnectorForm['settings']>): z.ZodObject {
  return z.strictObject(
    Object.fromEntries(
      Object.entries(settings).map(([name, setting]) => {
        const value = z.string().meta({ description: setting.description })
        return [name, setting.default !== undefined ? value.default(setting.default) : setting.optional ? value.optional() : value]
      }),
    ),
  )
}
