import { beforeEach, describe, expect, test } from 'vitest'
import type { DatasetPlan } from '../../config/dataset-plan.js'
import { applyDatasets } from '../../sql/datasets.js'
import { applyMarts } from '../../sql/marts.js'
import { canary, checkpoint, database, digest, quarantine, query, useWarehouse } from './bench.js'
import { bsn, column, openPlan, plan, uuid } from './warehouse.js'

useWarehouse()

const rollen = plan({
  columns: [
    uuid,
    { ...bsn, treatment: 'pseudonymise', description: 'Nummer van de betrokkene' },
    column('buurt', { kind: 'locatie', treatment: 'buurt' }),
  ],
  children: [
    {
      table: 'rollen_kenmerken',
      field: 1,
      columns: [{ ...column('bron'), path: ['bron', 'naam'], value: 'text' }],
    },
  ],
})
const zaken = openPlan({ name: 'zaken.zaken', stream: 'zaken', owner: 'team Zaken', version: '2.1.0', freshWithin: 3600 })

beforeEach(async () => {
  await query('truncate gemaal.column_names, gemaal.schema_changes')
  await database()
    .transaction()
    .execute((trx) => applyDatasets(trx, [rollen, zaken], digest))
  await query(`insert into gemaal.config_versions (digest, files, product_version, applied_by) values ('${digest}', '{}', '0', 't')`)
})

interface Run {
  dataset?: string
  source?: string
  reading?: 'full' | 'changes' | 'by-key'
  /** SQL of the moment at which the listing began. */
  began?: string
  stream?: string
  status?: string
  retryAt?: string
}

/** A run of one dataset as the pipeline leaves it; returns its number and that of its dataset run. */
async function ran({
  dataset = 'zaken.zaken',
  source = 'open-zaak',
  reading = 'full',
  began = 'now()',
  stream = 'published',
  status = 'published',
  retryAt,
}: Run = {}): Promise<{ run: number; datasetRun: number }> {
  const [row] = await query<{ run: number; dataset_run: number }>(`
    with r as (
      insert into gemaal.runs (source, sync, trigger, asked_by, digest, product_version, workflow_id, workflow_run_id, trace_id)
      values ('${source}', 'daily', 'schedule', 'schedule', '${digest}', '0', 'w', gen_random_uuid()::text, 't') returning id
    ), s as (
      insert into gemaal.stream_runs (run_id, source, stream, digest, reading, why_reading, status, listing_began_at, retry_at)
      select id, '${source}', 'zaken', '${digest}', '${reading}', 't', '${stream}', ${began}, ${retryAt ? `'${retryAt}'` : 'null'} from r returning id, run_id
    )
    insert into gemaal.dataset_runs (stream_run_id, dataset, source, stream, fingerprint, version, status, read, new, changed, unchanged, duplicate, superseded, removed, quarantined, outside, deleted, seconds, published_at)
    select id, '${dataset}', '${source}', 'zaken', 'f', '2.1.0', '${status}', 10, 3, 1, 2, 1, 0, 1, 1, 1, 2, 4.5, ${status === 'published' ? 'now()' : 'null'} from s
    returning (select run_id from s) as run, id as dataset_run`)
  return { run: Number(row?.run), datasetRun: Number(row?.dataset_run) }
}

const hold = (datasetRun: number) =>
  query(
    `insert into gemaal.holds (dataset_run_id, dataset, source, stream, why, withholds, facts) values (${datasetRun}, 'zaken.zaken', 'open-zaak', 'zaken', 'deletes', 'deletes', '{}')`,
  )
const dataset = async (name: string, columns: string) => (await query(`select ${columns} from meta.datasets where name = '${name}'`))[0]
const status = async () => (await dataset('zaken.zaken', 'status'))?.status

describe('meta.datasets', () => {
  test('says what a dataset holds, whose it is, who may read it, and which version stands there', async () => {
    expect(
      await dataset('zaken.zaken', 'title, description, owner, activity, personal, readers, version, fresh_within::text as fresh_within'),
    ).toEqual({
      title: 'Rollen',
      description: 'Wie bij een zaak betrokken is.',
      owner: 'team Zaken',
      activity: null,
      personal: false,
      readers: 'every reader',
      version: '2.1.0',
      fresh_within: '01:00:00',
    })
    expect(await dataset('zaken.rollen', 'activity, personal, readers')).toEqual({
      activity: 'sturing',
      personal: true,
      readers: 'the role of its activity',
    })
  })

  test('is as of the beginning of the last reading that was published, not of a re-read of single keys', async () => {
    expect(await dataset('zaken.zaken', 'as_of, fresh, last_run, status')).toEqual({
      as_of: null,
      fresh: false,
      last_run: null,
      status: 'Never read',
    })
    const { run } = await ran({ began: `'2026-03-01T05:30:00Z'` })
    await ran({ began: `'2026-03-01T05:00:00Z'`, reading: 'changes' })
    await ran({ began: `'2026-03-02T05:30:00Z'`, reading: 'by-key' })
    expect(run).toBeGreaterThan(0)
    expect(await dataset('zaken.zaken', 'as_of')).toEqual({ as_of: new Date('2026-03-01T05:30:00Z') })
  })

  test('is as old as the source that was read longest ago, of those that feed it now', async () => {
    const from = (...sources: string[]) => [rollen, ...sources.map((source) => ({ ...zaken, source, sourceInKey: true }))]
    const apply = (plans: DatasetPlan[]) =>
      database()
        .transaction()
        .execute((trx) => applyDatasets(trx, plans, digest))
    await apply(from('open-zaak', 'zaaksysteem').map((p) => ({ ...p, version: '3.0.0' })))
    await ran({ began: `'2026-03-01T05:30:00Z'` })
    expect(await dataset('zaken.zaken', 'as_of, status')).toEqual({ as_of: null, status: 'Never read' })
    await ran({ began: `'2026-02-01T05:30:00Z'`, source: 'zaaksysteem' })
    expect(await dataset('zaken.zaken', 'as_of')).toEqual({ as_of: new Date('2026-02-01T05:30:00Z') })
    await ran({ source: 'zaaksysteem', stream: 'failed', status: 'failed' })
    await ran({ began: `'2026-03-02T05:30:00Z'` })
    expect(await status()).toBe('Failed (a person must act)')
    await apply(from('open-zaak').map((p) => ({ ...p, version: '3.0.0' })))
    expect(await dataset('zaken.zaken', 'as_of, status')).toEqual({ as_of: new Date('2026-03-02T05:30:00Z'), status: 'Late' })
  })

  test('is late when it was not read within what its contract promises', async () => {
    const { run } = await ran({ began: `now() - interval '30 minutes'` })
    expect(await dataset('zaken.zaken', 'status, fresh, last_run')).toEqual({ status: 'Fresh', fresh: true, last_run: run })
    await query(`update gemaal.stream_runs set listing_began_at = now() - interval '61 minutes'`)
    expect(await dataset('zaken.zaken', 'status, fresh')).toEqual({ status: 'Late', fresh: false })
  })

  test('says who must do what next', async () => {
    await ran()
    expect(await status()).toBe('Fresh')
    await ran({ stream: 'incomplete', status: 'failed', retryAt: '2026-07-01T10:30:00Z' })
    expect(await status()).toBe('Incomplete (goes on at 2026-07-01 12:30)')
    await ran({ stream: 'incomplete', status: 'failed' })
    expect(await status()).toBe('Incomplete')
    await ran({ stream: 'failed', status: 'failed' })
    expect(await status()).toBe('Failed (a person must act)')
    const { datasetRun } = await ran({ stream: 'held', status: 'held' })
    await hold(datasetRun)
    expect(await status()).toBe('Held (a person must decide)')
    await query(`update gemaal.holds set status = 'accepted'`)
    await ran()
    expect(await status()).toBe('Fresh')
  })

  test('says that it waits for a full reading after a change of its tables, and that it is retired', async () => {
    await ran()
    await checkpoint('zaken.zaken')
    expect(await status()).toBe('Fresh')
    await query('update gemaal.checkpoints set full_at = null')
    expect(await status()).toBe('Waits for a full reading')
    await database()
      .transaction()
      .execute((trx) => applyDatasets(trx, [rollen], digest))
    expect(await status()).toBe('Retired')
  })

  test('estimates the rows', async () => {
    expect(await dataset('zaken.zaken', 'rows_about')).toEqual({ rows_about: null })
    await query(
      `insert into zaken.zaken (uuid, _read_at, _changed_at, _hash) select gen_random_uuid(), now(), now(), gen_random_uuid() from generate_series(1, 7)`,
    )
    await query('analyze zaken.zaken')
    expect(await dataset('zaken.zaken', 'rows_about')).toEqual({ rows_about: 7 })
  })
})

test('meta.columns says of each column what it says of a person, how it lands, and which field it was', async () => {
  await query(
    `insert into gemaal.column_names values ('open-zaak', 'rollen', 'betrokkeneIdentificatie.inpBsn', 'bsn'), ('anders', 'rollen', 'x', 'uuid')`,
  )
  expect(
    await query(
      `select "table", "column", type, key, kind, treatment, description, source, stream, field from meta.columns where dataset = 'zaken.rollen' order by "table", place`,
    ),
  ).toEqual([
    {
      table: 'rollen',
      column: 'uuid',
      type: 'uuid',
      key: true,
      kind: 'none',
      treatment: 'keep',
      description: 'Wat uuid zegt',
      source: 'open-zaak',
      stream: 'rollen',
      field: null,
    },
    {
      table: 'rollen',
      column: 'bsn',
      type: 'text',
      key: false,
      kind: 'bsn',
      treatment: 'pseudonymise',
      description: 'Nummer van de betrokkene',
      source: 'open-zaak',
      stream: 'rollen',
      field: 'betrokkeneIdentificatie.inpBsn',
    },
    {
      table: 'rollen',
      column: 'buurt',
      type: 'text',
      key: false,
      kind: 'locatie',
      treatment: 'buurt',
      description: 'Wat buurt zegt',
      source: 'open-zaak',
      stream: 'rollen',
      field: null,
    },
    {
      table: 'rollen_kenmerken',
      column: 'bron',
      type: 'text',
      key: false,
      kind: 'none',
      treatment: 'keep',
      description: 'Wat bron zegt',
      source: 'open-zaak',
      stream: 'rollen',
      field: 'bron.naam',
    },
  ])
})

test('meta.runs shows the balance of each run of a dataset', async () => {
  const { run, datasetRun } = await ran({ began: `'2026-03-01T05:30:00Z'` })
  const [shown] = await query('select * from meta.runs')
  expect(shown).toMatchObject({
    id: datasetRun,
    run_id: run,
    dataset: 'zaken.zaken',
    source: 'open-zaak',
    stream: 'zaken',
    reading: 'full',
    trigger: 'schedule',
    status: 'published',
    began_at: new Date('2026-03-01T05:30:00Z'),
    read: 10,
    new: 3,
    changed: 1,
    unchanged: 2,
    duplicate: 1,
    superseded: 0,
    removed: 1,
    quarantined: 1,
    outside: 1,
    deleted: 2,
    balanced: true,
    seconds: 4.5,
    version: '2.1.0',
  })
})

test('meta.quality shows how often each rule was broken, as a count and a share', async () => {
  const { run } = await ran()
  await query(`
    insert into gemaal.findings (run_id, dataset, source, stream, rule, severity, count, of)
    values (${run}, 'zaken.zaken', 'open-zaak', 'zaken', 'nl.rsin', 'warn', 1, 3), (${run}, 'zaken.zaken', 'open-zaak', 'zaken', 'leeg', 'warn', 0, 0)`)
  expect(await query('select run_id, rule, severity, count, of, share from meta.quality order by rule')).toEqual([
    { run_id: run, rule: 'leeg', severity: 'warn', count: 0, of: 0, share: null },
    { run_id: run, rule: 'nl.rsin', severity: 'warn', count: 1, of: 3, share: '0.333333' },
  ])
})

test('meta.quarantine counts what is refused now by dataset and rule', async () => {
  await quarantine('zaken.zaken', {}, false, 'a')
  await quarantine('zaken.zaken', {}, false, 'b')
  await quarantine('zaken.zaken', {}, true, 'c')
  await query(
    `update gemaal.quarantine set findings = findings || '[{"rule": "nl.bsn", "severity": "reject"}, {"rule": "x.y", "severity": "reject"}]' where key = array['b']`,
  )
  expect(await query('select dataset, rule, records from meta.quarantine order by rule')).toEqual([
    { dataset: 'zaken.zaken', rule: 'nl.bsn', records: 2 },
    { dataset: 'zaken.zaken', rule: 'x.y', records: 1 },
  ])
})

test('meta.questions leads from a question to its mart and the datasets under it, and names datasets that nobody asked for', async () => {
  await ran({ began: `'2026-03-01T05:30:00Z'` })
  const made = {
    schema: 'zaken',
    question: 'Hoeveel zaken?',
    askedBy: 'MT',
    columns: {},
    sqlLine: 1,
    open: { licence: 'CC0-1.0', theme: 'bestuur' },
  }
  await database()
    .transaction()
    .execute((trx) =>
      applyMarts(
        trx,
        [
          { ...made, name: 'zaken.aantal', view: 'aantal', file: 'marts/zaken/aantal.sql', sql: 'select n from zaken.basis' },
          {
            ...made,
            name: 'zaken.basis',
            view: 'basis',
            file: 'marts/zaken/basis.sql',
            sql: 'select count(*) as n from zaken.zaken',
            question: 'Basis?',
            open: undefined,
          },
        ],
        [rollen, zaken],
      ),
    )
  expect(
    await query('select question, asked_by, mart, dataset, personal, as_of, open from meta.questions order by mart nulls last'),
  ).toEqual([
    {
      question: 'Hoeveel zaken?',
      asked_by: 'MT',
      mart: 'zaken.aantal',
      dataset: 'zaken.zaken',
      personal: false,
      as_of: new Date('2026-03-01T05:30:00Z'),
      open: made.open,
    },
    {
      question: 'Basis?',
      asked_by: 'MT',
      mart: 'zaken.basis',
      dataset: 'zaken.zaken',
      personal: false,
      as_of: new Date('2026-03-01T05:30:00Z'),
      open: null,
    },
    { question: null, asked_by: null, mart: null, dataset: 'zaken.rollen', personal: true, as_of: null, open: null },
  ])
})

test('no meta view shows a key, a record, an example of a finding, a cursor or a checkpoint', async () => {
  const { run, datasetRun } = await ran()
  await hold(datasetRun)
  await quarantine('zaken.zaken', { bsn: canary }, false, canary)
  await query(`
    insert into gemaal.findings (run_id, dataset, source, stream, rule, severity, count, of, examples) values (${run}, 'zaken.zaken', 's', 's', 'r', 'warn', 1, 1, array['${canary}']);
    insert into gemaal.finding_states (dataset, source, stream, rule, severity, level, version, records, of, examples, readings, first_run_id, first_seen_at, last_run_id, last_seen_at, noted_run_id)
      values ('zaken.zaken', 's', 's', 'r', 'warn', 'field', 1, 1, 1, array['${canary}'], 1, ${run}, now(), ${run}, now(), ${run});
    insert into gemaal.rule_counts values (${run}, 'zaken.zaken', 's', 's', 'r', 'full', 1, 1, false, array['${canary}'], now());
    insert into gemaal.hold_keys select id, array['${canary}'] from gemaal.holds;
    insert into gemaal.absences values ('zaken.zaken', 's', array['${canary}'], 1);
    insert into gemaal.checkpoints (dataset, source, stream, checkpoint, read_at) values ('zaken.zaken', 's', 's', '${canary}', now());
    insert into gemaal.slices (stream_run_id, number, name, cursor, checkpoint) select id, 1, 'all', '${canary}', '${canary}' from gemaal.stream_runs;
    update gemaal.stream_runs set error_message = '${canary}', checkpoint_from = '${canary}'`)
  const views = await query<{ v: string }>(`select viewname as v from pg_views where schemaname = 'meta' order by 1`)
  expect(views.map((r) => r.v)).toEqual(['column_quality', 'columns', 'datasets', 'findings', 'quality', 'quarantine', 'questions', 'runs'])
  for (const { v } of views) expect(JSON.stringify(await query(`select * from meta.${v}`))).not.toContain(canary)
})
