import { isAlias, isMap, isScalar, LineCounter, type ParsedNode, parseDocument, type Scalar } from 'yaml'
import { type ConfigProblem, problem } from './problem.js'
import type { Place } from './project.js'

/**
 * A value as it was written. Scalars are text, whatever they look like: `0363` stays `0363`; the form decides what they are. An unquoted
 * `null`, `~` or nothing at all is null.
 */
export type Written = string | null | readonly Written[] | WrittenMap
export interface WrittenMap {
  readonly [key: string]: Written
}

export type Path = readonly (string | number)[]

/** A YAML file with the place of each of its values. */
export interface YamlFile {
  file: string
  value: Written
  /** Where a value stands; of a map or list in block style its key, since it begins on a line of its own. The nearest parent when there is none. */
  at(path?: Path): Place
  /** Where the key of a value stands. */
  keyAt(path: Path): Place
  has(path: Path): boolean
}

export interface YamlReading {
  /** Undefined when the text is not YAML. */
  yaml: YamlFile | undefined
  problems: ConfigProblem[]
}

interface Located {
  value: Place
  key: Place
  inside: Map<string | number, Located>
}

// YAML 1.1 tools read these keys as true and false.
const switches = /^(on|off|yes|no)$/i

/**
 * Reads one YAML file, strictly: no doubled keys, tabs, anchors, merge keys, tags, directives or second document, and no key that
 * YAML 1.1 tools take for true or false. `approved` in the activity register is the one map that has a key `on`: only our own command writes it.
 *
 * @param firstLine line of the file on which the text begins, for YAML inside another file
 */
export function readYaml(file: string, text: string, firstLine = 1): YamlReading {
  const lines = new LineCounter()
  // Without prettyErrors, because pretty ones quote the line, which can hold a secret.
  const document = parseDocument(text, {
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
  })
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line: line + firstLine - 1, column: col }
  }
  // Only the first: what follows a fault is read wrongly.
  const fault = document.errors[0] ?? document.warnings[0]
  if (fault) return { yaml: undefined, problems: [problem(place(fault.pos[0]), faultText(fault.code))] }
  const problems: ConfigProblem[] = []
  const directive = /^%/m.exec(text.split(/^---/m, 1)[0]!)
  if (directive) problems.push(problem(place(directive.index), 'a YAML directive is not used here; remove the line'))
  const walk: Walk = { place, problems, parent: undefined, unreadable: { aliases: false } }
  const start: Place = { file, line: firstLine, column: 1 }
  const root: Located = { value: start, key: start, inside: new Map() }
  const value = document.contents === null ? null : take(document.contents, root, walk)
  const find = (path: Path): { located: Located; whole: boolean } => {
    let located = root
    for (const step of path) {
      const next = located.inside.get(step)
      if (!next) return { located, whole: false }
      located = next
    }
    return { located, whole: true }
  }
  if (walk.unreadable.aliases) return { yaml: undefined, problems }
  return {
    yaml: {
      file,
      value,
      at: (path = []) => find(path).located.value,
      keyAt: (path) => find(path).located.key,
      has: (path) => find(path).whole,
    },
    problems,
  }
}

interface Walk {
  place(offset: number): Place
  problems: ConfigProblem[]
  /** An alias stands for a value that is not taken, so that the whole cannot be read. */
  unreadable: { aliases: boolean }
  /** Key of the map that is walked. */
  parent: string | undefined
}

function take(node: ParsedNode | null, located: Located, walk: Walk): Written {
  if (node === null) return null
  const at = walk.place(node.range[0])
  if (isAlias(node) || node.anchor !== undefined) {
    walk.problems.push(problem(at, 'anchors and aliases are not used here; write the value out in both places'))
    if (isAlias(node)) {
      walk.unreadable.aliases = true
      return null
    }
  }
  if (node.tag !== undefined) walk.problems.push(problem(at, 'tags are not used here; the form decides what a value is'))
  if (isScalar(node)) {
    located.value = node.source === '' ? located.key : at
    return scalar(node)
  }
  // A block collection begins at its first entry; its key is where people look.
  located.value = node.flow ? at : located.key
  if (isMap(node)) return takeMap(node.items, located, walk)
  return node.items.map((item, index) => {
    const place = item === null ? at : walk.place((item as ParsedNode).range[0])
    const inside: Located = { value: place, key: place, inside: new Map() }
    located.inside.set(index, inside)
    return take(item as ParsedNode, inside, walk)
  })
}

function takeMap(items: readonly { key: ParsedNode | null; value: ParsedNode | null }[], located: Located, walk: Walk): WrittenMap {
  const map: { [key: string]: Written } = {}
  for (const { key, value } of items) {
    const at = key === null ? located.value : walk.place(key.range[0])
    if (!isScalar(key) || scalar(key) === null) {
      walk.problems.push(problem(at, 'a key has to be a word'))
      continue
    }
    const name = String(key.value)
    const refused = refusal(name, key.type === 'PLAIN', walk.parent)
    if (refused) walk.problems.push(problem(at, refused))
    const first = located.inside.get(name)
    if (first) walk.problems.push(problem(at, `doubled key '${name}'; it stands on line ${first.key.line} too`))
    const inside: Located = { value: at, key: at, inside: new Map() }
    const taken = take(value, inside, { ...walk, parent: name })
    if (first || refused) continue
    located.inside.set(name, inside)
    map[name] = taken
  }
  return map
}

function refusal(key: string, plain: boolean, parent: string | undefined): string | undefined {
  if (key === '<<') return 'merge keys are not used here; write the keys out'
  if (key === '__proto__') return `'${key}' cannot be a key`
  if (plain && switches.test(key) && !(key === 'on' && parent === 'approved')) {
    return `the key '${key}' is not used, because YAML 1.1 tools read it as true or false`
  }
  return undefined
}

function scalar(node: Scalar): string | null {
  const text = String(node.value)
  return node.type === 'PLAIN' && /^(~|null|Null|NULL)?$/.test(text) ? null : text
}

/** Own words, because those of the library can quote the text, which can hold a secret. */
function faultText(code: string): string {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'a tab indents this line; YAML takes spaces only'
    case 'MULTIPLE_DOCS':
      return 'a second document begins here; a file holds one'
    case 'BAD_INDENT':
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
      return 'this line is not indented like its neighbours, a text with a colon is not in quotes, or a bracket before it is not closed'
    case 'BAD_ALIAS':
    case 'ALIAS_PROPS':
    case 'MULTIPLE_ANCHORS':
      return 'anchors and aliases are not used here; write the value out in both places'
    case 'BAD_SCALAR_START':
      return 'a text cannot begin with this sign; put it in quotes'
    case 'BAD_DQ_ESCAPE':
      return 'this is not an escape of a text in double quotes; use single quotes, in which a backslash is itself'
    case 'MISSING_CHAR':
      return 'a sign is missing here: a colon after a key, a comma, a bracket or a closing quote'
    case 'BAD_DIRECTIVE':
      return 'a YAML directive is not used here; remove the line'
    case 'TAG_RESOLVE_FAILED':
    case 'MULTIPLE_TAGS':
    case 'BAD_COLLECTION_TYPE':
      return 'tags are not used here; the form decides what a value is'
    case 'UNEXPECTED_TOKEN':
      return 'YAML does not take what stands here; look for a bracket, comma or quote too many'
    default:
      return `this is not YAML (${code})`
  }
}
