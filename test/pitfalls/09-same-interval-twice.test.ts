import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { changeCheckpoint } from '../../sql/checkpoints.js'
import { StaleAttempt } from '../../sql/database.js'
import { someOrders } from '../sources/orders/server.js'
import { balanceOf, type TestProject } from '../support/project.js'
import { openRunning } from '../support/running.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import { type DeltaProject, item, openDelta } from './delta.js'
import { expectBalanced, expectZakenEqual } from './equal.js'
import { type OrdersProject, openOrders } from './orders.js'

/** All that stands in tables, save for which run looked at a row last. */
async function standing({ rows }: Pick<TestProject, 'rows'>, ...tables: string[]): Promise<unknown> {
  const all: { [table: string]: unknown } = {}
  for (const table of tables) {
    const found = await rows<{ row: object }>(
      `select to_jsonb(t) - '_run_id' - '_read_at' as row from ${table} t order by to_jsonb(t)::text collate "C"`,
    )
    all[table] = found.map(({ row }) => row)
  }
  return all
}

describe('orders, read by what changed since', () => {
  let shop: OrdersProject
  const tables = ['verkoop.orders', 'verkoop.orders_history', 'verkoop.orders_deleted']
  beforeAll(async () => {
    shop = await openOrders(
      { orders: someOrders(60), largestPage: 10 },
      {
        'datasets/verkoop/orders.yaml':
          'from: winkel/orders\nactivity: verkoop\nretention: { keep: 7 years, after: changed_at }\nhistory: true\n',
      },
    )
    await shop.readOrders()
  })
  afterAll(() => shop.close())

  const backTo = (to: string) =>
    changeCheckpoint(shop.warehouse.db, { dataset: 'verkoop.orders', source: 'winkel', stream: 'orders' }, { to }, 'ops', 'a backfill')

  test('9. an interval that is read again changes nothing', async () => {
    const { orders } = shop.server
    const before = await standing(shop, ...tables)
    const checkpoint = await shop.checkpoint()
    for (const from of [orders[10]!, orders[30]!, orders[59]!]) {
      await backTo(from.changedAt)
      const outcome = await shop.readOrders('changes')
      const { read, unchanged } = balanceOf(outcome, 'verkoop.orders')
      expect(read).toBe(unchanged)
      expect(await standing(shop, ...tables)).toEqual(before)
      expect(await shop.checkpoint()).toBe(checkpoint)
    }
    await expectBalanced(shop)
  })

  test('9. backfills that overlap give what one over both gives', async () => {
    const { orders } = shop.server
    for (const at of [15, 25, 35]) orders[at]!.status = orders[at]!.status === 'open' ? 'betaald' : 'open'
    await backTo(orders[20]!.changedAt)
    await shop.readOrders('changes')
    await backTo(orders[10]!.changedAt)
    await shop.readOrders('changes')
    expect(await shop.here()).toEqual(shop.there())
    // One version more of each of the three, however often they were read.
    expect(
      await shop.rows('select count(*)::int as n, count(*) filter (where _recorded_to is null)::int as now from verkoop.orders_history'),
    ).toEqual([{ n: 63, now: 60 }])
    const once = await standing(shop, ...tables)
    await backTo(orders[0]!.changedAt)
    await shop.readOrders('changes')
    expect(await standing(shop, ...tables)).toEqual(once)
  })

  test('9. two readings of an interval at once publish once: the first stops, and says that it was overtaken', async () => {
    const { orders } = shop.server
    orders[40]!.status = orders[40]!.status === 'open' ? 'betaald' : 'open'
    await backTo(orders[30]!.changedAt)
    const first = await shop.begin('winkel/orders', 'changes')
    await first.stage()
    const second = await shop.begin('winkel/orders', 'changes')
    await second.stage()
    await expect(first.publish()).rejects.toThrow(StaleAttempt)
    await expect(first.stage()).rejects.toThrow(StaleAttempt)
    const outcome = await second.publish()
    expect(balanceOf(outcome, 'verkoop.orders')).toMatchObject({ changed: 1 })
    expect(await shop.here()).toEqual(shop.there())
    expect(await shop.rows('select status from gemaal.stream_runs order by id desc limit 2')).toEqual([
      { status: 'published' },
      { status: 'abandoned' },
    ])
    await expectBalanced(shop)
  })

  test('9. what publishes twice does so once, and answers the same', async () => {
    await backTo(shop.server.orders[5]!.changedAt)
    const begun = await shop.begin('winkel/orders', 'changes')
    await begun.stage()
    const once = await begun.publish()
    const before = await standing(shop, ...tables)
    const twice = await begun.publish()
    expect(twice.datasets).toEqual(once.datasets)
    expect(await standing(shop, ...tables)).toEqual(before)
  })
})

describe('the sample municipality', () => {
  let waterdam: Waterdam
  const tables = [
    'zaken.zaken',
    'zaken.zaken_deleted',
    'zaken.open_zaken',
    'wmo.zaken',
    'wmo.zaken_history',
    'wmo.zaken_kenmerken',
    'zaken.rollen',
  ]
  beforeAll(async () => {
    waterdam = await openWaterdam({ zaken: 200, behaviours: { largestPage: 30 } })
    await waterdam.read('zaken')
    await waterdam.read('rollen')
  })
  afterAll(() => waterdam.close())

  test.each(['full', 'changes'] as const)('9. read twice by %s is the same as once, with its history and child tables', async (reading) => {
    waterdam.zgw.applyChanges(20, reading === 'full' ? 1 : 2)
    await waterdam.read('zaken', reading)
    await waterdam.read('rollen', reading)
    const once = await standing(waterdam, ...tables)
    await waterdam.read('zaken', reading)
    await waterdam.read('rollen', reading)
    expect(await standing(waterdam, ...tables)).toEqual(once)
    if (reading === 'full') await expectZakenEqual(waterdam)
    await expectBalanced(waterdam)
  })
})

describe('employees, told by what changed since a token', () => {
  let gids: DeltaProject
  beforeEach(async () => {
    gids = await openDelta(Array.from({ length: 10 }, (_, id) => item(id)))
    await gids.read('gids/medewerkers')
  })
  afterEach(() => gids.close())

  const tables = ['hr.medewerkers', 'hr.medewerkers_deleted']
  const round = () => gids.read('gids/medewerkers', 'changes')

  test('9. a round in which an employee changes, goes, and comes again leaves what there is at its end', async () => {
    const { server } = gids
    server.change('m1', { afdeling: 'Burgerzaken' })
    server.change('m1', { telefoon: null })
    server.remove('m2')
    server.remove('m3')
    server.put(item(3, { afdeling: 'Weer terug' }))
    server.put(item(20))
    server.remove('m20')
    server.put(item(21))
    const outcome = await round()
    expect(balanceOf(outcome, 'hr.medewerkers')).toMatchObject({ changed: 2, new: 1 })
    expect(await gids.here()).toEqual(gids.there())
    expect(await gids.rows('select id, _reason from hr.medewerkers_deleted')).toEqual([{ id: 'm2', _reason: 'removed' }])
    await expectBalanced(gids)
  })

  test('9. a round that is asked for again changes nothing', async () => {
    const { server } = gids
    const [before] = await gids.rows<{ checkpoint: string }>('select checkpoint from gemaal.checkpoints')
    server.change('m1', { afdeling: 'Burgerzaken' })
    server.remove('m2')
    server.put(item(30))
    await round()
    const once = await standing(gids, ...tables)
    for (let again = 0; again < 2; again++) {
      await changeCheckpoint(
        gids.warehouse.db,
        { dataset: 'hr.medewerkers', source: 'gids', stream: 'medewerkers' },
        { to: before!.checkpoint },
        'ops',
        'the round again',
      )
      await round()
      expect(await standing(gids, ...tables)).toEqual(once)
      expect(await gids.here()).toEqual(gids.there())
    }
    await expectBalanced(gids)
  })

  test('9. when the source has forgotten the token, the run reads full by itself, and what went meanwhile is gone', async () => {
    const running = await openRunning(gids)
    try {
      await running.workerProcess()
      const { server } = gids
      server.remove('m4')
      server.change('m5', { afdeling: 'Werk en inkomen' })
      server.expire()
      const run = await running.run({ source: 'gids', streams: ['medewerkers'], reading: 'changes' })
      expect(run).toMatchObject({ status: 'synced' })
      const streams = await gids.rows(`select reading, status, error_code as code from gemaal.stream_runs where run_id = $1 order by id`, [
        run.id,
      ])
      expect(streams).toEqual([
        { reading: 'changes', status: 'failed', code: 'CheckpointExpired' },
        { reading: 'full', status: 'published', code: null },
      ])
      expect(await gids.here()).toEqual(gids.there())
      await expectBalanced(gids)
    } finally {
      await running.close()
    }
  })
})
