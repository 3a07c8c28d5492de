import { describe, expect, test } from 'vitest'
import type { DatasetPlan } from '../../config/dataset-plan.js'
import { ContractBroken, planDataset } from '../../sql/datasets.js'
import { a, apply, canary, checkpoint, database, digest, kinds, nextIsFull, put, query, useWarehouse } from './bench.js'
import { bsn, column, isNull, openPlan, plan, uuid } from './warehouse.js'

useWarehouse()

const columnsOf = async (table: string) =>
  (
    await query<{ c: string }>(
      `select attname || ' ' || replace(format_type(atttypid, atttypmod), 'timestamp with time zone', 'timestamptz') || case when attnotnull then ' not null' else '' end as c
       from pg_attribute where attrelid = '${table}'::regclass and attnum > 0 and not attisdropped order by attnum`,
    )
  ).map((r) => r.c)
const keyOf = async (table: string) =>
  (
    await query<{ c: string }>(
      `select pg_get_constraintdef(oid) as c from pg_constraint where conrelid = '${table}'::regclass and contype in ('p', 'f') order by contype desc`,
    )
  ).map((r) => r.c)
describe('a new dataset', () => {
  test('is planned in words and not made by planning', async () => {
    expect(await planDataset(database(), plan())).toEqual([
      {
        dataset: 'zaken.rollen',
        what: 'create',
        words: 'table zaken.rollen is made with 3 columns',
        purges: false,
        rereads: true,
        refused: false,
      },
    ])
    expect(await query(`select to_regclass('zaken.rollen') as t`)).toEqual([{ t: null }])
  })

  test('has the planned columns, then those that tell of the run', async () => {
    await apply(plan({ columns: [bsn, uuid, column('bedrag', { type: 'numeric' }), column('dagen', { type: 'date[]' })] }))
    expect(await columnsOf('zaken.rollen')).toEqual([
      'uuid uuid not null',
      'bsn text',
      'bedrag numeric',
      'dagen date[]',
      '_run_id bigint',
      '_read_at timestamptz not null',
      '_changed_at timestamptz not null',
      '_hash uuid not null',
      '_findings text[] not null',
    ])
    expect(await keyOf('zaken.rollen')).toEqual(['PRIMARY KEY (uuid)'])
  })

  test('keeps the keys that left it in a table beside it', async () => {
    await apply(plan({ sourceInKey: true, columns: [uuid, column('nummer', { type: 'bigint', key: true })] }))
    expect(await columnsOf('zaken.rollen_deleted')).toEqual([
      '_source text not null',
      'uuid uuid not null',
      'nummer bigint not null',
      '_deleted_at timestamptz not null',
      '_read_at timestamptz not null',
      '_reason text not null',
      '_run_id bigint',
    ])
    expect(await keyOf('zaken.rollen_deleted')).toEqual(['PRIMARY KEY (_source, uuid, nummer)'])
    expect(await keyOf('zaken.rollen')).toEqual(['PRIMARY KEY (_source, uuid, nummer)'])
  })

  test('keeps history when its contract says so, with one open version a key', async () => {
    await apply(plan({ history: true }))
    expect(await columnsOf('zaken.rollen_history')).toEqual([
      ...(await columnsOf('zaken.rollen')),
      '_recorded_from timestamptz not null',
      '_recorded_to timestamptz',
    ])
    await put('zaken.rollen_history', [{ uuid: a, _recorded_from: '2026-01-01' }])
    await expect(put('zaken.rollen_history', [{ uuid: a, _recorded_from: '2026-01-02' }])).rejects.toThrow('duplicate key')
    await put('zaken.rollen_history', [{ uuid: a, _recorded_from: '2025-01-01', _recorded_to: '2026-01-01' }])
  })

  test('has a table for each child, which goes with its parent', async () => {
    const child = { table: 'rollen_kenmerken', field: 1, columns: [{ ...column('bron'), path: ['bron'], value: 'text' as const }] }
    await apply(plan({ sourceInKey: true, children: [child] }))
    expect(await columnsOf('zaken.rollen_kenmerken')).toEqual([
      '_source text not null',
      'uuid uuid not null',
      '_index integer not null',
      'bron text',
      '_hash uuid not null',
      '_run_id bigint',
    ])
    expect(await keyOf('zaken.rollen_kenmerken')).toEqual([
      'PRIMARY KEY (_source, uuid, _index)',
      'FOREIGN KEY (_source, uuid) REFERENCES zaken.rollen(_source, uuid) ON DELETE CASCADE',
    ])
    await put('zaken.rollen', [{ _source: 'open-zaak', uuid: a }])
    await query(`insert into zaken.rollen_kenmerken values ('open-zaak', '${a}', 0, 'x', '${a}', 1); delete from zaken.rollen`)
    expect(await query('select * from zaken.rollen_kenmerken')).toEqual([])
  })

  test('has the indexes of its contract, one on each reference to a parent, and one on the rows that rules found something in', async () => {
    const columns = [
      uuid,
      column('zaak_uuid', { type: 'uuid', reference: 'zaken' }),
      column('status'),
      column('kenmerken', { type: 'jsonb' }),
    ]
    await apply(plan({ columns, indexes: ['status', 'kenmerken'] }))
    const made = await query<{ d: string }>(
      `select regexp_replace(pg_get_indexdef(indexrelid), '^.* USING ', '') as d from pg_index where indrelid = 'zaken.rollen'::regclass and not indisprimary order by 1`,
    )
    expect(made.map((r) => r.d)).toEqual([
      'btree (status)',
      "btree (uuid) WHERE (_findings <> '{}'::text[])",
      'btree (zaak_uuid)',
      'gin (kenmerken)',
    ])
  })

  test('carries title, description, owner and activity, and what each column means, as comments', async () => {
    await apply(plan({ columns: [uuid, column('omschrijving', { description: `Wat 'n rol zegt; "vrij" \\ veld` })] }))
    const [about] = await query<{ c: string }>(`select obj_description('zaken.rollen'::regclass) as c`)
    expect(about?.c).toBe('Rollen: Wie bij een zaak betrokken is.\nOwner: team Data. Activity: sturing.')
    const [on] = await query<{ c: string }>(`select col_description('zaken.rollen'::regclass, 2) as c`)
    expect(on?.c).toBe(`Wat 'n rol zegt; "vrij" \\ veld`)
  })

  test('can bear the names that SQL keeps for itself', async () => {
    const child = { table: 'order_group', field: 1, columns: [{ ...column('end'), path: ['end'], value: 'text' as const }] }
    const odd = (columns: DatasetPlan['columns']) =>
      plan({ name: 'user.order', columns, children: [child], history: true, indexes: ['select'], sourceInKey: true })
    await apply(odd([column('from', { key: true }), column('select'), column('to', { kind: 'bsn' })]))
    await put('"user"."order"', [{ _source: 's', from: 'x', select: 'y', to: canary }])
    await apply(
      odd([
        column('from', { key: true }),
        column('select', { type: 'text' }),
        column('to', { kind: 'bsn', treatment: 'pseudonymise' }),
        column('table'),
      ]),
    )
    expect(await query('select "from", "select", "to", "table" from "user"."order"')).toEqual([
      { from: 'x', select: 'y', to: null, table: null },
    ])
    expect(
      await planDataset(
        database(),
        odd([
          column('from', { key: true }),
          column('select', { type: 'text' }),
          column('to', { kind: 'bsn', treatment: 'pseudonymise' }),
          column('table'),
        ]),
      ),
    ).toEqual([])
  })

  test('is refused where its table, or one beside it, stands there already', async () => {
    await query('create schema zaken; create table zaken.rollen_deleted (x int)')
    const [, clash] = await planDataset(database(), plan())
    expect(clash).toMatchObject({
      what: 'clash',
      refused: true,
      words: expect.stringContaining('zaken.rollen_deleted stands there already'),
    })
    await expect(apply(plan())).rejects.toThrow(ContractBroken)
    expect(await query(`select to_regclass('zaken.rollen') as t`)).toEqual([{ t: null }])
  })

  test('is refused when a name would be cut off by Postgres', async () => {
    expect((await planDataset(database(), plan({ name: `zaken.${'x'.repeat(56)}` }))).filter((c) => c.refused).map((c) => c.words)).toEqual(
      [`table name ${'x'.repeat(56)}_deleted is longer than 63 bytes: give the dataset or the column a shorter name`],
    )
  })
})

describe('a dataset that is applied again', () => {
  test('changes nothing and keeps its rows', async () => {
    const whole = plan({ history: true, indexes: ['omschrijving'], where: [isNull('einddatum')], sourceInKey: true })
    await apply(whole)
    await put('zaken.rollen', [{ _source: 'open-zaak', uuid: a, bsn: canary }])
    expect(await planDataset(database(), whole)).toEqual([])
    expect(await apply(whole)).toEqual([])
    expect(await query('select bsn from zaken.rollen')).toEqual([{ bsn: canary }])
  })

  test('does not care where its fields stand in the stream', async () => {
    await apply(plan({ where: [isNull('einddatum', 3)] }))
    const moved = plan({ where: [isNull('einddatum', 7)] })
    expect(
      await planDataset(database(), {
        ...moved,
        columns: moved.columns.map((c, field) => ({ ...c, field: field + 9 })),
        fingerprint: plan({ where: [isNull('einddatum', 3)] }).fingerprint,
      }),
    ).toEqual([])
  })

  test('gets what was changed by hand mended', async () => {
    await apply(plan({ indexes: ['omschrijving'] }))
    await checkpoint('zaken.rollen')
    await query(
      `alter table zaken.rollen drop column omschrijving; drop table zaken.rollen_deleted; comment on table zaken.rollen is 'x'; alter table zaken.rollen add column van_jan text`,
    )
    expect(await kinds(planDataset(database(), plan({ indexes: ['omschrijving'] })))).toEqual(['repair', 'index', 'repair', 'comment'])
    await apply(plan({ indexes: ['omschrijving'] }))
    expect(await planDataset(database(), plan({ indexes: ['omschrijving'] }))).toEqual([])
    expect(await columnsOf('zaken.rollen')).toEqual(expect.arrayContaining(['omschrijving text', 'van_jan text']))
    expect(await nextIsFull('zaken.rollen')).toBe(true)
  })

  test('is made anew where its table is gone', async () => {
    await apply(plan())
    await query('drop table zaken.rollen')
    expect(await kinds(planDataset(database(), plan()))).toEqual(['repair'])
    await apply(plan())
    expect(await planDataset(database(), plan())).toEqual([])
  })

  test('stores its plan, version and digest', async () => {
    await apply(plan())
    await apply(plan({ title: 'Betrokkenen' }))
    const [row] = await query(
      'select plan->>$$title$$ as title, version, digest, activity, personal, access, fresh_within from gemaal.datasets',
    )
    expect(row).toEqual({
      title: 'Betrokkenen',
      version: '1.0.0',
      digest,
      activity: 'sturing',
      personal: true,
      access: 'activity',
      fresh_within: 86_400,
    })
  })
})

describe('a change that widens', () => {
  test('adds a column in place; it fills with the next reading, which is full', async () => {
    await apply(plan())
    await checkpoint('zaken.rollen')
    await put('zaken.rollen', [{ uuid: a, bsn: canary }])
    const wider = plan({ columns: [uuid, bsn, column('omschrijving'), column('bedrag', { type: 'numeric' })], history: true })
    const changes = await apply(wider)
    expect(changes.map((c) => [c.what, c.words, c.rereads])).toEqual([
      ['add column', 'column bedrag (numeric) is added, empty until the next reading, which is full', true],
      ['history', 'history is kept from now on, in zaken.rollen_history', false],
    ])
    expect(await query('select bsn, bedrag from zaken.rollen')).toEqual([{ bsn: canary, bedrag: null }])
    expect(await nextIsFull('zaken.rollen')).toBe(true)
    expect(await planDataset(database(), wider)).toEqual([])
  })

  test('history begins with the rows that stand there, each since it changed last', async () => {
    await apply(plan())
    await put('zaken.rollen', [{ uuid: a, _changed_at: '2026-01-05T00:00:00Z' }])
    await apply(plan({ history: true }))
    expect(await query('select uuid, _recorded_from, _recorded_to from zaken.rollen_history')).toEqual([
      { uuid: a, _recorded_from: new Date('2026-01-05T00:00:00Z'), _recorded_to: null },
    ])
  })

  test('keeps the values of a column whose new type holds them all', async () => {
    const of = (type: 'bigint' | 'numeric') => openPlan({ columns: [uuid, column('aantal', { type })], history: true, indexes: ['aantal'] })
    await apply(of('bigint'))
    await put('zaken.rollen', [{ uuid: a, aantal: 42 }])
    await checkpoint('zaken.rollen')
    expect((await apply(of('numeric'))).map((c) => c.words)).toEqual(['column aantal becomes numeric, was bigint; its values are kept'])
    expect(await query('select aantal from zaken.rollen')).toEqual([{ aantal: '42' }])
    expect(await nextIsFull('zaken.rollen')).toBe(false)
    expect(await planDataset(database(), of('numeric'))).toEqual([])
  })

  test('milder treatment keeps the coarser values until the next reading, which is full', async () => {
    await apply(plan({ columns: [uuid, { ...bsn, treatment: 'pseudonymise' }] }))
    await checkpoint('zaken.rollen')
    await put('zaken.rollen', [{ uuid: a, bsn: 'sd1_x' }])
    const [change] = await apply(plan({ columns: [uuid, bsn] }))
    expect(change).toMatchObject({
      what: 'milder treatment',
      purges: false,
      rereads: true,
      words: expect.stringContaining('kept instead of pseudonymised'),
    })
    expect(await query('select bsn from zaken.rollen')).toEqual([{ bsn: 'sd1_x' }])
    expect(await nextIsFull('zaken.rollen')).toBe(true)
  })

  test('another selection makes the next reading full', async () => {
    await apply(plan())
    await checkpoint('zaken.rollen')
    expect(await kinds(apply(plan({ where: [isNull('einddatum')] })))).toEqual(['where'])
    expect(await nextIsFull('zaken.rollen')).toBe(true)
  })

  test('another way to make the same columns makes the next reading full', async () => {
    await apply(plan())
    await checkpoint('zaken.rollen')
    expect(await kinds(apply(plan({ fingerprint: 'another' })))).toEqual(['other'])
    expect(await nextIsFull('zaken.rollen')).toBe(true)
  })

  test('indexes and comments follow without a new reading', async () => {
    await apply(plan({ indexes: ['omschrijving'] }))
    await checkpoint('zaken.rollen')
    const changes = await apply(plan({ indexes: ['bsn'], owner: 'team Anders' }))
    expect(changes.map((c) => c.words)).toEqual([
      'an index on bsn is made',
      'the index on omschrijving is dropped',
      'comments in the database are brought up to date (2)',
    ])
    expect(await nextIsFull('zaken.rollen')).toBe(false)
    expect(await planDataset(database(), plan({ indexes: ['bsn'], owner: 'team Anders' }))).toEqual([])
  })

  test('a second source joins the key in place, with the rows that stand there', async () => {
    const child = { table: 'rollen_kenmerken', field: 1, columns: [{ ...column('bron'), path: ['bron'], value: 'text' as const }] }
    const one = plan({ history: true, children: [child] })
    await apply(one)
    await put('zaken.rollen', [{ uuid: a }])
    await query(`insert into zaken.rollen_kenmerken values ('${a}', 0, 'x', '${a}', 1)`)
    const two = { ...one, sourceInKey: true, version: '2.0.0' }
    const changes = await apply(two)
    expect(changes.map((c) => c.words)).toEqual([
      '_source joins the key, since several sources feed the table; the rows that stand there are of open-zaak',
    ])
    expect(await keyOf('zaken.rollen')).toEqual(['PRIMARY KEY (_source, uuid)'])
    expect(await query('select _source, uuid, bron from zaken.rollen_kenmerken')).toEqual([{ _source: 'open-zaak', uuid: a, bron: 'x' }])
    await put('zaken.rollen', [{ _source: 'zaaksysteem', uuid: a }])
    await put('zaken.rollen_history', [
      { _source: 'x', uuid: a, _recorded_from: '2026-01-01' },
      { _source: 'y', uuid: a, _recorded_from: '2026-01-01' },
    ])
    await query('delete from zaken.rollen')
    expect(await query('select * from zaken.rollen_kenmerken')).toEqual([])
    expect(await planDataset(database(), two)).toEqual([])
  })
})

describe('a change that narrows', () => {
  const narrower: [string, DatasetPlan, DatasetPlan][] = [
    ['a column that is gone', openPlan({ columns: [uuid, column('x')] }), openPlan({ columns: [uuid] })],
    ['a type that holds less', openPlan({ columns: [uuid, column('x')] }), openPlan({ columns: [uuid, column('x', { type: 'date' })] })],
    [
      'another key',
      openPlan({ columns: [uuid, column('x')] }),
      openPlan({ columns: [column('uuid', { type: 'uuid' }), column('x', { key: true })] }),
    ],
    ['history that is no longer kept', openPlan({ history: true }), openPlan()],
    ['a source that joins the key', openPlan(), openPlan({ sourceInKey: true })],
  ]
  test.each(narrower)('%s is refused without a new major version, and done with one', async (_, before, after) => {
    await apply(before)
    const changes = await planDataset(database(), { ...after, version: '1.9.0' })
    expect(changes.at(-1)).toMatchObject({ what: 'narrowing', refused: true })
    expect(changes.at(-1)?.words).toContain('Set version: 2.0.0 in datasets/zaken/rollen.yaml')
    await expect(apply({ ...after, version: '1.9.0' })).rejects.toThrow('narrowing without a new major version')
    expect(await planDataset(database(), before)).toEqual([])
    await apply({ ...after, version: '2.0.0' })
    expect(await planDataset(database(), { ...after, version: '2.0.0' })).toEqual([])
  })

  test('a column that the activity no longer allows does not wait for a version', async () => {
    await apply(plan())
    const after = plan({ columns: [uuid, column('omschrijving')], left: [{ column: 'bsn', kind: 'bsn', why: 'dropped by activity' }] })
    expect((await apply(after)).filter((c) => c.refused)).toEqual([])
  })

  test('a view of someone else that reads what changes is named, and nothing changes', async () => {
    await apply(plan())
    await query('create view public.van_jan as select bsn from zaken.rollen')
    const stricter = plan({ columns: [uuid, { ...bsn, treatment: 'pseudonymise' }, column('omschrijving')] })
    const blocked = (await planDataset(database(), stricter)).filter((c) => c.refused)
    expect(blocked).toMatchObject([{ what: 'blocked', words: expect.stringContaining('view public.van_jan reads zaken.rollen.bsn') }])
    await expect(apply(stricter)).rejects.toThrow('view public.van_jan')
    await query('drop view public.van_jan; create view public.van_jan as select uuid from zaken.rollen')
    expect((await apply(stricter)).map((c) => c.what)).toEqual(['stricter treatment'])
    await query('drop view public.van_jan')
  })
})
