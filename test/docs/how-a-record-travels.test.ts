import { stringify } from 'lossless-json'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SourceRecord } from '../../connectors/connector.js'
import { prepareChecks } from '../../worker/pipeline/check.js'
import { preparePages, stagedColumns } from '../../worker/pipeline/page.js'
import { prepareShape } from '../../worker/pipeline/shape.js'
import { prepareShield } from '../../worker/pipeline/shield.js'
import type { StreamSession } from '../../worker/session.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import { expectReal, fenced, tableOf } from './real.js'

let waterdam: Waterdam

beforeAll(async () => {
  waterdam = await openWaterdam()
})

afterAll(() => waterdam.close())

/** The zaak that the page follows: closed, with a BSN in its toelichting. */
function theZaak(): SourceRecord {
  const withBsn = new Set(
    waterdam.zgw
      .planted()
      .filter((p) => p.stream === 'zaken' && p.place === 'toelichting')
      .map((p) => p.uuid),
  )
  const broken = new Set(waterdam.zgw.truth().map(({ uuid }) => uuid))
  const found = waterdam.zgw
    .snapshot()
    .zaken.find((z) => withBsn.has(z.uuid as string) && z.einddatum !== null && !broken.has(z.uuid as string))
  if (!found) throw new Error('no closed zaak has a BSN in its toelichting')
  return found
}

const shown = [
  'url',
  'uuid',
  'identificatie',
  'omschrijving',
  'toelichting',
  'zaaktype',
  'registratiedatum',
  'einddatum',
  'vertrouwelijkheidaanduiding',
  'laatstGemuteerd',
  'verlenging',
]
const columns = [
  'uuid',
  'identificatie',
  'omschrijving',
  'toelichting',
  'zaaktype_uuid',
  'zaaktype_identificatie',
  'zaaktype_omschrijving',
  'registratiedatum',
  'einddatum',
  'vertrouwelijkheidaanduiding',
  'laatst_gemuteerd',
  'verlenging_reden',
]

test('the page that follows one zaak shows what happens to it', async () => {
  const session = await waterdam.session('zaken')
  const listed = theZaak()
  const at = (text: string) => text.replaceAll(waterdam.zgw.url, 'https://openzaak.waterdam.example')

  // read: by its key here, since the page that it is on holds a hundred others
  waterdam.zgw.clearRequests()
  const outcome = await waterdam.read('zaken')
  const asked = waterdam.zgw.requests().filter(({ path }) => path.endsWith('/zaken'))
  const record = await readOne(session, listed.uuid as string)

  const plan = session.plan
  const place = plan.datasets.findIndex(({ name }) => name === 'zaken.zaken')
  const dataset = plan.datasets[place]!
  const news = new Set<string>()
  const shaped = prepareShape(plan)(record, news)
  expect(news).toEqual(new Set())
  const checked = prepareChecks(plan)[place]!(shaped)
  const shielded = prepareShield(plan, dataset, undefined).row(shaped, checked)
  const readAt = new Date('2026-11-25T05:30:04.210Z')
  const staged = preparePages(plan, session.pseudonymise)
    .process({ records: [record], readAt }, 0, 41)
    .staged.find((s) => s.dataset === place)!

  const fieldAt = (column: string) => plan.fields.findIndex((f) => f.column === column)
  const landed = (column: string) => dataset.columns.findIndex((c) => c.name === column)
  const left = (column: string) => dataset.left.find((l) => l.column === column)
  const written = (value: unknown) =>
    value === null || value === undefined ? '*null*' : `\`${typeof value === 'string' ? value : stringify(value)}\``

  const [row] = await waterdam.rows(
    `select uuid, identificatie, zaaktype_omschrijving, registratiedatum, einddatum, _findings, _run_id from zaken.zaken where uuid = $1`,
    [listed.uuid],
  )
  const [balance] = await waterdam.rows(
    `select read, new, changed, unchanged, duplicate, superseded, removed, quarantined, outside, balanced from meta.runs where dataset = 'zaken.zaken'`,
  )
  const [refused] = await waterdam.rows<{ key: string[]; findings: unknown }>(
    `select key, findings from gemaal.quarantine where dataset = 'zaken.zaken' order by id limit 1`,
  )
  await waterdam.read('statussen')
  const [mart] = await waterdam.rows(
    `select maand::text, zaaktype, heropend, zaken, mediaan_dagen from zaken.doorlooptijd where zaaktype = $1 and maand = date_trunc('month', $2::date)`,
    [row!.zaaktype_omschrijving, listed.einddatum],
  )
  expect(outcome.datasets.every((d) => d.outcome === 'published')).toBe(true)

  await expectReal('how-a-record-travels.md', {
    source: fenced('json', at(JSON.stringify(Object.fromEntries(shown.map((name) => [name, listed[name]])), null, 2))),
    asked: fenced(
      'http',
      asked
        .slice(0, 3)
        .map(({ method, path, search }) => `${method} ${path}${search}`)
        .join('\n'),
    ),
    shaped: tableOf(
      ['column', 'type', 'value'],
      columns.filter((c) => fieldAt(c) >= 0).map((c) => [`\`${c}\``, plan.fields[fieldAt(c)]!.value, written(shaped.values[fieldAt(c)])]),
    ),
    checked: fenced('json', JSON.stringify({ goes: checked.goes, findings: checked.findings })),
    refused: fenced('json', JSON.stringify({ key: refused!.key, findings: refused!.findings })),
    shielded: tableOf(
      ['column', 'kind', 'what shield leaves'],
      columns.map((c) => {
        const { kind = 'none' } = dataset.columns[landed(c)] ?? left(c) ?? {}
        return [`\`${c}\``, kind, landed(c) >= 0 ? written(shielded.columns[landed(c)]) : `nothing: ${left(c)!.why}`]
      }),
    ),
    staged: fenced('text', at(stagedLine(staged.text, stagedColumns.length + 3))),
    published: fenced('json', JSON.stringify(balance)),
    dataset: tableOf(Object.keys(row!), [Object.values(row!).map((value) => written(Array.isArray(value) ? `{${value.join()}}` : value))]),
    mart: tableOf(Object.keys(mart!), [Object.values(mart!).map(written)]),
  })
})

async function readOne(session: StreamSession, uuid: string): Promise<SourceRecord> {
  for await (const answer of session.stream.byKey!({ ...session.context(new AbortController().signal), fields: session.fields }, [
    { uuid },
  ]))
    if ('found' in answer) return answer.found
  throw new Error('the source has no such zaak')
}

/** A line of COPY with its tabs to be seen, and no more than its first columns. */
function stagedLine(text: string, most: number): string {
  const cells = text.trimEnd().split('\t')
  return `${cells.slice(0, most).join(' ⇥ ')} ⇥ … ${cells.length - most} more`
}
