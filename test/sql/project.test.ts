import { describe, expect, test } from 'vitest'
import type { DatasetPlan } from '../../config/dataset-plan.js'
import { lockDataset } from '../../sql/dataset-lock.js'
import { applyDatasets, planDatasets } from '../../sql/datasets.js'
import { a, canary, checkpoint, database, digest, kinds, nextIsFull, put, quarantine, query, useWarehouse } from './bench.js'
import { column, plan } from './warehouse.js'

useWarehouse()

describe('the datasets of a project', () => {
  const applyAll = (plans: DatasetPlan[]) =>
    database()
      .transaction()
      .execute((trx) => applyDatasets(trx, plans, digest))

  test('that leave it are retired: the table is kept and nobody may read it', async () => {
    const reader = `r_${Math.random().toString(36).slice(2)}`
    await applyAll([plan(), plan({ name: 'zaken.zaken' })])
    await query(`create role ${reader}; grant select on zaken.rollen, zaken.rollen_deleted to ${reader}, public`)
    expect((await planDatasets(database(), [plan({ name: 'zaken.zaken' })])).map((c) => [c.dataset, c.what])).toEqual([
      ['zaken.rollen', 'retire'],
    ])
    await applyAll([plan({ name: 'zaken.zaken' })])
    const [after] = await query(
      `select has_table_privilege('${reader}', 'zaken.rollen', 'select') as reads, has_table_privilege('${reader}', 'zaken.rollen_deleted', 'select') as reads_too, d.retired_at is not null as retired from gemaal.datasets d where name = 'zaken.rollen'`,
    )
    expect(after).toEqual({ reads: false, reads_too: false, retired: true })
    expect(await planDatasets(database(), [plan({ name: 'zaken.zaken' })])).toEqual([])
    await query(`drop role ${reader}`)
  })

  test('that come back go on with their table, after a full reading', async () => {
    await applyAll([plan()])
    await put('zaken.rollen', [{ uuid: a, bsn: canary }])
    await checkpoint('zaken.rollen')
    await applyAll([])
    expect(await kinds(planDatasets(database(), [plan()]))).toEqual(['return'])
    await applyAll([plan()])
    expect(await planDatasets(database(), [plan()])).toEqual([])
    expect(await nextIsFull('zaken.rollen')).toBe(true)
    expect(await query('select bsn from zaken.rollen')).toEqual([{ bsn: canary }])
  })

  test('that want the same table are refused before anything is made', async () => {
    const child = { table: 'zaken_rollen', field: 1, columns: [{ ...column('x'), path: ['x'], value: 'text' as const }] }
    await expect(applyAll([plan({ name: 'zaken.zaken', children: [child] }), plan({ name: 'zaken.zaken_rollen' })])).rejects.toThrow(
      'is wanted by zaken.zaken as well',
    )
    expect(await query(`select to_regclass('zaken.zaken') as t`)).toEqual([{ t: null }])
  })

  test('that are fed by two sources are applied once', async () => {
    const two = [plan({ sourceInKey: true }), plan({ sourceInKey: true, source: 'zaaksysteem' })]
    await applyAll(two)
    expect(await planDatasets(database(), two)).toEqual([])
    expect(await query('select sources from gemaal.datasets')).toEqual([{ sources: ['open-zaak/rollen', 'zaaksysteem/rollen'] }])
  })

  test('that lose one of several sources lose its rows as outside, and what was kept of it', async () => {
    const of = (...sources: string[]) => sources.map((source) => plan({ sourceInKey: true, history: true, source }))
    await applyAll(of('open-zaak', 'oud', 'zaaksysteem'))
    await put('zaken.rollen', [
      { _source: 'open-zaak', uuid: a },
      { _source: 'oud', uuid: a },
    ])
    await put('zaken.rollen_history', [{ _source: 'oud', uuid: a, _recorded_from: '2026-01-01' }])
    await checkpoint('zaken.rollen')
    await quarantine('zaken.rollen', {})
    await query(`
      insert into gemaal.checkpoints (dataset, source, stream, read_at) values ('zaken.rollen', 'oud', 'rollen', now());
      update gemaal.quarantine set source = 'oud'`)
    const wanted = of('open-zaak', 'nieuw', 'zaaksysteem')
    const words = [
      'nieuw/rollen feeds it too, from its first reading on',
      'oud/rollen no longer feeds it; the rows of a source that is gone leave as outside',
    ]
    expect((await planDatasets(database(), wanted)).map((c) => c.words)).toEqual(words)
    expect((await applyAll(wanted)).map((c) => c.words)).toEqual(words)
    expect(await query('select _source from zaken.rollen')).toEqual([{ _source: 'open-zaak' }])
    expect(await query('select _source, _reason from zaken.rollen_deleted')).toEqual([{ _source: 'oud', _reason: 'outside' }])
    expect(await query('select _recorded_to is null as open from zaken.rollen_history')).toEqual([{ open: false }])
    expect(await query('select source from gemaal.checkpoints')).toEqual([{ source: 'open-zaak' }])
    expect(await query('select closed_how from gemaal.quarantine')).toEqual([{ closed_how: 'outside' }])
    expect(await planDatasets(database(), wanted)).toEqual([])
  })

  test('that move to another source read it in full and keep their rows until then', async () => {
    await applyAll([plan()])
    await put('zaken.rollen', [{ uuid: a }])
    await checkpoint('zaken.rollen')
    expect(await kinds(applyAll([plan({ source: 'zaaksysteem' })]))).toEqual(['source'])
    expect(await query('select uuid from zaken.rollen')).toEqual([{ uuid: a }])
    expect(await query('select * from gemaal.checkpoints')).toEqual([])
  })
})

test('the lock of a dataset is held by one transaction at a time', async () => {
  const order: string[] = []
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  let locked = () => {}
  const first = database()
    .transaction()
    .execute(async (trx) => {
      await lockDataset(trx, 'zaken.rollen')
      locked()
      await held
      order.push('first')
    })
  await new Promise<void>((resolve) => {
    locked = resolve
  })
  const second = database()
    .transaction()
    .execute(async (trx) => {
      await lockDataset(trx, 'zaken.rollen')
      order.push('second')
    })
  await database()
    .transaction()
    .execute((trx) => lockDataset(trx, 'zaken.zaken'))
  const waits = () =>
    query(
      `select 1 from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())`,
    )
  while ((await waits()).length === 0);
  release()
  await Promise.all([first, second])
  expect(order).toEqual(['first', 'second'])
})
