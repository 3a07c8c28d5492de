import { afterAll, beforeAll, expect, test } from 'vitest'
import { SourceRefused } from '../../../connectors/errors.js'
import { newPseudonymKey } from '../../../worker/pseudonyms.js'
import { examplesOf } from '../../docs/pages.js'
import { someIncident } from '../../sources/topdesk/records.js'
import { credentials, startTopdesk, type Topdesk } from '../../sources/topdesk/server.js'
import { balanceOf, openProject, type TestProject } from '../../support/project.js'

/** The files of the page, as a reader would copy them. */
const example = examplesOf('docs/connectors/topdesk.md')
const gemaal = `
gemaal: 1
organisation: { name: Gemeente Waterdam, code: 0363, rsin: 002564440 }
contact: { data: datateam@waterdam.example, fg: fg@waterdam.example }
`
/** Beside them one dataset that asks for the callers, of an activity that lets them land as pseudonyms. */
const files = {
  ...example,
  'gemaal.yaml': gemaal,
  'activities.yaml': `${example['activities.yaml']}
melders:
  purpose: Zien hoeveel melders vaker melden.
  basis: algemeen belang
  law: Gemeentewet art. 160
  until: 2028-12-31
  personal: { identificatie: pseudonymise }
`,
  'datasets/topdesk/melders.yaml':
    'from: topdesk/incidents\nactivity: melders\npersonal: [identificatie]\nretention: { keep: 2 years, after: creation_date }\n',
}

let server: Topdesk
let project: TestProject
beforeAll(async () => {
  server = await startTopdesk({ incidents: 30, clamp: 12 })
  project = await openProject(
    { ...files, 'sources/topdesk.yaml': example['sources/topdesk.yaml']!.replace('https://waterdam.topdesk.net', server.url) },
    {
      GEMAAL_TOPDESK_USERNAME: credentials.username,
      GEMAAL_TOPDESK_PASSWORD: credentials.password,
      GEMAAL_KEY_MELDERS: newPseudonymKey('melders'),
    },
  )
})
afterAll(async () => {
  await project?.close()
  await server?.close()
})

const read = (reading?: 'full' | 'changes') => project.read('topdesk/incidents', reading)
const incidenten = () => project.rows<{ [column: string]: unknown }>('select * from topdesk.incidenten order by number')

test('the files of the page are those of a source, a dataset and its activity', () => {
  expect(Object.keys(example).sort()).toEqual(['activities.yaml', 'datasets/topdesk/incidenten.yaml', 'sources/topdesk.yaml'])
})

test('incidents land with all that is no person', async () => {
  expect(balanceOf(await read(), 'topdesk.incidenten')).toMatchObject({ read: 30, new: 30, quarantined: 0 })
  const rows = await incidenten()
  expect(rows[1]).toMatchObject({
    number: 'M2603 0001',
    status: 'secondLine',
    category_name: 'Hardware',
    operator_group_name: 'Servicedesk',
  })
  expect(rows[1]!.modification_date).toEqual(new Date('2026-03-02T09:00:00Z'))
  const text = JSON.stringify(rows)
  for (const person of ['de Vries', 'voorbeeld.example', 'verwarming', 'koud']) expect(text).not.toContain(person)
})

test('a caller is a pseudonym that can be counted, where an activity lets it land', async () => {
  const [{ callers, shown }] = (await project.rows<{ callers: string; shown: string }>(
    'select count(distinct caller_id) as callers, min(caller_id) as shown from topdesk.melders',
  )) as [{ callers: string; shown: string }]
  expect(Number(callers)).toBe(7)
  expect(shown).toMatch(/^me1_/)
})

test('what changed is read: a new incident, and one that was archived, which is no deletion', async () => {
  const now = Date.now() - 60_000
  server.incidents.push(someIncident(100, now))
  Object.assign(server.incidents[2]!, { status: 'firstLineArchived', modified: now })
  const changes = balanceOf(await read('changes'), 'topdesk.incidenten')
  expect(changes).toMatchObject({ new: 1, changed: 1, deleted: 0, removed: 0 })
  expect(balanceOf(await read(), 'topdesk.incidenten')).toMatchObject({ unchanged: 31, deleted: 0 })
})

test('an incident that is deleted at the source leaves at the next full reading, by its key', async () => {
  const [gone] = server.incidents.splice(4, 1)
  expect(balanceOf(await read('changes'), 'topdesk.incidenten')).toMatchObject({ deleted: 0 })
  expect(balanceOf(await read(), 'topdesk.incidenten')).toMatchObject({ unchanged: 30, deleted: 1 })
  expect((await incidenten()).map(({ id }) => id)).not.toContain(gone!.id)
})

test('a field that nobody described is reported and does not land', async () => {
  for (const incident of server.incidents) Object.assign(incident, { bsnVanMelder: '999990019' })
  await read()
  expect(await project.rows('select path, what from gemaal.schema_changes')).toEqual([{ path: 'bsnVanMelder', what: 'new field' }])
  expect(JSON.stringify(await incidenten())).not.toContain('999990019')
})

test('incidents that a filter on our operator hides stay, since they are forbidden and not gone', async () => {
  server.hide('Hardware')
  const outcome = await read()
  expect(outcome.datasets.find(({ dataset }) => dataset === 'topdesk.incidenten')?.balance ?? { deleted: 0 }).toMatchObject({ deleted: 0 })
  expect(await incidenten()).toHaveLength(30)
})

test('a source that is too busy for a moment is read all the same, and one with another password is refused', async () => {
  server.busy(1)
  expect(balanceOf(await read('changes'), 'topdesk.incidenten').quarantined).toBe(0)
  project.environment.GEMAAL_TOPDESK_PASSWORD = 'ingetrokken'
  await expect(read()).rejects.toThrow(SourceRefused)
})
