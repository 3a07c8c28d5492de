import { afterEach, beforeEach, expect, test } from 'vitest'
import { examplesOf } from '../../docs/pages.js'
import { melding, waterdamSets } from '../../sources/odata/model.js'
import { failure, type ODataServer, password, send, startOData, username } from '../../sources/odata/server.js'
import { balanceOf, openProject, type TestProject } from '../../support/project.js'

/** The files of the page, by the path in their first line. */
const files = examplesOf('docs/connectors/odata.md')
const gemaal =
  'gemaal: 1\norganisation: { name: Gemeente Waterdam, code: 0363 }\ncontact: { data: data@waterdam.example, fg: fg@waterdam.example }\n'
const activities =
  'openbare-ruimte:\n  purpose: Volgen van meldingen\n  basis: algemeen belang\n  law: Gemeentewet art. 108\n  until: 2028-12-31\n'

let server: ODataServer
let project: TestProject
beforeEach(async () => {
  server = await startOData({ version: 4, sets: waterdamSets(4), tracked: ['Regels'] })
  project = await openProject(
    { ...files, 'gemaal.yaml': gemaal, 'activities.yaml': activities },
    { MELDSYSTEEM: server.url, GEMAAL_MELDSYSTEEM_USERNAME: username, GEMAAL_MELDSYSTEEM_PASSWORD: password },
  )
})
afterEach(async () => {
  await project?.close()
  await server?.stop()
})

const read = (stream: string, reading?: 'full' | 'changes') => project.read(`meldsysteem/${stream}`, reading)
const meldingen = 'meldingen.meldingen'
const regels = 'meldingen.regels'
const numbers = async () =>
  (await project.rows<{ nummer: string }>('select nummer from meldingen.meldingen order by 1')).map((row) => row.nummer)

test('records land exactly, without the name of the one who reported, which no dataset asks for', async () => {
  expect(balanceOf(await read('meldingen'), meldingen)).toMatchObject({ read: 7, new: 7, quarantined: 0 })
  const [row] = await project.rows('select *, teller::text as digits from meldingen.meldingen order by nummer')
  expect(row).toMatchObject({ nummer: 'M-1', bedrag: '1.50', digits: '9007199254742001', dicht: false })
  expect(row!.ontvangen).toEqual(new Date('2026-03-02T09:30:00Z'))
  expect(row).not.toHaveProperty('melder')
  expect(server.asked.every(({ address }) => !address.includes('Melder'))).toBe(true)
})

test('changes land by their cursor, and what was deleted is gone after the source was asked for it', async () => {
  await read('meldingen')
  server.put('Meldingen', { ...melding(3, 4), Bedrag: '99.99', Gewijzigd: '2026-04-01T00:00:00Z' })
  server.put('Meldingen', { ...melding(20, 4), Gewijzigd: '2026-04-01T00:00:00Z' })
  server.remove('Meldingen', { Nummer: 'M-5' })
  expect(balanceOf(await read('meldingen', 'changes'), meldingen)).toMatchObject({ new: 1, changed: 1 })
  expect(await numbers()).toContain('M-5')
  expect(balanceOf(await read('meldingen'), meldingen)).toMatchObject({ deleted: 1 })
  expect(await numbers()).toEqual(['M-1', 'M-2', 'M-20', 'M-3', 'M-4', 'M-6', 'M-7'])
})

test('changes that the service tracks land with their deletes', async () => {
  await read('regels', 'changes')
  server.put('Regels', { Melding: 'M-9', Volgnummer: '9', Tekst: 'Straatwerk' })
  server.remove('Regels', { Melding: 'M-1', Volgnummer: '0' })
  expect(balanceOf(await read('regels', 'changes'), regels)).toMatchObject({ new: 1, removed: 1 })
  expect(await project.rows('select 1 from meldingen.regels')).toHaveLength(7)
})

test('a right that was taken away deletes nothing', async () => {
  await read('meldingen')
  server.forbidden.add('{"Nummer":"M-2"}')
  server.set('Meldingen').rows = server.set('Meldingen').rows.filter(({ Nummer }) => Nummer !== 'M-2')
  await read('meldingen')
  expect(await numbers()).toContain('M-2')
})

test('a service that is out of order ends the run, and everything stays', async () => {
  await read('meldingen')
  server.answer(/Meldingen/, (response) => send(response, failure(503, 'Down')), 100)
  await expect(read('meldingen')).rejects.toMatchObject({ name: 'SourceUnavailable' })
  expect(await numbers()).toHaveLength(7)
})

test('a field that is gone stops the stream with its name; one that came is not asked for', async () => {
  await read('meldingen')
  server.set('Meldingen').fields.Nieuw = 'String'
  expect(balanceOf(await read('meldingen'), meldingen)).toMatchObject({ unchanged: 7 })
  delete server.set('Meldingen').fields.Bedrag
  await expect(read('meldingen')).rejects.toMatchObject({ name: 'UnexpectedResponse', message: expect.stringContaining('Bedrag') })
  expect(await numbers()).toHaveLength(7)
})
