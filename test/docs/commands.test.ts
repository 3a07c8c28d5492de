import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { root } from '../../cli/embedded/build.mjs'
import { faultOf, readHelp, type Verb } from './commands.js'
import { blocksOf, codeOf, pages } from './pages.js'

let help: Verb

beforeAll(async () => {
  help = await readHelp()
})

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { [name: string]: string } }

/** Programs that a reader may be told to run, beside ours. */
const others = ['cd', 'git', 'docker', 'curl', 'psql', 'export', 'mkdir', 'cat', 'pg_dump']

/** What is wrong with a line of a shell; undefined when nothing is. */
function faultOfLine(line: string): string | undefined {
  const words = line
    .replace(/\s+#.*$/, '')
    .trim()
    .split(/\s+/)
  while (/^[A-Z_]+=/.test(words[0] ?? '')) words.shift()
  const [program = '', ...rest] = words
  if (program === 'gemaal') return faultOf(help, rest)
  if (program === 'npx' && rest[0] === 'gemaal') return faultOf(help, rest.slice(1))
  if (program === 'npx' && rest[0] === 'vitest') return undefined
  if (program === 'npm') return faultOfNpm(rest)
  return program === '' || others.includes(program) ? undefined : `${program} is no program that a reader has`
}

function faultOfNpm([verb = '', ...rest]: string[]): string | undefined {
  if (['ci', 'install', 'link'].includes(verb)) return undefined
  const script = verb === 'run' ? rest.shift()! : verb
  if (scripts[script] === undefined) return `there is no script '${script}' in package.json`
  const given = rest[0] === '--' ? rest.slice(1) : []
  if (script === 'gemaal') return faultOf(help, given)
  if (script === 'demo') return faultOf(help, ['demo', ...given])
  return script === 'start' ? faultOf(help, ['dev', ...given]) : undefined
}

// Those of getting started are run, each of them, by its own test.
test.for(pages.filter((page) => page !== 'docs/getting-started.md'))('each command in a block of %s is one that can be typed', (page) => {
  const faults = blocksOf(page)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ line, text }) =>
      text
        .replaceAll(/\\\n/g, '  ')
        .split('\n')
        .map((typed, at) => ({ at: `${page}:${line + at}`, fault: faultOfLine(typed) })),
    )
  expect(faults.filter(({ fault }) => fault !== undefined)).toEqual([])
})

test.for(pages)('each command in a sentence of %s is one that can be typed', (page) => {
  const faults = codeOf(page)
    .filter(({ text }) => /^(gemaal|npm|npx) /.test(text))
    .map(({ line, text }) => ({ at: `${page}:${line}`, text, fault: faultOfLine(text.replace(/[…<].*$/, '')) }))
  expect(faults.filter(({ fault }) => fault !== undefined)).toEqual([])
})

test('each command that a message or a comment of ours names is one that can be typed', () => {
  const files = ['cli', 'config', 'connectors', 'sql', 'worker', 'workflows'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => join(folder, path)),
  )
  const faults = files.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        [...line.matchAll(/\\?`(gemaal [a-z][^`\\]*)/g)].map(([, text]) => ({
          at: `${file}:${index + 1}`,
          text: text!,
          fault: faultOfLine(text!.replace(/(\$\{|…|<).*$/, '')),
        })),
      ),
  )
  expect(faults.filter(({ fault }) => fault !== undefined)).toEqual([])
})
