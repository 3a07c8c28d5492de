import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { DatasetPlan, PlannedReferenceRule } from '../../config/dataset-plan.js'
import { keysToAsk, noteAnswers } from '../../sql/missing-references.js'
import { judgeReferences, type ReferenceRequest } from '../../sql/reference-rules.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'

let waterdam: Waterdam
let zaken: DatasetPlan
let statussen: DatasetPlan
let zaaktypen: DatasetPlan
let runId: number
beforeAll(async () => {
  waterdam = await openWaterdam({ zaken: 20, broken: 0 })
  for (const stream of ['zaken', 'statussen']) await waterdam.read(stream)
  const { plan } = await waterdam.workspace.load(waterdam.digest)
  const of = (stream: string, name: string) => plan.streams.get(`open-zaak/${stream}`)!.plan.datasets.find((d) => d.name === name)!
  zaken = of('zaken', 'zaken.zaken')
  statussen = of('statussen', 'zaken.statussen')
  zaaktypen = of('zaaktypen', 'catalogi.zaaktypen')
  ;[{ id: runId }] = (await waterdam.rows<{ id: number }>('select max(id) as id from gemaal.runs')) as [{ id: number }]
})
afterAll(() => waterdam?.close())

beforeEach(async () => {
  await waterdam.rows(`delete from zaken.statussen where uuid::text like '00000000-%'`)
  await waterdam.rows('delete from zaken.zaken_deleted')
  await waterdam.rows('delete from gemaal.reference_answers')
  await waterdam.rows('delete from gemaal.quarantine')
  await waterdam.rows(`update zaken.statussen set _findings = '{}'`)
  await waterdam.rows('delete from gemaal.findings')
  await waterdam.rows('delete from gemaal.finding_states')
})

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const nobody = id(99)

/** A status of a zaak that is not there. */
async function statusOf(zaak: string, n = 1, readAt = 'now()'): Promise<void> {
  await waterdam.rows(
    `insert into zaken.statussen (uuid, zaak_uuid, _run_id, _read_at, _changed_at, _hash, _findings)
     values ($1, $2, 1, ${readAt}, now(), gen_random_uuid(), '{nl.iets}')`,
    [id(n), zaak],
  )
}

const exists: PlannedReferenceRule = {
  level: 'reference',
  id: 'proef.zaak',
  version: 3,
  severity: 'warn',
  check: { name: 'references', parameters: { column: 'zaak_uuid', to: 'zaken' } },
  columns: ['zaak_uuid'],
  uses: { zaken: { dataset: 'zaken.zaken', schema: 'zaken', table: 'zaken', key: ['uuid'], columns: ['uuid'], sourceInKey: false } },
  nl: 'De zaak bestaat.',
  en: 'The zaak exists.',
}

const written = (sql: string, more: Partial<PlannedReferenceRule> = {}): PlannedReferenceRule => ({
  ...exists,
  id: 'proef.sql',
  check: { name: 'sql', parameters: { sql } },
  uses: { zaken: { ...exists.uses.zaken!, columns: ['uuid', 'einddatum'] } },
  ...more,
})

async function judge(rules: PlannedReferenceRule[], more: Partial<ReferenceRequest> = {}) {
  const plan = { ...statussen, referenceRules: rules }
  const datasets = new Map([plan, zaken, zaaktypen].map((d) => [d.name, d]))
  const verdicts = await judgeReferences(waterdam.warehouse, {
    ...{ runId, plan, datasets, published: new Map([['statussen', 'full' as const]]), failed: new Set(), askable: new Set(['zaken']) },
    ...more,
  })
  return verdicts?.map(({ rule: _, ...verdict }) => verdict)
}

const says = (answer: 'found' | 'gone' | 'forbidden' | 'unreadable') =>
  noteAnswers(waterdam.warehouse.db, zaken, [{ key: [nobody], says: answer }])
const found = (n = 1) => waterdam.rows<{ _findings: string[] }>('select _findings from zaken.statussen where uuid = $1', [id(n)])
const findings = () =>
  waterdam.rows(`select rule, severity, level, version, columns, count::int, detail, examples from gemaal.findings order by rule`)
const fullAt = async () =>
  (await waterdam.rows<{ at: Date }>(`select full_at as at from gemaal.checkpoints where dataset = 'zaken.zaken'`))[0]!.at

test('a target that is there is no finding', async () => {
  expect(await judge([exists])).toEqual([{ broken: 0, unknown: 0 }])
  expect(await findings()).toEqual([])
})

test('a target that the source says is gone marks the row, and is a finding with the key', async () => {
  await statusOf(nobody)
  await says('gone')
  expect(await judge([exists])).toEqual([{ broken: 1, unknown: 0 }])
  expect(await found()).toEqual([{ _findings: ['nl.iets', 'proef.zaak'] }])
  const finding = { rule: 'proef.zaak', severity: 'warn', level: 'reference', version: 3, columns: ['zaak_uuid'], count: 1, detail: null }
  expect(await findings()).toEqual([{ ...finding, examples: [id(1)] }])
  expect(await waterdam.rows('select rule, records::int from gemaal.finding_states')).toEqual([{ rule: 'proef.zaak', records: 1 }])

  // Said twice is said once.
  await judge([exists])
  expect(await findings()).toHaveLength(1)

  await waterdam.rows('delete from gemaal.reference_answers')
  expect(await judge([exists])).toEqual([{ broken: 0, unknown: 1 }])
  expect(await found()).toEqual([{ _findings: ['nl.iets'] }])
  expect(await findings()).toEqual([])
  expect(await waterdam.rows('select resolved_at is not null as resolved from gemaal.finding_states')).toEqual([{ resolved: true }])
})

test.each(['found', 'forbidden', 'unreadable'] as const)('a target of which the source says %s is unknown', async (answer) => {
  await statusOf(nobody)
  await says(answer)
  expect(await judge([exists])).toEqual([{ broken: 0, unknown: 1 }])
})

test('a target in quarantine is there, at the source', async () => {
  await statusOf(nobody)
  await says('gone')
  await waterdam.rows(
    `insert into gemaal.quarantine (dataset, source, stream, key, record, findings, connector, contract_version, fingerprint, first_run_id,
       last_run_id, first_seen_at, last_seen_at, read_at)
     values ('zaken.zaken', 'open-zaak', 'zaken', array[$1], '{}', '[]', 'zgw', '1', '', 1, 1, now(), now(), now())`,
    [nobody],
  )
  expect(await judge([exists])).toEqual([{ broken: 0, unknown: 0 }])
  expect(await keysToAsk(waterdam.warehouse, [{ rule: exists, from: statussen, to: zaken }])).toMatchObject({ keys: [] })
})

test('of a target that left our dataset it cannot be told before the row was seen again', async () => {
  await statusOf(nobody, 1, `now() - interval '2 hours'`)
  await waterdam.rows(
    `insert into zaken.zaken_deleted (uuid, _deleted_at, _read_at, _reason, _run_id) values ($1, now(), now() + interval '1 hour', 'deleted', 1)`,
    [nobody],
  )
  expect(await judge([exists])).toEqual([{ broken: 0, unknown: 1 }])
  expect(await keysToAsk(waterdam.warehouse, [{ rule: exists, from: statussen, to: zaken }])).toMatchObject({ keys: [] })

  // Its stream was listed whole after that, and it stands.
  await waterdam.rows(`update zaken.zaken_deleted set _read_at = now() - interval '1 hour'`)
  expect(await judge([exists])).toEqual([{ broken: 1, unknown: 0 }])
})

test('where the source cannot be asked, a whole listing that began after the row was read tells', async () => {
  const at = (await fullAt()).toISOString()
  await statusOf(nobody, 1, `'${at}'::timestamptz + interval '1 second'`)
  expect(await judge([exists], { askable: new Set() })).toEqual([{ broken: 0, unknown: 1 }])
  await statusOf(nobody, 2, `'${at}'::timestamptz - interval '1 second'`)
  expect(await judge([exists], { askable: new Set() })).toEqual([{ broken: 1, unknown: 1 }])
  expect(await findings()).toMatchObject([{ count: 1, detail: 'of 1 more it cannot be told', examples: [id(2)] }])
})

test('a target that was never read says nothing', async () => {
  const never = { ...exists, check: { name: 'references', parameters: { column: 'statustype_uuid', to: 'zaaktypen' } } }
  const uses = { zaaktypen: { ...exists.uses.zaken!, dataset: 'catalogi.zaaktypen', schema: 'catalogi', table: 'zaaktypen' } }
  expect(await judge([{ ...never, uses }])).toEqual([{ unknown: 'all' }])
  const plan = { ...statussen, referenceRules: [] }
  expect(await keysToAsk(waterdam.warehouse, [{ rule: never, from: plan, to: zaaktypen }])).toMatchObject({ keys: [] })
})

test('what was asked lately is not asked again, and what was never asked goes first', async () => {
  for (const n of [1, 2, 3]) await statusOf(id(90 + n), n)
  const reference = [{ rule: exists, from: statussen, to: zaken }]
  expect((await keysToAsk(waterdam.warehouse, reference)).keys).toEqual([id(91), id(92), id(93)])
  await noteAnswers(waterdam.warehouse.db, zaken, [
    { key: [id(91)], says: 'gone' },
    { key: [id(92)], says: 'gone' },
  ])
  expect((await keysToAsk(waterdam.warehouse, reference)).keys).toEqual([id(93)])
  await waterdam.rows(`update gemaal.reference_answers set asked_at = now() - interval '25 hours' where key[1] = $1`, [id(91)])
  const { keys, age } = await keysToAsk(waterdam.warehouse, reference)
  expect(keys).toEqual([id(93), id(91)])
  expect(age).toBeLessThan(60)
})

test('a rule that is counted only marks no row', async () => {
  await statusOf(nobody)
  await says('gone')
  await judge([exists])
  await judge([{ ...exists, severity: 'report' }])
  expect(await found()).toEqual([{ _findings: ['nl.iets'] }])
  expect(await findings()).toMatchObject([{ rule: 'proef.zaak', severity: 'report', count: 1 }])
})

test('a rule that left the contract leaves the rows', async () => {
  await statusOf(nobody)
  await says('gone')
  await judge([exists])
  await judge([])
  expect(await found()).toEqual([{ _findings: ['nl.iets'] }])
})

test('SQL joins the rows with those of another stream', async () => {
  const rule = written('select r.uuid from {rows} r join {zaken} z on z.uuid = r.zaak_uuid where z.einddatum is null')
  const open = await waterdam.rows('select from zaken.statussen s join zaken.zaken z on z.uuid = s.zaak_uuid where z.einddatum is null')
  expect(open.length).toBeGreaterThan(0)
  expect(
    await judge([rule], {
      published: new Map([
        ['statussen', 'full'],
        ['zaken', 'full'],
      ]),
    }),
  ).toEqual([{ broken: open.length, unknown: 0 }])
  const marked = await waterdam.rows(`select from zaken.statussen where 'proef.sql' = any(_findings)`)
  expect(marked).toHaveLength(open.length)
})

test('SQL judges no row that was read later than what it is compared with', async () => {
  const rule = written('select uuid from {rows}', { uses: written('').uses })
  await statusOf(nobody, 1, `now() - interval '1 day'`)
  expect(await judge([rule])).toEqual([{ broken: 1, unknown: 0 }])
  expect(
    await judge([rule], {
      published: new Map([
        ['statussen', 'full'],
        ['zaken', 'full'],
      ]),
    }),
  ).toEqual([{ broken: (await waterdam.rows('select from zaken.statussen')).length, unknown: 0 }])
  // A stream that failed is older than it looks.
  expect(await judge([rule], { failed: new Set(['zaken']) })).toEqual([{ unknown: 'all' }])
})

test('a rule that fails or takes too long is a finding, and what stood in rows stays', async () => {
  await statusOf(nobody)
  await says('gone')
  await judge([exists, written('select uuid from {rows}', { id: 'proef.later' })], {
    published: new Map([
      ['statussen', 'full'],
      ['zaken', 'full'],
    ]),
  })
  const broken = written(`select uuid from {rows} where zaak_uuid::text::int > 0`, { id: 'proef.later', severity: 'report' })
  const slow = written('select uuid from {rows} where (select count(*) from generate_series(1, 1000000000)) > 0', { id: 'proef.traag' })
  const verdicts = await judge([exists, broken, slow], {
    timeoutMs: 200,
    published: new Map([
      ['statussen', 'full'],
      ['zaken', 'full'],
    ]),
  })
  const why = 'the rule failed (22P02: a text is no value of the type)'
  expect(verdicts).toEqual([{ broken: 1, unknown: 0 }, { failed: why }, { failed: 'it took longer than 200 ms' }])
  expect(await findings()).toMatchObject([
    { rule: 'proef.later', severity: 'warn', count: 0, detail: why },
    { rule: 'proef.traag', count: 0 },
    { rule: 'proef.zaak', count: 1 },
  ])
  expect(await found()).toEqual([{ _findings: ['nl.iets', 'proef.zaak'] }])
})

test('SQL that writes fails, and what it would have written is not there', async () => {
  const rule = written('with gone as (delete from zaken.zaken returning uuid) select uuid from gone')
  expect(await judge([rule])).toEqual([{ failed: expect.stringContaining('the rule failed') }])
  expect((await waterdam.rows('select from zaken.zaken')).length).toBe(20)
})

test('what a contract made anew since is not judged by the old plan', async () => {
  expect(await judge([exists], { plan: { ...statussen, fingerprint: 'another', referenceRules: [exists] } })).toBeUndefined()
})
