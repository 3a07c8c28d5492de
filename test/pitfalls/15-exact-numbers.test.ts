import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { someOrders } from '../sources/orders/server.js'
import { balanceOf } from '../support/project.js'
import { expectBalanced } from './equal.js'
import { type ListsProject, openLists } from './lists.js'
import { type OrdersProject, openOrders } from './orders.js'

/** What stands in each field, as the source writes it in its JSON. */
interface Numbers {
  bedrag?: string
  aantal?: string
  tekst?: string
  reeks?: string
  genest?: string
}

const fields = `
        bedrag: { type: [number, "null"], kind: none, description: Exact amount }
        aantal: { type: [integer, "null"], kind: none, description: Whole number }
        tekst: { type: [string, "null"], format: decimal, kind: none, description: Exact amount as text }
        reeks: { type: array, items: { type: number }, kind: none, description: Amounts }
        regels:
          type: array
          kind: none
          description: Lines
          items:
            properties:
              prijs: { type: number, kind: none, description: Price }
              nummer: { type: integer, kind: none, description: Number }`

let lists: ListsProject
beforeAll(async () => {
  lists = await openLists({
    fields,
    size: 50,
    write: ({ id, bedrag = 'null', aantal = 'null', tekst = 'null', reeks = '[]', genest = '[]' }) =>
      `{"id":${id},"bedrag":${bedrag},"aantal":${aantal},"tekst":${tekst},"reeks":${reeks},"regels":${genest}}`,
  })
})
afterAll(() => lists.close())

let newest = 0
/** Reads these numbers through the whole path, as new records. Returns what Postgres holds, as text, in their order; undefined for a refused one. */
async function land(all: readonly Numbers[]) {
  const first = newest + 1
  newest += all.length
  lists.server.entries.splice(0, lists.server.entries.length, ...all.map((numbers, at) => ({ id: first + at, ...numbers })))
  await lists.readList('page')
  const rows = await lists.rows<{ id: number; bedrag: string; aantal: string; tekst: string; reeks: string; prijs: string }>(
    `select id::int as id, bedrag::text as bedrag, aantal::text as aantal, tekst::text as tekst, reeks::text as reeks, regels -> 0 ->> 'prijs' as prijs
     from lists.page where id >= $1`,
    [first],
  )
  return all.map((_, at) => rows.find((r) => r.id === first + at))
}

describe('15: numbers are exact in Postgres', () => {
  test.each([
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740993', '-9007199254740993'],
    ['0.123456789012345678901234567890', '0.123456789012345678901234567890'],
    ['123456789012345678901234567890.123456789012345678901234567890', '123456789012345678901234567890.123456789012345678901234567890'],
    ['1E+3', '1000'],
    ['1e-30', '0.000000000000000000000000000001'],
    ['-0', '0'],
    ['-0.00', '0.00'],
    ['12.50', '12.50'],
    ['1E40', `1${'0'.repeat(40)}`],
  ])('15: %s as a number lands as %s, and so it does as text, in a list and inside a nested value', async (written, exact) => {
    const [row] = await land([{ bedrag: written, tekst: `"${written}"`, reeks: `[${written},1]`, genest: `[{"prijs":${written}}]` }])
    expect(row).toMatchObject({ bedrag: exact, tekst: exact, reeks: `{${exact},1}` })
    const [{ same }] = (await lists.rows<{ same: boolean }>('select $1::numeric = $2::numeric as same', [row!.prijs, exact])) as [
      { same: boolean },
    ]
    expect(same).toBe(true)
  })

  test.each([
    ['9007199254740993', '9007199254740993'],
    ['9223372036854775807', '9223372036854775807'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['1E+3', '1000'],
    ['12.0', '12'],
    ['-0', '0'],
  ])('15: %s as a whole number lands as %s', async (written, exact) => {
    expect((await land([{ aantal: written }]))[0]).toMatchObject({ aantal: exact })
  })

  test.each([['9223372036854775808'], ['12.5'], ['1e-1'], ['1E400']])(
    '15: %s is no whole number that Postgres holds, and goes to quarantine',
    async (written) => {
      const [refused, lands] = await land([{ aantal: written }, { aantal: '1' }])
      expect(refused).toBeUndefined()
      expect(lands).toMatchObject({ aantal: '1' })
      const [entry] = await lists.rows<{ findings: { rule: string; column: string }[]; record: object }>(
        'select findings, record from gemaal.quarantine order by id desc limit 1',
      )
      expect(entry!.findings).toMatchObject([{ column: 'aantal', severity: 'reject' }])
      expect(JSON.stringify(entry)).not.toContain(written)
    },
  )

  test('15: a number that is longer than any registration needs does not end the run', async () => {
    const [refused, lands] = await land([{ bedrag: `1${'0'.repeat(1_500)}` }, { bedrag: '1' }])
    expect(refused).toBeUndefined()
    expect(lands).toMatchObject({ bedrag: '1' })
  })

  test('15: any decimal of any length and notation lands as itself', async () => {
    const digits = (min: number, max: number) =>
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: min, maxLength: max }).map((d) => d.join(''))
    const written = fc
      .tuple(
        fc.constantFrom('', '-'),
        fc.constantFrom('0', '7', '120'),
        digits(0, 40),
        digits(0, 40),
        fc.option(fc.integer({ min: -40, max: 40 })),
      )
      .map(([sign, first, whole, fraction, exponent]) => {
        const before = first === '0' ? '0' : first + whole
        return `${sign}${before}${fraction ? `.${fraction}` : ''}${exponent === null ? '' : `e${exponent}`}`
      })
    await fc.assert(
      fc.asyncProperty(fc.array(written, { minLength: 20, maxLength: 40 }), async (numbers) => {
        const rows = await land(numbers.map((n) => ({ bedrag: n, tekst: `"${n}"` })))
        const judged = await lists.rows<{ ok: boolean }>(
          `select a::numeric = b::numeric and a::numeric = c::numeric as ok from unnest($1::text[], $2::text[], $3::text[]) as u (a, b, c)`,
          [numbers, rows.map((r) => r!.bedrag), rows.map((r) => r!.tekst)],
        )
        expect(judged.filter((j) => !j.ok)).toEqual([])
      }),
      { numRuns: 8, seed: 15 },
    )
    await expectBalanced(lists)
  })

  test('15: a number that is written otherwise and is the same is no change', async () => {
    await land([{ bedrag: '1000', reeks: '[1.5]' }])
    lists.server.entries[0]!.bedrag = '1E+3'
    expect(balanceOf(await lists.readList('page'), 'lists.page')).toMatchObject({ unchanged: 1 })
    lists.server.entries[0]!.bedrag = '1000.0'
    // The source shows one more digit that it vouches for.
    expect(balanceOf(await lists.readList('page'), 'lists.page')).toMatchObject({ changed: 1 })
    expect(await lists.rows('select bedrag::text as bedrag from lists.page where id = $1', [newest])).toEqual([{ bedrag: '1000.0' }])
  })
})

describe('15: a source that signs in and pages', () => {
  let orders: OrdersProject
  beforeAll(async () => {
    orders = await openOrders({ orders: someOrders(60) }, { 'datasets/verkoop/regels.yaml': 'from: winkel/lines\n' })
  })
  afterAll(() => orders.close())

  test('15: amounts and prices stand as the source wrote them', async () => {
    await orders.readOrders()
    await orders.read('winkel/lines')
    expect(await orders.here()).toEqual(orders.there())
    const prices = orders.server.orders.flatMap(({ id, lines }) => lines.map(({ line, price }) => ({ order: id, line, price })))
    const same = await orders.rows(
      `select count(*)::int as n from verkoop.regels r join jsonb_to_recordset($1) as s ("order" bigint, line bigint, price text)
       on s."order" = r."order" and s.line = r.line and s.price::numeric = r.price`,
      [JSON.stringify(prices)],
    )
    expect(same).toEqual([{ n: prices.length }])
    await expectBalanced(orders)
  })
})
