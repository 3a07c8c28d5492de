import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../../cli/embedded/build.mjs'
import { exit, exitCodeOf, exitCodeOfRun } from '../../cli/exit.js'
import { proseOf } from './pages.js'

const page = 'docs/operating.md'
const source = (file: string) => readFileSync(join(root, file), 'utf8')

/** The rows of the table whose first column has this head. */
function table(head: string, nth = 0): string[][] {
  const lines = proseOf(page)
  const starts = lines.flatMap((line, index) => (line.startsWith(`| ${head} |`) ? [index] : []))
  const rest = lines.slice(starts[nth]! + 2)
  return rest
    .slice(
      0,
      rest.findIndex((line) => !line.startsWith('|')),
    )
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

const code = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text!)

/** The words of a union of literals. */
function unionOf(file: string, type: string): string[] {
  const [, body = ''] = new RegExp(`export type ${type} =([^=]*?)\\n(?:\\n|export|/\\*\\*|interface|const)`).exec(source(file)) ?? []
  return [...body.matchAll(/'([^']+)'/g)].map(([, word]) => word!)
}

test('each word of `gemaal status` is there, in its order', () => {
  const words = unionOf('worker/status.ts', 'StatusWord')
  expect(words.length).toBeGreaterThan(5)
  expect(table('word').map(([word]) => word!.replaceAll('*', ''))).toEqual(words)
})

test('each status of a run is there, with the exit code that it gives', () => {
  const rows = table('run')
  expect(rows.flatMap(([status]) => code(status!)).sort()).toEqual(unionOf('sql/database.ts', 'RunStatus').sort())
  for (const [status, , exitCode] of rows) {
    if (/^\d+$/.test(exitCode!)) expect(exitCodeOfRun({ status: code(status!)[0]! }), status).toBe(Number(exitCode))
  }
  const ending = (errorCode: string) => exitCodeOfRun({ status: 'incomplete', errorCode })
  expect(rows.find(([status]) => status === '`incomplete`')![2]).toBe(
    `${ending('SourceUnavailable')}, or ${ending('WarehouseUnavailable')} when it was the warehouse`,
  )
})

test('each status of a stream, and each reason for a hold, is there', () => {
  expect(
    table('stream')
      .flatMap(([status]) => code(status!))
      .sort(),
  ).toEqual(unionOf('sql/database.ts', 'StreamStatus').sort())
  expect(
    table('why')
      .flatMap(([why]) => code(why!))
      .sort(),
  ).toEqual(unionOf('sql/database.ts', 'HoldReason').sort())
})

test('each exit code is there', () => {
  expect(table('code').map(([number]) => Number(number))).toEqual(Object.values(exit))
})

test('each error that ends a run, or a command by a code of its own, is there', () => {
  const ofRuns = /const lasting = \[([^\]]*)\]/.exec(source('workflows/activities.ts'))![1]!.match(/\w+/g)!
  // What the worker writes of a workflow that is gone: no error was thrown to it.
  const ofTheGone = ['workflows/endings.ts', 'sql/outcome.ts']
    .flatMap((path) => [...source(path).matchAll(/errorCode[:= ].*?'([A-Z]\w+)'/g)])
    .map(([, name]) => name!)
  // What was typed wrongly says so itself.
  const ofCommands = [...source('cli/exit.ts').matchAll(/^ {2}(\w+): exit\.(\w+),$/gm)].flatMap(([, name, word]) =>
    word === 'usage' ? [] : [name!],
  )
  const shown = table('code', 1).flatMap(([name]) => code(name!))
  expect(shown.sort()).toEqual([...new Set([...ofRuns, ...ofTheGone, ...ofCommands])].sort())
  const codeOfName = (name: string) => exitCodeOf(Object.assign(new Error('x'), { name }))
  expect(codeOfName('SourceRefused')).toBe(exit.configuration)
  expect(codeOfName('UnexpectedResponse')).toBe(exit.source)
  expect(codeOfName('MartBroken')).toBe(exit.contract)
})

test('each variable that a process reads is there', () => {
  const read = [
    ...source('config/settings.ts').matchAll(
      /\b(PG[A-Z]{4,}|TEMPORAL_[A-Z_]+|GEMAAL_[A-Z_]+|DATABASE_URL|NO_PROXY|HTTPS?_PROXY|NO_COLOR|CI)\b/g,
    ),
    ...source('cli/runs.ts').matchAll(/environment\(\)\.([A-Z_]+)/g),
  ].map(([, name]) => name!)
  const isWhole = (name: string) => !name.includes('<') && !name.endsWith('_FILE')
  const shown = table('variable').flatMap(([names]) => code(names!))
  expect(shown.filter((name) => isWhole(name) && !name.startsWith('_')).sort()).toEqual([...new Set(read)].filter(isWhole).sort())
})
