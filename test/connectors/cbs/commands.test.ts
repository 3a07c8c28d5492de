import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CbsServer, startCbs } from '../../sources/cbs/server.js'
import { openFolder, type TestFolder } from '../../support/folder.js'
import { gemaal } from '../../support/gemaal.js'

let server: CbsServer
let folder: TestFolder
let project: string
beforeAll(async () => {
  server = await startCbs()
  folder = await openFolder()
  project = join(folder.path, 'waterdam')
  await gemaal(['init', 'waterdam', '--name', 'Waterdam', '--code', '0363'], { cwd: folder.path })
})
afterAll(async () => {
  await server.stop()
  await folder.remove()
})

const run = (...args: string[]) => gemaal(args, { cwd: project })
const sourceFile = () => readFile(join(project, 'sources', 'cbs.yaml'), 'utf8')

test('a public service needs no address, no credential and no variable', async () => {
  const added = await run('source', 'add', 'statline', '--connector', 'cbs')
  expect(added).toMatchObject({ code: 0, stderr: expect.stringContaining('no credential is needed') })
  expect(added.stderr).not.toContain('STATLINE_URL')
  expect(await readFile(join(project, 'sources', 'statline.yaml'), 'utf8')).not.toContain('baseUrl')
})

test('from an empty source file to figures: discover proposes the kerncijfers, and lists what can be asked of them', async () => {
  await run('source', 'add', 'cbs', '--connector', 'cbs', '--url', server.url)
  const written = await run('discover', 'cbs', '--write')
  expect(written).toMatchObject({ code: 0, stderr: expect.not.stringContaining('State the kind') })
  expect(await sourceFile()).toContain(
    '  kerncijfers:\n    table: [ 83765NED, 85984NED, 86165NED ]\n    regions: [ gemeente, wijken, buurten ]\n',
  )
  const again = await run('discover', 'cbs')
  expect(again).toMatchObject({ code: 0, stderr: 'sources/cbs.yaml states every stream that the source offers.\n' })
  expect(again.stdout).toMatch(/^kerncijfers:\n {2}83765NED: Kerncijfers wijken en buurten 2017, changed 2017-07-01T02:00:00\n/)
  expect(again.stdout).toMatch(/^ {2}T001036 {2,}Aantal inwoners \(aantal\)$/m)
})

test('figures are shown as they would land, before anything is set up to land them', async () => {
  await writeFile(
    join(project, 'sources', 'cbs.yaml'),
    `connector: cbs\nbaseUrl: ${server.url}\nstreams:\n  kerncijfers: { table: 86165NED, regions: buurten }\n`,
  )
  const tried = await run('try', 'cbs/kerncijfers', '--limit', '500', '--json')
  expect(tried.code).toBe(0)
  const figures = (JSON.parse(tried.stdout) as { records: { columns: { [column: string]: string } }[] }).records.map(
    ({ columns }) => columns,
  )
  const inhabitants = figures.filter(({ onderwerp_titel }) => onderwerp_titel === 'Aantal inwoners')
  expect(inhabitants.map(({ buurtcode, waarde }) => [buurtcode, waarde])).toContainEqual(['BU03630000', '2140'])
})
