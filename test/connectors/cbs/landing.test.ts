import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { examplesOf } from '../../docs/pages.js'
import { type CbsServer, startCbs } from '../../sources/cbs/server.js'
import { balanceOf, openProject, type TestProject } from '../../support/project.js'

/** The files of the page, as a reader would copy them: each block is named by the comment above its first line. */
const files = examplesOf('docs/connectors/cbs.md')
const gemaal = `
gemaal: 1
organisation: { name: Gemeente Waterdam, code: 0363, rsin: 002564440 }
contact: { data: datateam@waterdam.example, fg: fg@waterdam.example }
`

let server: CbsServer
let project: TestProject

beforeAll(async () => {
  server = await startCbs()
  const source = files['sources/cbs.yaml']!
  project = await openProject({ ...files, 'gemaal.yaml': gemaal, 'sources/cbs.yaml': `${source}baseUrl: ${server.url}\n` })
})
afterAll(async () => {
  await project?.close()
  await server?.stop()
})

const inwoners = () =>
  project.rows<{ periode: string; buurtcode: string; waarde: string }>(
    `select periode, buurtcode, waarde from cbs.kerncijfers where onderwerp = 'T001036' and regio_soort = 'buurt' order by 1, 2`,
  )
const count = async (where = 'true') => Number((await project.rows(`select count(*) as n from cbs.kerncijfers where ${where}`))[0]!.n)

test('the files of the page are those of a source and a dataset, without an address', () => {
  expect(Object.keys(files).sort()).toEqual(['datasets/cbs/kerncijfers.yaml', 'sources/cbs.yaml'])
  expect(files['sources/cbs.yaml']).not.toContain('baseUrl')
})

describe('kerncijfers of two years, as the page has them', () => {
  test('land whole, with exact figures, dates, and nothing that a rule has against them', async () => {
    await project.read('cbs/kerncijfers')
    expect(await inwoners()).toHaveLength(10)
    const [row] = await project.rows(
      `select waarde, regio_naam, wijkcode, gemeentecode, periode_van::text, periode_tot::text, pg_typeof(waarde)::text as type, _findings
       from cbs.kerncijfers where sleutel = '86165NED/T001036/BU03630000'`,
    )
    expect(row).toEqual({
      waarde: '2140',
      regio_naam: 'Oude Haven',
      wijkcode: 'WK036300',
      gemeentecode: 'GM0363',
      periode_van: '2025-01-01',
      periode_tot: '2026-01-01',
      type: 'numeric',
      _findings: [],
    })
    expect(await count('cardinality(_findings) > 0')).toBe(0)
    expect(await count('waarde is null and waarde_tekst is null and waarde_reden is null')).toBe(0)
  })

  test('are not read again while they do not change, and land anew where they did', async () => {
    server.asked.length = 0
    await project.read('cbs/kerncijfers', 'changes')
    expect(server.asked.every((address) => address.endsWith('/Properties'))).toBe(true)

    server.revise('86165NED', ({ rows }) => {
      rows.find(({ codes }) => codes.WijkenEnBuurten === 'BU03630000')!.cells[3] = { value: '2150' }
    })
    const balance = balanceOf(await project.read('cbs/kerncijfers', 'changes'), 'cbs.kerncijfers')
    expect(balance).toMatchObject({ changed: 1, new: 0, quarantined: 0 })
    expect((await inwoners()).filter(({ waarde }) => waarde === '2150')).toHaveLength(1)
  })

  test('that left the table are deleted once the service says of each that it is gone', async () => {
    const left = (tabel: string) => count(`tabel = '${tabel}' and buurtcode = 'BU03630102'`)
    expect(await left('86165NED')).toBeGreaterThan(0)
    server.revise('86165NED', (table) => {
      table.rows = table.rows.filter(({ codes }) => codes.WijkenEnBuurten !== 'BU03630102')
    })
    await project.read('cbs/kerncijfers', 'changes')
    expect(await left('86165NED')).toBeGreaterThan(0)
    await project.read('cbs/kerncijfers')
    expect(await left('86165NED')).toBe(0)
    expect(await left('85984NED')).toBeGreaterThan(0)
  })

  test('of a column that came are rows, and change no table of ours', async () => {
    server.revise('86165NED', ({ topics, rows }) => {
      topics.unshift({ name: 'Mannen', id: '3000', title: 'Mannen', unit: 'aantal', decimals: 0, groups: ['Bevolking'] })
      for (const { cells } of rows) cells.unshift({ value: '7' })
    })
    await project.read('cbs/kerncijfers', 'changes')
    expect(await count("onderwerp = '3000' and onderwerp_titel = 'Mannen' and waarde = 7")).toBe(7)
  })

  test('are the same after a worker died in the middle of them', async () => {
    const before = await count()
    const begun = await project.begin('cbs/kerncijfers')
    let batches = 0
    const dies = () => {
      batches += 1
      if (batches === 2) throw new Error('the worker died')
    }
    await expect(begun.stage(undefined, dies)).rejects.toThrow('the worker died')
    await begun.stage()
    const balance = balanceOf(await begun.publish(), 'cbs.kerncijfers')
    expect(balance).toMatchObject({ read: before, unchanged: before, quarantined: 0 })
    expect(await count()).toBe(before)
  })

  test('wait for a service that is out of order, and lose nothing to a table that was withdrawn', async () => {
    const before = await count()
    server.revise('86165NED', () => {})
    server.fail(/Observations/, 'down', 100)
    await expect(project.read('cbs/kerncijfers', 'changes')).rejects.toMatchObject({ name: 'SourceUnavailable' })
    server.heal()
    await project.read('cbs/kerncijfers', 'changes')
    expect(await count()).toBe(before)

    server.tables.splice(server.tables.indexOf(server.table('86165NED')), 1)
    await expect(project.read('cbs/kerncijfers')).rejects.toMatchObject({ name: 'SourceRefused' })
    expect(await count()).toBe(before)
  })
})
