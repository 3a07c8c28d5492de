import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { balanceOf } from '../support/project.js'
import { forget } from './equal.js'
import { type OrdersProject, openOrders, order } from './orders.js'

let shop: OrdersProject
beforeAll(async () => {
  shop = await openOrders({ orders: [] })
})
afterAll(() => shop.close())
beforeEach(() => forget(shop, 'winkel', 'orders'))

const orders = (...list: ReturnType<typeof order>[]) => void shop.server.orders.splice(0, Number.POSITIVE_INFINITY, ...list)

/** Forms in which sources write one moment, each with what the overlap of two hours makes of it. */
const forms = [
  ['2026-03-01T12:00:00Z', '2026-03-01T10:00:00Z'],
  ['2026-03-01T12:00:00.1Z', '2026-03-01T10:00:00.1Z'],
  ['2026-03-01T12:00:00.123Z', '2026-03-01T10:00:00.123Z'],
  ['2026-03-01T12:00:00.123000Z', '2026-03-01T10:00:00.123000Z'],
  ['2026-03-01T12:00:00.123456Z', '2026-03-01T10:00:00.123456Z'],
  ['2026-03-01T12:00:00.1234567Z', '2026-03-01T10:00:00.1234567Z'],
  ['2026-03-01T12:00:00.123456789Z', '2026-03-01T10:00:00.123456789Z'],
  ['2026-03-01T12:00:00.123456789+00:00', '2026-03-01T10:00:00.123456789+00:00'],
  ['2026-03-01T14:30:00.5+02:30', '2026-03-01T12:30:00.5+02:30'],
  ['2026-03-01T01:00:00.999999999-05:00', '2026-02-28T23:00:00.999999999-05:00'],
] as const

test.each(forms)(
  '8. the checkpoint of %s is kept as the source wrote it, and asked for with its own digits and offset',
  async (moment, asked) => {
    orders(order(1, '2026-02-01T00:00:00Z'), order(2, moment))
    await shop.readOrders()
    expect(await shop.checkpoint()).toBe(moment)
    await shop.readOrders('changes')
    expect(new URL(`http://x${shop.server.requests.at(-1)!.split(' ')[1]}`).searchParams.get('changedSince')).toBe(asked)
    expect(await shop.checkpoint()).toBe(moment)
    expect(await shop.here()).toEqual(shop.there())
  },
)

test.each([
  ['the ninth digit', '2026-03-01T12:00:00.123456788Z', '2026-03-01T12:00:00.123456789Z'],
  ['the seventh digit', '2026-03-01T12:00:00.1234561Z', '2026-03-01T12:00:00.1234562Z'],
  ['a digit that the other does not have', '2026-03-01T12:00:00.123456Z', '2026-03-01T12:00:00.1234560001Z'],
  ['a fraction after none', '2026-03-01T12:00:00Z', '2026-03-01T12:00:00.000000001Z'],
  ['fewer digits and a larger fraction', '2026-03-01T12:00:00.12999Z', '2026-03-01T12:00:00.13Z'],
  ['an offset, against the order of the texts', '2026-03-01T13:59:59.9+02:00', '2026-03-01T12:00:00Z'],
  ['an offset to the west, against the order of the texts', '2026-03-01T12:59:59Z', '2026-03-01T08:00:00-05:00'],
])('8. moments that differ by %s are told apart, whichever comes first', async (_, earlier, later) => {
  for (const list of [
    [order(1, earlier), order(2, later)],
    [order(1, later), order(2, earlier)],
  ]) {
    await forget(shop, 'winkel', 'orders')
    orders(...list)
    await shop.readOrders()
    expect(await shop.checkpoint()).toBe(later)
    // A reading that shows an older one alone does not go back.
    orders(order(3, earlier))
    await shop.readOrders('changes')
    expect(await shop.checkpoint()).toBe(later)
  }
})

test('8. one moment in two spellings is one moment: what the source spells anew is not changed', async () => {
  orders(order(1, '2026-03-01T12:00:00Z'), order(2, '2026-03-01T12:00:00.120Z'))
  await shop.readOrders()
  orders(order(1, '2026-03-01T13:00:00.000000+01:00'), order(2, '2026-03-01T12:00:00.12Z'))
  const outcome = await shop.readOrders('changes')
  expect(balanceOf(outcome, 'verkoop.orders')).toMatchObject({ read: 2, unchanged: 2, changed: 0 })
  expect(await shop.here()).toEqual(shop.there())
})

test('8. through many readings with moments of every precision nothing is lost', async () => {
  orders()
  const digits = ['', '.1', '.123', '.123456', '.1234567', '.123456789', '.000000001', '.999999999']
  const zones: [string, number][] = [
    ['Z', 0],
    ['+00:00', 0],
    ['+01:00', 1],
    ['-03:30', -3.5],
  ]
  for (let round = 0; round < 24; round++) {
    const [zone, hours] = zones[round % zones.length]!
    const wall = new Date(Date.UTC(2026, 2, 1, 12, 0, Math.floor(round / 3)) + hours * 3_600_000).toISOString().slice(0, 19)
    shop.server.orders.push(order(round + 1, `${wall}${digits[(round * 5) % digits.length]}${zone}`))
    await shop.readOrders('changes')
    expect(await shop.here()).toEqual(shop.there())
  }
})
