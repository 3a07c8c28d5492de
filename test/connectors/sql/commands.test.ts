import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPostgresSource } from '../../sources/sql/postgres.js'
import { bsn, password, type SqlSource, voorzieningen } from '../../sources/sql/source.js'
import { openFolder, type TestFolder } from '../../support/folder.js'
import { type Ended, gemaal } from '../../support/gemaal.js'

let source: SqlSource
let folder: TestFolder
let env: { [name: string]: string }
beforeAll(async () => {
  source = await startPostgresSource()
  await source.execute(voorzieningen(1, 3))
  folder = await openFolder()
  const { username } = source.credentials
  env = { GEMAAL_CENTRIC_USERNAME: username, GEMAAL_CENTRIC_PASSWORD: password, CENTRIC_URL: source.baseUrl }
  const municipality = [
    '--name',
    'Gemeente Waterdam',
    '--code',
    '0363',
    '--contact',
    'data@waterdam.example',
    '--fg',
    'fg@waterdam.example',
  ]
  expect(await run('init', ...municipality)).toMatchObject({ code: 0 })
  expect(await run('source', 'add', 'centric', '--connector', 'sql')).toMatchObject({ code: 0 })
})
afterAll(async () => {
  await folder?.remove()
  await source?.stop()
})

const run = (...args: string[]): Promise<Ended> => gemaal(args, { cwd: folder.path, env })
const path = () => join(folder.path, 'sources/centric.yaml')

test('discover writes the tables into the source file; what a person stated of them is tried, and doctor looks at it', async () => {
  expect(await run('discover', 'centric', '--write')).toMatchObject({ code: 0 })
  const proposed = await readFile(path(), 'utf8')
  expect(proposed).toContain('      datum_besluit: { type: date, description: Dag van het besluit }')
  // One of them is wanted: the others go, and its key and BSN get a kind.
  const [before = '', ...entries] = proposed.split(/^(?= {2}# Proposed by)/m)
  const stated = (before + entries.find((entry) => entry.includes('table: wmo.voorziening\n')))
    .replace('voorziening_id: { type: integer', 'voorziening_id: { kind: none, type: integer')
    .replace('bsn: { type: text', 'bsn: { kind: bsn, type: text')
  await writeFile(path(), stated)

  const tried = await run('try', 'centric/voorziening')
  expect(tried).toMatchObject({ code: 0 })
  expect(tried.stderr).toMatch(/SQL postgres\+plain:\/\/127\.0\.0\.1:\d+\/test_\w+ {2}3 rows, \d+ ms/)
  expect(tried.stdout).toContain('voorziening_id')
  for (const secret of [password, bsn(1)]) expect(tried.stdout + tried.stderr).not.toContain(secret)

  const doctor = await run('doctor')
  expect(doctor.stdout).toMatch(/'voorziening' gives records|'regel' gives records/)
  expect(doctor.stdout).toMatch(/it is PostgreSQL \d/)
  expect(doctor.stdout).toMatch(/the login can change nothing there/)
})
