import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type CsvFolder, openFolder } from '../sources/csv/folder.js'
import { balanceOf, openProject, type TestProject } from '../support/project.js'
import { expectBalanced } from './equal.js'
import { type ListsProject, openLists } from './lists.js'

/** Files with lines as `0003;012345672;9,99`. The source file says how their numbers are written; nothing is guessed. */
const stream = (files: string, decimal: string) => `
  ${files}:
    files: ${files}/*.csv
    format: csv
    decimal: '${decimal}'
    key: [gemeente, nummer]
    record:
      gemeente: { type: text, kind: none, description: Code van de gemeente }
      nummer: { type: text, kind: none, description: Nummer van de regel }
      bedrag: { type: decimal, kind: none, description: Bedrag in euro }
`

let folder: CsvFolder
let project: TestProject
beforeAll(async () => {
  folder = await openFolder()
  project = await openProject(
    {
      'gemaal.yaml':
        'gemaal: 1\norganisation: { name: Gemeente Waterdam, code: 0003, rsin: 002564440 }\ncontact: { data: data@waterdam.example, fg: fg@waterdam.example }\n',
      'sources/bestanden.yaml': `connector: files\nbaseUrl: { env: BESTANDEN }\nstreams:${stream('komma', ',')}${stream('punt', '.')}`,
      'datasets/geld/komma.yaml': 'from: bestanden/komma\n',
      'datasets/geld/punt.yaml': 'from: bestanden/punt\n',
    },
    { BESTANDEN: pathToFileURL(folder.folder).href },
  )
})
afterAll(async () => {
  await project.close()
  await folder.stop()
})

/** Lands lines of a file. Returns what stands, by number of the line. */
async function land(files: 'komma' | 'punt', bedragen: readonly string[]) {
  const lines = bedragen.map((bedrag, at) => `0003;${String(at).padStart(9, '0')};${bedrag}`)
  await folder.put(`${files}/a.csv`, ['gemeente;nummer;bedrag', ...lines].join('\n'))
  const outcome = await project.read(`bestanden/${files}`)
  const rows = await project.rows<{ gemeente: string; nummer: string; bedrag: string }>(
    `select gemeente, nummer, bedrag::text as bedrag from geld.${files} order by nummer`,
  )
  return { balance: balanceOf(outcome, `geld.${files}`), rows }
}

describe('16: numbers are read by the notation that was stated', () => {
  test('16: with a decimal comma 9,99 is 9.99, 1.234 is 1234 and 1.234,56 is 1234.56', async () => {
    const { rows } = await land('komma', ['9,99', '1.234', '1.234,56', '-12,5', '0,00', '', '1.234.567,891'])
    expect(rows.map((r) => r.bedrag)).toEqual(['9.99', '1234', '1234.56', '-12.5', '0.00', null, '1234567.891'])
  })

  test('16: with a decimal point 1.234 is 1.234 and 1,234.56 is 1234.56', async () => {
    const { rows } = await land('punt', ['9.99', '1.234', '1,234.56', '-12.5'])
    expect(rows.map((r) => r.bedrag)).toEqual(['9.99', '1.234', '1234.56', '-12.5'])
  })

  test.each([
    ['komma', ['9.99', '12.34.56', '1,234.56', '1.23,4', 'n.v.t.']],
    ['punt', ['9,99', '1.234,56', '1,23.4', '€ 5', '١٢']],
  ] as const)('16: what is no number in the stated notation goes to quarantine, and is not guessed (%s)', async (files, wrong) => {
    const { balance, rows } = await land(
      files,
      ['1', ...wrong].map((bedrag) => bedrag),
    )
    expect(balance.quarantined).toBe(wrong.length)
    expect(rows.filter((r) => r.bedrag !== null && r.nummer === '000000000').map((r) => r.bedrag)).toEqual(['1'])
    const entries = await project.rows<{ key: string[]; findings: { column: string }[] }>(
      'select key, findings from gemaal.quarantine where dataset = $1 and closed_at is null order by key',
      [`geld.${files}`],
    )
    expect(entries.map((e) => [e.key[1], e.findings.map((f) => f.column)])).toEqual(
      wrong.map((_, at) => [String(at + 1).padStart(9, '0'), ['bedrag']]),
    )
    await expectBalanced(project)
  })
})

describe('16: identifiers keep their zeros', () => {
  let lists: ListsProject
  beforeEach(async () => {
    lists = await openLists({
      fields: `
        code: { type: [string, "null"], kind: none, description: Code of the municipality }
        nummers: { type: array, items: { type: string }, kind: none, description: Numbers }
        bedrag: { type: [string, "null"], format: decimal, kind: none, description: Amount }
        aantal: { type: [integer, "null"], kind: none, description: How many }`,
      write: ({ id, ...entry }) =>
        `{"id":${id},${Object.entries(entry)
          .map(([name, json]) => `"${name}":${json}`)
          .join(',')}}`,
    })
  })
  afterEach(() => lists.close())

  test('16: from a file and as a part of the key', async () => {
    const { rows } = await land(
      'komma',
      Array.from({ length: 12 }, () => '1'),
    )
    expect(rows.map((r) => `${r.gemeente}/${r.nummer}`)).toEqual(
      Array.from({ length: 12 }, (_, at) => `0003/${String(at).padStart(9, '0')}`),
    )
  })

  test('16: from JSON, alone and in a list', async () => {
    lists.server.entries.splice(
      0,
      45,
      { id: 1, code: '"0003"', nummers: '["012345672","000000012"]' },
      { id: 2, code: '"12345672"', nummers: '["0"]' },
    )
    await lists.readList('page')
    expect(await lists.rows('select code, nummers from lists.page order by id')).toEqual([
      { code: '0003', nummers: ['012345672', '000000012'] },
      { code: '12345672', nummers: ['0'] },
    ])
  })

  test('16: text in JSON that is declared a decimal is plain or refused: a comma is never taken for a point, nor a point for nothing', async () => {
    const texts = ['9.99', '1.234', '9,99', '1.234,56', '1 234', '0003', '']
    lists.server.entries.splice(0, 45, ...texts.map((text, at) => ({ id: at + 1, bedrag: JSON.stringify(text) })))
    const outcome = await lists.readList('page')
    expect(await lists.rows('select id::int as id, bedrag::text as bedrag from lists.page order by id')).toEqual([
      { id: 1, bedrag: '9.99' },
      { id: 2, bedrag: '1.234' },
      { id: 6, bedrag: '3' },
    ])
    expect(balanceOf(outcome, 'lists.page')).toMatchObject({ read: 7, new: 3, quarantined: 4 })
    const [{ text } = { text: '' }] = await lists.rows<{ text: string }>(
      'select string_agg(q::text, chr(10)) as text from gemaal.quarantine q',
    )
    for (const wrong of ['9,99', '1.234,56', '1 234']) expect(text).not.toContain(wrong)
  })

  test('16: a source that lost the zeros itself is not mended by us', async () => {
    lists.server.entries.splice(0, 45, { id: 1, code: '3' }, { id: 2, code: '12345672.0' })
    await lists.readList('page')
    expect(await lists.rows('select code from lists.page order by id')).toEqual([{ code: '3' }, { code: '12345672.0' }])
  })
})
