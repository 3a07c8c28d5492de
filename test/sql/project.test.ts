import { describe, expect, test } from 'vitest'
import type { DatasetPlan } from '../../config/dataset-plan.js'
import { applyDatasets, lockDataset, planDatasets } from '../../sql/datasets.js'
import { a, canary, checkpoint, database, digest, kinds, nextIsFull, put, query, useWarehouse } from './bench.js'
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
