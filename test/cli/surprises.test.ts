import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { Surprises } from '../../cli/surprises.js'
import { field } from '../../connectors/connector.js'
import { fieldsOf } from '../../connectors/record.js'

const record = z.object({
  id: field(z.string(), 'none', 'Number'),
  status: field(z.enum(['open', 'dicht']).nullable(), 'none', 'Status'),
  naam: field(z.enum(['x']).nullable(), 'naam', 'Naam'),
  bedrag: field(z.number().nullable(), 'none', 'Bedrag'),
  start: field(z.iso.date(), 'none', 'Begin'),
  adres: z.object({ straat: field(z.string().nullable(), 'adres', 'Straat') }).nullable(),
})
const whole = { status: 'open', naam: null, bedrag: 1, start: '2026-01-01', adres: { straat: 'Kade' } }

/** What is odd in pages of records. */
function odd(...pages: { [name: string]: unknown }[][]) {
  const surprises = new Surprises({
    fields: fieldsOf(record),
    key: ['id'],
    mayShow: (path) => path === 'status' || path === 'id',
    holdsRsin: () => false,
  })
  for (const page of pages) surprises.addPage(page)
  return surprises.largest(5)
}

test('records that are as described hold no surprise', () => {
  expect(
    odd([
      { id: '1', ...whole },
      { id: '2', ...whole, status: null, bedrag: '1.50', adres: null },
    ]),
  ).toEqual([])
})

describe('a surprise is', () => {
  test('a key without value', () => {
    expect(odd([{ ...whole }, { id: '', ...whole }, { id: '3', ...whole }])[0]).toMatchObject({
      what: 'key without value',
      field: 'id',
      count: 2,
    })
  })

  test('a key that comes again, with the same content or with another', () => {
    expect(
      odd([
        { id: '1', ...whole },
        { id: '1', ...whole },
      ]),
    ).toMatchObject([{ what: 'doubled key', count: 1, words: expect.stringContaining('the same content') }])
    expect(
      odd(
        [{ id: '1', ...whole }],
        [
          { id: '2', ...whole },
          { id: '1', ...whole, bedrag: 2 },
        ],
      ),
    ).toMatchObject([{ what: 'doubled key', words: expect.stringContaining('1 of them with other content') }])
  })

  test('a page that shows the records of an earlier one', () => {
    const page = [
      { id: '1', ...whole },
      { id: '2', ...whole },
    ]
    expect(odd(page, [{ id: '3', ...whole }], page)[0]).toMatchObject({
      what: 'repeated page',
      words: 'page 3 shows the records of page 1 again',
    })
  })

  test('a value of another type, with how often each type comes', () => {
    expect(
      odd([
        { id: '1', ...whole, start: 20260101 },
        { id: '2', ...whole },
        { id: '3', ...whole },
      ]),
    ).toMatchObject([
      { what: 'other type', field: 'start', count: 1, words: "'start' is described as text and is text in 2, a number in 1 records" },
    ])
  })

  test('a code that its list does not have: shown where it lands as it is, counted where it does not', () => {
    const [status, naam] = odd([{ id: '1', ...whole, status: 'half', naam: 'Jansen' }])
    expect(status).toMatchObject({ what: 'unknown code', field: 'status', words: expect.stringMatching(/: 'half'$/) })
    expect(naam).toMatchObject({ what: 'unknown code', field: 'naam', words: expect.not.stringContaining('Jansen') })
  })

  test('a field that nobody described, by its name', () => {
    expect(odd([{ id: '1', ...whole, bsn: '999990019' }])).toMatchObject([
      { what: 'undescribed field', field: 'bsn', words: expect.not.stringContaining('9999') },
    ])
  })

  test('a value that is always there, and is not', () => {
    expect(odd([{ id: '1', ...whole, start: null }])).toMatchObject([{ what: 'missing value', field: 'start', count: 1 }])
  })
})

test('the five largest are told, those that break a reading first', () => {
  const many = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`extra${i}`, i]))
  const found = odd([
    { id: '1', ...whole, ...many },
    { id: '1', ...whole, ...many, status: 'half', extra8: 1 },
  ])
  expect(found.map((s) => s.what)).toEqual(['doubled key', 'unknown code', 'undescribed field', 'undescribed field', 'undescribed field'])
  expect(found[2]!.count).toBe(2)
})

test('a field that should say nothing of a person and holds their numbers, told without one of them', () => {
  const bsns = ['999990019', '000000012', '111222333', '123456782', '999993653']
  const page = Array.from({ length: 20 }, (_, i) => ({ id: bsns[i % bsns.length], ...whole }))
  const [found] = odd(page).filter((o) => o.what === 'personal value')
  expect(found).toMatchObject({ field: 'id', count: 20, words: expect.stringContaining('have its connector state a kind') })
  expect(bsns.filter((bsn) => found!.words.includes(bsn))).toEqual([])
  // An RSIN passes the same test.
  const surprises = new Surprises({ fields: fieldsOf(record), key: ['id'], mayShow: () => true, holdsRsin: () => true })
  surprises.addPage(page)
  expect(surprises.largest(5).map((o) => o.what)).not.toContain('personal value')
})
