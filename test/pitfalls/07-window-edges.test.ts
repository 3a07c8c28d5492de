import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { balanceOf } from '../support/project.js'
import { openWaterdam } from '../support/waterdam.js'
import { expectBalanced, expectZakenEqual, forget } from './equal.js'
import { type ListsProject, openLists } from './lists.js'
import { type OrdersProject, openOrders, order } from './orders.js'

/** A moment on 1 March 2026, so many seconds after noon. */
const at = (seconds: number, fraction = '') =>
  `${new Date(Date.UTC(2026, 2, 1, 12) + seconds * 1000).toISOString().slice(0, 19)}${fraction}Z`

describe.each([{ inclusive: false }, { inclusive: true }])(
  'orders by their last change, where the filter takes the moment itself: $inclusive',
  ({ inclusive }) => {
    let shop: OrdersProject
    beforeAll(async () => {
      shop = await openOrders({ inclusive, orders: [] })
    })
    afterAll(() => shop.close())
    beforeEach(() => forget(shop, 'winkel', 'orders'))
    afterEach(() => expectBalanced(shop))

    const orders = (...list: ReturnType<typeof order>[]) => void shop.server.orders.splice(0, Number.POSITIVE_INFINITY, ...list)

    test('7. orders with the same moment on both sides of a window are neither lost nor doubled', async () => {
      orders(...[1, 2, 3].map((id) => order(id, at(0, '.123456'))))
      await shop.readOrders()
      expect(await shop.checkpoint()).toBe(at(0, '.123456'))
      // Stamped with the same moment, and there only after the window passed it.
      shop.server.orders.push(order(4, at(0, '.123456')), order(5, at(0, '.123456')), order(6, at(0, '.1234560')))
      const outcome = await shop.readOrders('changes')
      expect(balanceOf(outcome, 'verkoop.orders')).toMatchObject({ read: 6, new: 3, unchanged: 3, duplicate: 0 })
      expect(await shop.here()).toEqual(shop.there())
      // And again: the window is the same, and so is the dataset.
      expect(balanceOf(await shop.readOrders('changes'), 'verkoop.orders')).toMatchObject({ read: 6, new: 0, changed: 0, unchanged: 6 })
    })

    test('7. a page that ends between orders with the same moment loses none of them', async () => {
      orders(...Array.from({ length: 35 }, (_, n) => order(n + 1, at(Math.min(n, 5), '.5'))))
      await shop.readOrders()
      shop.server.orders.push(...Array.from({ length: 25 }, (_, n) => order(n + 101, at(5, '.5'))))
      await shop.readOrders('changes')
      expect(await shop.here()).toEqual(shop.there())
    })

    test('7. an order that was committed after the window passed its moment is read by the overlap', async () => {
      orders(order(1, at(0)), order(2, at(7000)))
      await shop.readOrders()
      shop.server.orders.push(order(3, at(-199)), order(4, at(1)), order(5, at(6999, '.999999999')))
      await shop.readOrders('changes')
      expect(await shop.here()).toEqual(shop.there())
      expect(await shop.checkpoint()).toBe(at(7000))
    })

    test('7. an order that changes and keeps its moment is read with its new content', async () => {
      orders(order(1, at(0)), order(2, at(0)))
      await shop.readOrders()
      orders(order(1, at(0), { status: 'betaald' }), order(2, at(0)))
      const outcome = await shop.readOrders('changes')
      expect(balanceOf(outcome, 'verkoop.orders')).toMatchObject({ read: 2, changed: 1, unchanged: 1 })
      expect(await shop.here()).toEqual(shop.there())
    })

    test('7. what was committed later than the overlap reaches is found by the full reading, as the reading of changes says of itself', async () => {
      orders(order(1, at(0)), order(2, at(0)))
      await shop.readOrders()
      shop.server.orders.push(order(3, at(-7201)))
      await shop.readOrders('changes')
      expect(await shop.here()).toHaveLength(2)
      await shop.readOrders()
      expect(await shop.here()).toEqual(shop.there())
    })

    test('7. an order with a moment that is still to come hides none of those before it', async () => {
      const tomorrow = new Date(Date.now() + 86_400_000).toISOString()
      orders(order(1, at(0)), order(2, tomorrow))
      await shop.readOrders()
      expect(await shop.checkpoint()).toBe(at(0))
      shop.server.orders.push(order(3, at(10)), order(4, new Date(Date.now() - 1000).toISOString()))
      await shop.readOrders('changes')
      expect(await shop.here()).toEqual(shop.there())
    })

    test('7. whatever is committed within the overlap, in whatever order, the dataset is the source', async () => {
      const happening = fc.oneof(
        fc.record({ id: fc.nat(12), late: fc.integer({ min: 0, max: 7100 }), digits: fc.constantFrom('', '.5', '.500', '.123456789') }),
        fc.constant('read' as const),
      )
      await fc.assert(
        fc.asyncProperty(fc.array(happening, { minLength: 3, maxLength: 20 }), async (plan) => {
          await forget(shop, 'winkel', 'orders')
          orders(order(1, at(0)))
          await shop.readOrders()
          let now = 0
          for (const [version, step] of plan.entries()) {
            if (step === 'read') {
              await shop.readOrders('changes')
              expect(await shop.here()).toEqual(shop.there())
              continue
            }
            // Time goes on in small steps, and often not at all, so that many moments are equal.
            now += step.late % 3
            const changed = order(step.id, at(now - step.late, step.digits), { amount: `${version}.00` })
            const place = shop.server.orders.findIndex(({ id }) => id === step.id)
            if (place === -1) shop.server.orders.push(changed)
            else shop.server.orders[place] = changed
          }
          await shop.readOrders('changes')
          expect(await shop.here()).toEqual(shop.there())
        }),
        { numRuns: 12, seed: 7 },
      )
    })
  },
)

describe('cursors that are a day or a number', () => {
  let lists: ListsProject
  afterEach(() => lists.close())
  const fields = (type: string) => `
        gewijzigd: { ${type}, kind: none, description: Where the entry is in the order of changes }`

  test('7. a day is read again whole, since it was not over', async () => {
    lists = await openLists({
      fields: fields('type: string, format: date'),
      changes: '{ cursor: gewijzigd, param: since }',
      since: (entry, since) => String(entry.gewijzigd) >= since,
      entries: [1, 2, 3].map((id) => ({ id, gewijzigd: '2026-03-01' })),
    })
    await lists.readList('page')
    lists.server.entries.push({ id: 4, gewijzigd: '2026-03-01' }, { id: 5, gewijzigd: '2026-02-28' }, { id: 6, gewijzigd: '2026-03-02' })
    await lists.readList('page', 'changes')
    expect(lists.server.requests.at(-1)).toContain('since=2026-02-28')
    expect(await lists.ids('page')).toEqual(lists.idsThere())
  })

  test('7. numbers beyond 2^53 that differ in their last digit are told apart', async () => {
    lists = await openLists({
      fields: fields('type: integer'),
      changes: '{ cursor: gewijzigd, param: since, order: { param: sort, value: gewijzigd } }',
      since: (entry, since) => BigInt(String(entry.gewijzigd)) > BigInt(since),
      entries: [1, 2].map((id) => ({ id, gewijzigd: `900719925474099${id}` })),
      write: ({ id, gewijzigd }) => `{"id":${id},"gewijzigd":${gewijzigd}}`,
    })
    await lists.readList('page')
    lists.server.entries.push({ id: 3, gewijzigd: '9007199254740993' })
    const outcome = await lists.readList('page', 'changes')
    expect(lists.server.requests.at(-2)).toContain('since=9007199254740992')
    expect(balanceOf(outcome, 'lists.page')).toMatchObject({ read: 1, new: 1 })
    expect(await lists.rows('select checkpoint from gemaal.checkpoints')).toContainEqual({ checkpoint: '9007199254740993' })
    expect(await lists.ids('page')).toEqual(lists.idsThere())
  })
})

test('7. zaken that are registered, closed or deleted on the day of the checkpoint are read by changes', async () => {
  const waterdam = await openWaterdam({ zaken: 120, behaviours: { largestPage: 25 } })
  try {
    const { zgw } = waterdam
    await waterdam.read('zaken')
    for (let round = 0; round < 4; round++) {
      zgw.addZaken(2)
      zgw.addZaken(2, { open: false })
      const open = zgw.snapshot().zaken.filter(({ einddatum }) => einddatum === null)
      zgw.closeZaak(String(open[3]!.uuid))
      zgw.addStatus(String(open[5]!.uuid))
      zgw.deleteZaak(String(open[7]!.uuid))
      const { verified } = await waterdam.read('zaken', 'changes')
      expect(verified.datasets.every(({ outcome }) => outcome === 'publish')).toBe(true)
      await expectZakenEqual(waterdam)
    }
    await expectBalanced(waterdam)
  } finally {
    await waterdam.close()
  }
})
