/**
 * A checked expression → one function a record. Absent values make an expression say nothing (null), unless the rest of it decides: `||`,
 * `&&` and `?:` know three answers, as SQL does, and `x == null` asks for absence itself.
 */

import { RE2JS } from '@bufbuild/re2'
import type { ASTNode } from '@marcbachmann/cel-js'
import { nearestWord } from '../../config/problem.js'
import { type CelFunction, type Clock, functions, type Meter, negated, operators } from './cel-functions.js'
import { CelList, type CelValue, Day, Decimal, Group, Moment, mostDigits, RuleFailure } from './cel-values.js'
import { dutchToday } from './today.js'

/** What an expression cannot say, at its place. */
export class CelFault extends Error {
  override name = 'CelFault'
  readonly node: ASTNode
  readonly nearest: string | undefined
  constructor(message: string, node: ASTNode, nearest?: string) {
    super(message)
    this.node = node
    this.nearest = nearest
  }
}

type Answer = CelValue | null
export type Run = (frame: Frame) => Answer

// 50,000 steps take some milliseconds at most: a plain condition on about 10,000 texts.
const mostSteps = 50_000
const mostLists = 2
const longestPattern = 1000
// The work of a pattern grows with its own length as well; RE2 keeps it linear in the text.
const longestMatched = 10_000
const patternSteps = 30

export const wallClock: Clock = { now: () => Moment.at(new Date()), today: () => new Day(dutchToday()) }

/** A clock that stands still. */
export function clockAt(moment: Date): Clock {
  const now = Moment.at(moment)
  return { now: () => now, today: () => now.day }
}

/** What one evaluation works with; a rule uses one again and again. */
export class Frame implements Meter {
  /** Values of the columns, in the order in which the expression names them. */
  readonly read: (column: number) => Answer
  readonly locals: Answer[] = []
  readonly now: () => Moment
  readonly today: () => Day
  #steps = 0

  constructor(clock: Clock, read: (column: number) => Answer) {
    this.now = clock.now
    this.today = clock.today
    this.read = read
  }

  begin(): this {
    this.#steps = 0
    return this
  }

  spend(steps: number, of: 'list' | 'text' = 'list'): void {
    this.#steps += steps
    if (this.#steps > mostSteps) throw new RuleFailure(`the ${of} is too long`)
  }
}

/** A part of the expression; what it comes to where that is known before any record. */
interface Part {
  run: Run
  constant?: Answer
}

interface Scope {
  columns: ReadonlyMap<string, number>
  /** Variables of the lists that are gone through, the outermost first. */
  variables: readonly string[]
}

/**
 * @param columns place of each column that the expression names
 * @throws CelFault for what these rules do not have
 */
export function prepareRun(ast: ASTNode, columns: ReadonlyMap<string, number>): Run {
  return prepare(ast, { columns, variables: [] }).run
}

function prepare(node: ASTNode, scope: Scope): Part {
  switch (node.op) {
    case 'value':
      return constant(literal(node))
    case 'id':
      return { run: variable(node.args, scope) }
    case '&&':
      return logic(node.args, scope, false)
    case '||':
      return logic(node.args, scope, true)
    case '?:': {
      const [condition, yes, no] = node.args.map((part) => prepare(part, scope).run) as [Run, Run, Run]
      return {
        run: (frame) => {
          const answer = decided(condition(frame))
          return answer === null ? null : answer ? yes(frame) : no(frame)
        },
      }
    }
    case '!_': {
      const of = prepare(node.args, scope).run
      return {
        run: (frame) => {
          const answer = decided(of(frame))
          return answer === null ? null : !answer
        },
      }
    }
    case '-_': {
      const of = prepare(node.args, scope).run
      return {
        run: (frame) => {
          const value = of(frame)
          return value === null ? null : negated(value)
        },
      }
    }
    case '.': {
      const [of, name] = node.args
      const from = prepare(of, scope).run
      return { run: (frame) => fieldOf(from(frame), name) }
    }
    case '[]': {
      const [from, at] = node.args.map((part) => prepare(part, scope).run) as [Run, Run]
      return { run: (frame) => elementOf(from(frame), at(frame)) }
    }
    case 'list': {
      const items = node.args.map((part) => prepare(part, scope))
      if (items.every(isConstant)) return constant(new CelList(items.map((item) => item.constant)))
      return { run: (frame) => new CelList(items.map((item) => item.run(frame))) }
    }
    case 'call':
      return call(node, node.args[0], node.args[1], scope)
    case 'rcall':
      return method(node, scope)
    default:
      return binary(node, scope)
  }
}

const isConstant = (part: Part): boolean => part.constant !== undefined

function constant(value: Answer): Part {
  return { run: () => value, constant: value }
}

function literal(node: ASTNode & { op: 'value' }): Answer {
  const { args: value } = node
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'bigint') {
    if (BigInt.asIntN(64, value) !== value) throw new CelFault('a whole number of more than 64 bits; write it with .0', node)
    return value
  }
  if (sourceOf(node).length > mostDigits) throw new CelFault(`a number of more than ${mostDigits} digits`, node)
  // As it is written: a double would have lost digits.
  const exact = typeof value === 'number' ? (Decimal.of(sourceOf(node)) ?? Decimal.of(String(value))) : null
  if (!exact) throw new CelFault('rules know texts, whole numbers, decimals, true, false and null', node)
  return exact
}

export function sourceOf({ input, start, end }: ASTNode): string {
  return input.slice(start, end)
}

function variable(name: string, { columns, variables }: Scope): Run {
  const slot = variables.lastIndexOf(name)
  if (slot >= 0) return (frame) => frame.locals[slot]!
  const column = columns.get(name)!
  return (frame) => frame.read(column)
}

/** What is true, false or open. Of a value inside undescribed JSON that is known late. */
function decided(answer: Answer): boolean | null {
  if (answer === null || typeof answer === 'boolean') return answer
  throw new RuleFailure('the rule asks whether a value is true that is neither true nor false')
}

/** `decides`: the answer that settles it, whatever the other side says. */
function logic(sides: readonly ASTNode[], scope: Scope, decides: boolean): Part {
  const [left, right] = sides.map((side) => prepare(side, scope).run) as [Run, Run]
  return {
    run: (frame) => {
      const first = decided(left(frame))
      if (first === decides) return decides
      const second = decided(right(frame))
      if (second === decides) return decides
      return first === null || second === null ? null : !decides
    },
  }
}

function binary(node: ASTNode, scope: Scope): Part {
  const operate = operators[node.op]
  if (!operate) throw new CelFault('rules have no maps of their own and no optional fields', node)
  const [left, right] = node.args as [ASTNode, ASTNode]
  if (node.op === '==' || node.op === '!=') {
    const absent = isNull(left) ? right : isNull(right) ? left : undefined
    if (absent) {
      const of = prepare(absent, scope).run
      const wanted = node.op === '=='
      return { run: (frame) => (of(frame) === null) === wanted }
    }
  }
  const [a, b] = [prepare(left, scope).run, prepare(right, scope).run]
  return {
    run: (frame) => {
      const first = a(frame)
      if (first === null) return null
      const second = b(frame)
      return second === null ? null : operate(first, second, frame)
    },
  }
}

const isNull = (node: ASTNode): boolean => node.args === null

function fieldOf(from: Answer, name: string): Answer {
  if (from === null) return null
  if (from instanceof Group) return from.get(name)
  throw new RuleFailure('the rule looks for a field in a value that has none')
}

function elementOf(from: Answer, at: Answer): Answer {
  if (from === null || at === null) return null
  if (from instanceof CelList && typeof at === 'bigint') return from.at(Number(at))
  if (from instanceof Group && typeof at === 'string') return from.get(at)
  throw new RuleFailure('the rule looks for an element in a value that has none')
}

function call(node: ASTNode, name: string, args: readonly ASTNode[], scope: Scope): Part {
  const known = functions.find((f) => f.name === name)
  if (!known) throw unknownFunction(node, name)
  const parts = args.map((arg) => prepare(arg, scope))
  const run = callOf(known, parts)
  if (known.clock || !parts.every(isConstant)) return { run }
  const value = run(noRecord.begin())
  if (value === null) throw new CelFault(`'${name}' cannot read ${args.map(sourceOf).join(', ')}: it gives ${known.says}`, node)
  return constant(value)
}

/** For what can be worked out before any record is there. */
const noRecord = new Frame(wallClock, () => null)

function callOf(known: CelFunction, parts: readonly Part[]): Run {
  const steps = known.steps ?? 1
  return (frame) => {
    frame.spend(steps)
    const values: CelValue[] = []
    for (const part of parts) {
      const value = part.run(frame)
      if (value === null) return null
      values.push(value)
    }
    return known.run(frame, values)
  }
}

const overLists = ['all', 'exists', 'exists_one', 'filter', 'map']

/** What is wrong with a call whose function, or whose arguments, there are not. */
export function unknownFunction(node: ASTNode, name: string): CelFault {
  if (overLists.includes(name)) return new CelFault(`'${name}' is written as list.${name}(x, …), with x standing for each element`, node)
  if (name === 'matches') return new CelFault(`'matches' is written as text.matches("pattern")`, node)
  if (name === 'has') return new CelFault("there is no function 'has'; whether a value is there is asked as x != null", node)
  const names = [...new Set([...functions.map((f) => f.name), 'matches', ...overLists])]
  return new CelFault(`there is no function '${name}' in rules; expected one of ${names.join(', ')}`, node, nearestWord(name, names))
}

function method(node: ASTNode & { op: 'rcall' }, scope: Scope): Part {
  const [name, receiver, args] = node.args
  if (name === 'matches') return matches(node, receiver, args, scope)
  if (overLists.includes(name)) return overList(node, scope)
  return call(node, name, [receiver, ...args], scope)
}

function matches(node: ASTNode, receiver: ASTNode, [pattern]: readonly ASTNode[], scope: Scope): Part {
  if (pattern?.op !== 'value' || typeof pattern.args !== 'string') throw new CelFault("'matches' takes a pattern that is written out", node)
  if (pattern.args.length > longestPattern) throw new CelFault(`a pattern has at most ${longestPattern} characters`, pattern)
  const expression = patternOf(pattern, pattern.args)
  const of = prepare(receiver, scope).run
  return {
    run: (frame) => {
      const value = of(frame)
      if (value === null) return null
      const text = value as string
      if (text.length > longestMatched) throw new RuleFailure('the text is too long')
      frame.spend(patternSteps + text.length, 'text')
      return expression.test(text)
    },
  }
}

function patternOf(node: ASTNode, pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern)
  } catch (error) {
    throw new CelFault(`this is no pattern that RE2 reads: ${(error as Error).message.replace('error parsing regexp: ', '')}`, node)
  }
}

/** `list.all(x, …)` and its like. */
function overList(node: ASTNode & { op: 'rcall' }, scope: Scope): Part {
  const [name, receiver, args] = node.args
  const variables = [...scope.variables, args[0]!.args as string]
  if (variables.length > mostLists) throw new CelFault('a rule goes through a list inside a list, and no deeper', node)
  const slot = variables.length - 1
  const bodies = args.slice(1)
  const [body, made] = bodies.map((part) => prepare(part, { ...scope, variables }).run) as [Run, Run | undefined]
  const steps = bodies.reduce((sum, part) => sum + sizeOf(part), 1)
  const from = prepare(receiver, scope).run
  const end = ends[name]!
  return {
    run: (frame) => {
      const list = from(frame)
      if (list === null) return null
      if (!(list instanceof CelList)) throw new RuleFailure('the rule goes through a value that is no list')
      return end(
        list,
        (i) => {
          frame.spend(steps + list.steps)
          frame.locals[slot] = list.at(i)
          return body(frame)
        },
        made &&
          ((i) => {
            frame.locals[slot] = list.at(i)
            return made(frame)
          }),
      )
    },
  }
}

type Ask = (index: number) => Answer

const ends: { readonly [name: string]: (list: CelList, ask: Ask, made: Ask | undefined) => Answer } = {
  all: (list, ask) => settled(list, ask, false),
  exists: (list, ask) => settled(list, ask, true),
  exists_one(list, ask) {
    let found = 0
    let silent = false
    for (let i = 0; i < list.items.length; i++) {
      const answer = ask(i)
      if (answer === true) found++
      else if (answer === null) silent = true
    }
    return found > 1 ? false : silent ? null : found === 1
  },
  filter(list, ask) {
    const kept: Answer[] = []
    for (let i = 0; i < list.items.length; i++) if (ask(i) === true) kept.push(list.at(i))
    return new CelList(kept)
  },
  map(list, ask, made) {
    const values: Answer[] = []
    for (let i = 0; i < list.items.length; i++) {
      const answer = ask(i)
      if (!made) values.push(answer)
      else if (answer === true) values.push(made(i))
    }
    return new CelList(values)
  },
}

/** As `logic`, over the elements of a list. */
function settled(list: CelList, ask: Ask, decides: boolean): Answer {
  let silent = false
  for (let i = 0; i < list.items.length; i++) {
    const answer = decided(ask(i))
    if (answer === decides) return decides
    if (answer === null) silent = true
  }
  return silent ? null : !decides
}

/** How many parts an expression has: what one evaluation of it costs. */
function sizeOf(node: ASTNode): number {
  return partsOf(node).reduce((sum, part) => sum + sizeOf(part), 1)
}

/** The expressions directly inside one. */
export function partsOf({ args }: ASTNode): ASTNode[] {
  const parts = (Array.isArray(args) ? args.flat(2) : [args]) as unknown[]
  return parts.filter((part): part is ASTNode => typeof part === 'object' && part !== null && 'op' in part)
}
