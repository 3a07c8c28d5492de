import { inspect } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newPseudonymKey } from '../../worker/pseudonyms.js'
import { type Loopback, serveBy } from '../connectors/loopback.js'
import { elevenTestNumbers } from '../sources/zgw/random.js'
import { openProject, type TestProject } from '../support/project.js'
import { searchFor, tablesOf } from './search.js'

// A source whose records are persons: their number is the key, stands in every address, and is where the next page goes on.
const connector = `
docs: https://personen.example/docs
streams:
  personen:
    path: personen
    pages: { by: nextLink, records: personen, next: next }
    key: bsn
    byKeyPath: personen/{bsn}
    record:
      properties:
        bsn: { type: string, kind: bsn, description: Burgerservicenummer }
        dag: { type: string, format: date, kind: none, description: Dag van inschrijving }
  toeslagen:
    path: personen/{parent.bsn}/toeslagen
    pages: { by: single, records: toeslagen }
    key: [bsn, nummer]
    parent: { stream: personen, field: bsn }
    record:
      properties:
        bsn: { type: string, added: true, kind: bsn, description: Van wie }
        nummer: { type: integer, kind: none, description: Nummer }
        dag: { type: string, format: date, kind: none, description: Dag van ingang }
`
const contract = (stream: string) =>
  `from: personen/${stream}\nactivity: proef\npersonal: [bsn]\nretention: { keep: 5 years, after: dag }\nhistory: true\n`

const numbers = elevenTestNumbers('9999')
const persons: string[] = Array.from({ length: 2_300 }, () => numbers.next().value!)
const present = new Set(persons)
/** Requests for these are answered with an error that repeats what was asked. */
const broken = new Set<string>()
const pageSize = 500

let server: Loopback
let project: TestProject
const find = searchFor(persons)

beforeAll(async () => {
  server = await serveBy((response, { url }) => {
    const { pathname, searchParams } = new URL(url, 'http://localhost')
    const [, bsn, children] = /^\/personen\/(\d+)(\/toeslagen)?$/.exec(pathname) ?? []
    const after = searchParams.get('after') ?? ''
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (broken.has(bsn ?? after)) return answer(500, { detail: `no answer for ${bsn ?? after}`, code: bsn ?? after })
    if (bsn !== undefined && !present.has(bsn)) return answer(404, { detail: bsn })
    if (children !== undefined)
      return answer(200, {
        toeslagen: [
          { nummer: 1, dag: '2026-01-01' },
          { nummer: 2, dag: bsn!.endsWith('0') ? bsn : null },
        ],
      })
    if (bsn !== undefined) return answer(200, { bsn, dag: '2026-01-01' })
    const rest = persons.filter((person) => present.has(person) && person > after)
    const page = rest.slice(0, pageSize).map((person) => ({ bsn: person, dag: person.endsWith('7') ? person : '2026-01-01' }))
    return answer(200, { personen: page, ...(rest.length > pageSize && { next: `${server.url}/personen?after=${page.at(-1)!.bsn}` }) })
  })
  const register =
    'proef:\n  purpose: Proef\n  basis: algemeen belang\n  law: Gemeentewet art. 160\n  until: 2028-12-31\n  personal: { bsn: pseudonymise }\n'
  project = await openProject(
    {
      'gemaal.yaml':
        'gemaal: 1\norganisation: { name: Waterdam, code: 0363 }\ncontact: { data: data@waterdam.example, fg: fg@waterdam.example }\n',
      'activities.yaml': register,
      'sources/personen.yaml': `connector: personen\nbaseUrl: ${server.url}\n`,
      'connectors/personen/connector.yaml': connector,
      'datasets/proef/personen.yaml': contract('personen'),
      'datasets/proef/toeslagen.yaml': contract('toeslagen'),
    },
    { GEMAAL_KEY_PROEF: newPseudonymKey('proef') },
  )
  persons.sort()
})
afterAll(async () => {
  await project?.close()
  await server?.close()
})

const kept = async () => find(await tablesOf(project.warehouse.pool))

async function counts(): Promise<{ [table: string]: number }> {
  const [row] = await project.rows<{ [table: string]: number }>(
    `select (select count(*)::int from proef.personen) as personen, (select count(*)::int from proef.personen_deleted) as deleted,
      (select count(*)::int from proef.toeslagen) as toeslagen, (select count(*)::int from gemaal.quarantine where closed_at is null) as refused`,
  )
  return row!
}

test('a reading that breaks off where the next page goes on after a person keeps no number of a person, and goes on all the same', async () => {
  broken.add(persons[2 * pageSize - 1]!)
  const reading = await project.begin('personen/personen')
  const failure = await reading.stage().then(
    () => undefined,
    (error: Error) => error,
  )
  expect(failure?.name).toBe('SourceUnavailable')
  expect(find(new Map([['error', Buffer.from(`${failure!.stack}${inspect(failure)}`)]])).filter(({ place }) => place === 'error')).toEqual(
    [],
  )
  const [slice] = await project.rows<{ read: number; cursor: string | null }>('select read, cursor from gemaal.slices')
  expect(slice).toEqual({ read: 2 * pageSize, cursor: null })
  expect(await kept()).toEqual([])
  broken.clear()
  await reading.stage()
  await reading.publish()
  expect(await counts()).toMatchObject({
    personen: persons.filter((p) => !p.endsWith('7')).length,
    refused: persons.filter((p) => p.endsWith('7')).length,
  })
  expect(await kept()).toEqual([])
})

test('children that are listed for each person keep no number of a person either', async () => {
  await project.read('personen/toeslagen')
  expect((await counts()).toeslagen).toBe(2 * persons.length - persons.filter((p) => p.endsWith('0')).length)
  expect(await kept()).toEqual([])
})

test('a person who vanished leaves a pseudonym behind, in the dataset, its history and its account', async () => {
  for (const person of persons.slice(0, 20)) present.delete(person)
  for (let reading = 0; reading < 2; reading++) await project.read('personen/personen')
  expect((await counts()).deleted).toBe(persons.slice(0, 20).filter((p) => !p.endsWith('7')).length)
  const [gone] = await project.rows<{ bsn: string }>('select bsn from proef.personen_deleted limit 1')
  expect(gone!.bsn).toMatch(/^pr1_[\w-]{43}$/)
  expect(await kept()).toEqual([])
})
