import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../../cli/embedded/build.mjs'
import { openFolder } from '../support/folder.js'
import { expectReal, fenced } from './real.js'

test('the demo ends well, and prints what the README shows', { timeout: 300_000 }, async () => {
  const folder = await openFolder()
  try {
    const file = await open(join(folder.path, 'printed'), 'w')
    // Servers of the demo's own, whatever this machine is set up for.
    const others = /^(DATABASE_URL|PG|TEMPORAL_|GEMAAL_|VITEST|NODE_OPTIONS)/
    const env = { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !others.test(name))), GEMAAL_DATA: folder.path }
    const demo = spawn(process.execPath, [join(root, 'dist', 'cli', 'main.js'), 'demo'], {
      cwd: root,
      env,
      stdio: ['ignore', file.fd, file.fd],
    })
    const [code] = await once(demo, 'exit')
    await file.close()
    const printed = await readFile(join(folder.path, 'printed'), 'utf8')
    expect(code, printed).toBe(0)
    await expectReal('../README.md', { demo: fenced('text', cut(printed.split('\n'))) })
  } finally {
    await folder.remove()
  }
})

/** The table without the catalogi and its seconds, the balance, what the rules found, some of a mart, the refusal, and the other mart. */
function cut(lines: readonly string[]): string {
  const at = (part: string) => {
    const index = lines.findIndex((line) => line.startsWith(part))
    if (index < 0) throw new Error(`the demo does not print '${part}'`)
    return index
  }
  const table = lines.slice(at('dataset '), lines.indexOf('', at('dataset ')))
  const mart = lines.slice(at('maand '), lines.indexOf('', at('maand ')))
  const shown = table.filter((line) => /^(?!catalogi\.)/.test(line)).map((line) => line.slice(0, table[1]!.lastIndexOf('  ')).trimEnd())
  return [
    ...shown,
    '',
    lines[at('Each line balances')],
    '',
    ...lines.slice(at('What the rules found'), at('What the rules found') + 3),
    '  …',
    '',
    ...lines.slice(at('Mart '), at('Mart ') + 1),
    '',
    ...mart.slice(0, 7),
    '…',
    '',
    lines[at('The same login on')],
    '',
    ...lines.slice(at('Mart wmo.per_buurt'), lines.indexOf('', at('buurt '))),
  ].join('\n')
}
