/**
 * Expressions in CEL over the columns of a record: read, checked against the types of the columns, and made into one function. cel-js reads
 * and checks; what an expression then does is in `cel-evaluate.ts`, because a record with absent values is the usual one (decision 16).
 */
import { type ASTNode, Environment, ParseError, type TypeError as TypeFault } from '@marcbachmann/cel-js'
import type { InsideField, ShapedField, ValueType } from '../../config/dataset-plan.js'
import { nearestWord } from '../../config/problem.js'
import { CelFault, Frame, partsOf, prepareRun, type Run, sourceOf, unknownFunction } from './cel-evaluate.js'
import { type Clock, functions, operatorSignatures } from './cel-functions.js'
import { converter, Day, Decimal, type Inside, insideOf, Moment, Period } from './cel-values.js'

/** What an expression has to know of a column. */
export type CelColumn = Pick<ShapedField, 'column' | 'value' | 'list' | 'inside'>

export interface Expression {
  /** The columns that it names, in the order in which they come. */
  columns: readonly string[]
  /**
   * Makes a function of it that is asked of one record after the other, each time anew.
   *
   * @param value of a column of the record as it was shaped, by the place of the column in `columns`
   * @returns of the function: true, false, or null where an absent value leaves it open
   * @throws RuleFailure of the function, where the record takes too much work or has a value that cannot be reckoned with
   */
  prepare<R>(value: (record: R, column: number) => unknown, clock: Clock): (record: R) => boolean | null
}

/** Why an expression cannot be judged of a stream, in words for whoever wrote it. */
export interface CelProblem {
  message: string
  found?: string
  nearest?: string | undefined
  /** Columns that it names and the stream does not have; empty when that is not what is wrong. */
  missing: readonly string[]
}

export type Compiled = { expression: Expression; problem?: undefined } | { expression?: undefined; problem: CelProblem }

// Far more than a sentence of people can say; an evaluation without lists takes some microseconds at most.
const limits = { maxAstNodes: 500, maxDepth: 50, maxListElements: 200, maxMapEntries: 0, maxCallArguments: 8 }

/** Stands for what an operator or function does: cel-js checks, and does not evaluate. */
const checked = () => null

const environment = baseEnvironment()

function baseEnvironment(): Environment {
  const base = new Environment({ limits })
  for (const [name, ctor] of Object.entries({ Day, Moment, Period, Decimal })) base.registerType(name, { ctor: ctor as never, fields: {} })
  for (const signature of operatorSignatures) base.registerOperator(signature, checked)
  for (const { standard, signatures } of functions)
    if (!standard) for (const signature of signatures) base.registerFunction(signature, checked)
  return base
}

// A project has some hundreds of rules; the oldest go when there are many more.
const mostCompiled = 2000
const compiled = new Map<string, Compiled>()

/**
 * Compiles an expression for the columns of a stream, once per process and types.
 *
 * @param columns all that the stream describes, by name
 */
export function compile(written: string, columns: ReadonlyMap<string, CelColumn>): Compiled {
  let ast: ASTNode
  try {
    ast = environment.parse(written).ast
  } catch (error) {
    return { problem: unreadable(error, written) }
  }
  const names = [...namesIn(ast)]
  const missing = names.filter((name) => !columns.has(name))
  if (missing.length > 0) return { problem: noColumn(missing, columns) }
  const named = names.map((name) => columns.get(name)!)
  const key = JSON.stringify([
    written,
    named.map(({ column, value, list, inside }) => [column, value, list, inside?.map((i) => [i.path, i.value, i.list])]),
  ])
  const known = compiled.get(key)
  if (known) return known
  const made = check(written, named)
  if (compiled.size >= mostCompiled) compiled.delete(compiled.keys().next().value!)
  compiled.set(key, made)
  return made
}

function check(written: string, named: readonly CelColumn[]): Compiled {
  const typed = environment.clone()
  const insides = new Map<string, readonly InsideField[]>()
  for (const column of named) {
    if (environment.hasVariable(column.column)) {
      return {
        problem: { message: `CEL keeps the word '${column.column}' for itself, so that a rule cannot name the column`, missing: [] },
      }
    }
    const inside = column.inside && insideOf(column.inside)
    if (column.inside) insides.set(column.column, column.inside)
    typed.registerVariable(column.column, typeName(column.value, column.list, inside, typed))
  }
  const parsed = typed.parse(written)
  const result = parsed.check()
  if (!result.valid) return { problem: mistyped(result.error!, parsed.ast, insides) }
  if (result.type !== 'bool') {
    return { problem: { message: `a rule is true or false, and this is ${typeWord(result.type ?? 'dyn')}`, found: written, missing: [] } }
  }
  try {
    const run = prepareRun(parsed.ast, new Map(named.map(({ column }, i) => [column, i])))
    return { expression: expressionOf(run, named) }
  } catch (error) {
    if (!(error instanceof CelFault)) throw error
    return { problem: { message: error.message, found: sourceOf(error.node), nearest: error.nearest, missing: [] } }
  }
}

function expressionOf(run: Run, named: readonly CelColumn[]): Expression {
  const convert = named.map(({ value, list, inside }) => converter(value, list, inside && insideOf(inside)))
  return {
    columns: named.map(({ column }) => column),
    prepare(value, clock) {
      let record: Parameters<typeof value>[0] | undefined
      const frame = new Frame(clock, (column) => {
        const shaped = value(record!, column)
        return shaped === null || shaped === undefined ? null : convert[column]!(shaped)
      })
      return (judged) => {
        record = judged
        return run(frame.begin()) as boolean | null
      }
    },
  }
}

/** The names in an expression that are no variables of its own. */
function namesIn(node: ASTNode, variables: readonly string[] = [], found = new Set<string>()): Set<string> {
  if (node.op === 'id') {
    if (!variables.includes(node.args)) found.add(node.args)
    return found
  }
  if (node.op === 'rcall') {
    const [, receiver, [first, ...rest]] = node.args
    namesIn(receiver, variables, found)
    // `list.all(x, …)`: the first argument is the name of a variable.
    const own = first?.op === 'id' && rest.length > 0
    if (first && !own) namesIn(first, variables, found)
    for (const part of rest) namesIn(part, own ? [...variables, first.args] : variables, found)
    return found
  }
  for (const part of partsOf(node)) namesIn(part, variables, found)
  return found
}

const scalarTypes: { readonly [type in Exclude<ValueType, 'json' | 'geometry'>]: string } = {
  text: 'string',
  uuid: 'string',
  reference: 'string',
  integer: 'int',
  decimal: 'Decimal',
  boolean: 'bool',
  date: 'Day',
  datetime: 'Moment',
  duration: 'Period',
}

/** The type of a column in CEL; of a nested value one of its own, with the fields that are described inside. */
function typeName(value: ValueType, list: boolean, inside: Inside | undefined, env: Environment): string {
  if (value !== 'json' && value !== 'geometry') return list ? `list<${scalarTypes[value]}>` : scalarTypes[value]
  return inside ? insideType(inside, env) : 'dyn'
}

/** How many types of nested values there have been: each has a name of its own. */
let insideTypes = 0

function insideType({ leaf, element, fields }: Inside, env: Environment): string {
  if (leaf) return typeName(leaf.value, leaf.list, undefined, env)
  if (element) return `list<${insideType(element, env)}>`
  const types = [...fields].map(([field, of]) => [field, insideType(of, env)] as const)
  insideTypes++
  const name = `Inside${insideTypes}`
  env.registerType(name, { fields: Object.fromEntries(types) }).registerOperator(`${name} == null`, checked)
  return name
}

function unreadable(error: unknown, written: string): CelProblem {
  if (!(error instanceof ParseError)) throw error
  const at = error.range?.start ?? 0
  return { message: `this is no expression in CEL: ${firstSmall(error.summary)} at character ${at + 1}`, found: written, missing: [] }
}

function noColumn(missing: readonly string[], columns: ReadonlyMap<string, CelColumn>): CelProblem {
  const [name = ''] = missing
  return { message: `there is no column '${name}' in the stream`, found: name, nearest: nearestWord(name, columns.keys()), missing }
}

/** What the checker has to say, in words of ours. */
function mistyped(error: TypeFault | ParseError, ast: ASTNode, insides: ReadonlyMap<string, readonly InsideField[]>): CelProblem {
  const found = error.range ? ast.input.slice(error.range.start, error.range.end) : ast.input
  const problem = (message: string, nearest?: string): CelProblem => ({ message, found, nearest, missing: [] })
  const { summary } = error
  const before = /^no such overload: ([-!])(.+)$/.exec(summary)
  if (before) return problem(`'${found}': '${before[1]}' does not go before ${typeWord(before[2]!)}`)
  const between = /^no such overload: (.+) ([-+*/%]|[<>]=?|[=!]=|in) (.+)$/.exec(summary)
  if (between) {
    const [, left = '', sign = '', right = ''] = between
    const [verb, and] = '-+*/%'.includes(sign) ? ['reckons with', 'and'] : ['compares', 'with']
    return problem(`'${found}' ${verb} ${typeWord(left)} ${and} ${typeWord(right)}`)
  }
  const called = /^found no matching overload for '(?:(.*)\.)?(\w+)\((.*)\)'$/.exec(summary)
  if (called) {
    const [, receiver, name = '', given = ''] = called
    if (!functions.some((f) => f.name === name)) {
      const fault = unknownFunction(ast, name)
      return problem(fault.message, fault.nearest)
    }
    const signatures = functions.filter((f) => f.name === name).flatMap((f) => f.signatures)
    const values = [receiver, ...(given ? given.split(', ') : [])].filter((type) => type !== undefined).map(typeWord)
    return problem(`'${name}' does not take ${values.join(' and ') || 'nothing'}; it is ${signatures.join(' or ')}`)
  }
  const field = /^No such key: (\S+)$/.exec(summary)?.[1]
  if (field !== undefined) {
    const names = [...insides.values()].flat().flatMap(({ path }) => path.filter((name) => name !== '*'))
    return problem(`there is no field '${field}' inside`, nearestWord(field, names))
  }
  return problem(withTypeWords(firstSmall(summary)))
}

const words: { readonly [type: string]: string } = {
  string: 'a text',
  int: 'a whole number',
  uint: 'a whole number',
  double: 'a decimal number',
  Decimal: 'a decimal number',
  bool: 'true or false',
  Day: 'a day',
  Moment: 'a moment',
  Period: 'a duration',
  null: 'null',
  dyn: 'a value of unknown type',
}

function typeWord(type: string): string {
  const element = /^list<(.*)>$/.exec(type)?.[1]
  if (element !== undefined || type === 'list') return `a list${element && words[element] ? ` of which each is ${words[element]}` : ''}`
  return words[type] ?? 'an object'
}

const withTypeWords = (text: string): string => text.replace(/'([A-Za-z_<>]+)'/g, (_, type: string) => typeWord(type))

const firstSmall = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)
