import { distance } from 'fastest-levenshtein'
import type { Place } from './project.js'

/** One thing that is wrong in a file of the project, at its place. It never holds a value that could be a secret. */
export interface ConfigProblem extends Place {
  /** One sentence: what is wrong, what was expected, and the nearest right word. */
  message: string
  /** What stands there, in words fit to print; undefined where nothing does, or where it may be secret. */
  found?: string | undefined
  expected?: string | undefined
  /** The right word that looks most like what was found. */
  nearest?: string | undefined
}

/** A project that cannot be used: all that is wrong with it, by file and line. Whoever wrote the file mends it. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly problems: readonly ConfigProblem[]
  constructor(problems: readonly ConfigProblem[]) {
    const sorted = sortProblems(problems)
    super(sorted.map(problemText).join('\n'))
    this.problems = sorted
  }
}

/** `datasets/zaken/rollen.yaml:4:1  unknown key 'persnal'; expected one of …; did you mean 'personal'?` */
export function problemText(problem: ConfigProblem): string {
  return `${problem.file}:${problem.line}:${problem.column}  ${problem.message}`
}

/** By file, line and column; the same problem twice is one. */
export function sortProblems(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const unique = new Map(problems.map((problem) => [problemText(problem), problem]))
  return [...unique.values()].sort((a, b) => compareText(a.file, b.file) || a.line - b.line || a.column - b.column)
}

/** Order of UTF-16 code units: the same on every machine, whatever its language. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Composes the sentence of a problem from its parts. */
export function problem(
  place: Place,
  what: string,
  parts: { found?: string; expected?: string; nearest?: string | undefined } = {},
): ConfigProblem {
  const { found, expected, nearest } = parts
  const message =
    what + (expected === undefined ? '' : `; expected ${expected}`) + (nearest === undefined ? '' : `; did you mean '${nearest}'?`)
  return { file: place.file, line: place.line, column: place.column, message, found, expected, nearest }
}

/**
 * The word that someone probably meant: the fewest letters away, capitals and the kind of dash left aside; two letters in the wrong order
 * count as one. Of words as near, the one that begins alike the longest.
 *
 * @returns undefined when none is within a third of its letters (at least one letter, at most three)
 */
export function nearestWord(word: string, words: Iterable<string>): string | undefined {
  const target = plain(word)
  // With one letter any other letter would be as near.
  if (target.length < 2) return undefined
  const most = Math.min(3, Math.max(1, Math.floor(target.length / 3)))
  const near = [...words]
    .map((candidate) => ({ candidate, letters: lettersApart(target, plain(candidate)), alike: alikeAtStart(word, candidate) }))
    .filter(({ letters }) => letters <= most)
  return near.sort((a, b) => a.letters - b.letters || b.alike - a.alike)[0]?.candidate
}

function plain(text: string): string {
  return text.toLowerCase().replace(/[-_ ]/g, '')
}

function lettersApart(a: string, b: string): number {
  const sorted = (text: string) => [...text].sort().join('')
  const letters = distance(a, b)
  return letters === 2 && a.length === b.length && sorted(a) === sorted(b) ? 1 : letters
}

function alikeAtStart(a: string, b: string): number {
  let at = 0
  while (at < a.length && a[at] === b[at]) at += 1
  return at
}

/** `a, b or c`; of a long list the first twenty. */
export function oneOf(words: readonly string[]): string {
  if (words.length === 0) return 'nothing'
  if (words.length === 1) return words[0]!
  const shown = words.slice(0, 20)
  return `one of ${shown.join(', ')}${words.length > shown.length ? `, … (${words.length})` : ''}`
}
