import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codesOfColumns, headingsOf, repeatedNames } from '../../../connectors/cbs/measures.js'
import { periodOf, yearCodeIn } from '../../../connectors/cbs/periods.js'
import { beginningsOf, regionOf } from '../../../connectors/cbs/regions.js'

describe('the code of a period', () => {
  test.each([
    ['2024JJ00', 'jaar', '2024-01-01', '2025-01-01'],
    ['2024HJ02', 'halfjaar', '2024-07-01', '2025-01-01'],
    ['2024KW01', 'kwartaal', '2024-01-01', '2024-04-01'],
    ['2024KW04', 'kwartaal', '2024-10-01', '2025-01-01'],
    ['2024MM01', 'maand', '2024-01-01', '2024-02-01'],
    ['2024MM12', 'maand', '2024-12-01', '2025-01-01'],
  ])('%s says its dates', (code, sort, from, to) => {
    expect(periodOf(code)).toEqual({ sort, from, to })
  })

  test.each(['2024X000', '2024W101', '2015G400', '2024KW05', '2024MM13', '2024MM00', '2024KW00', '2024JJ01', '2024', '', '2024jj00'])(
    '%s has no dates rather than wrong ones',
    (code) => {
      expect(periodOf(code)).toEqual({ sort: null, from: null, to: null })
    },
  )

  test('of a year that is not over has no end', () => {
    expect(periodOf('2026JJ00', '2026 januari-april')).toEqual({ sort: 'jaar', from: '2026-01-01', to: null })
    for (const title of ['2026', '2026*', '2026**', null, undefined]) expect(periodOf('2026JJ00', title).to).toBe('2027-01-01')
  })

  test('gives months that follow on each other and fill a year, whatever the year', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 9998 }),
        fc.constantFrom(['KW', 4] as const, ['MM', 12] as const, ['HJ', 2] as const),
        (year, [letters, count]) => {
          const parts = Array.from({ length: count }, (_, at) => periodOf(`${year}${letters}${String(at + 1).padStart(2, '0')}`))
          expect(parts[0]!.from).toBe(`${year}-01-01`)
          expect(parts.at(-1)!.to).toBe(`${year + 1}-01-01`)
          expect(parts.slice(1).map(({ from }) => from)).toEqual(parts.slice(0, -1).map(({ to }) => to))
        },
      ),
    )
  })

  test('is that of the year in a title, where it is one', () => {
    expect(yearCodeIn('Kerncijfers wijken en buurten 2025')).toBe('2025JJ00')
    for (const text of ['2010 t/m 2018', '2023 - 2025', '2023-2024', 'Bevolking', '12025', undefined])
      expect(yearCodeIn(text)).toBeUndefined()
  })
})

describe('the code of a region', () => {
  test('says the municipality, wijk and buurt that it lies in', () => {
    expect(regionOf('BU03630102')).toEqual({ sort: 'buurt', gemeente: 'GM0363', wijk: 'WK036301', buurt: 'BU03630102' })
    expect(regionOf('WK036301')).toEqual({ sort: 'wijk', gemeente: 'GM0363', wijk: 'WK036301', buurt: null })
    expect(regionOf('GM0363')).toEqual({ sort: 'gemeente', gemeente: 'GM0363', wijk: null, buurt: null })
    expect(regionOf('PV27')).toEqual({ sort: 'provincie', gemeente: null, wijk: null, buurt: null })
    expect(regionOf('NL00').sort).toBe('land')
    expect(regionOf('GA05')).toEqual({ sort: null, gemeente: null, wijk: null, buurt: null })
  })

  test('is asked for by its beginning, each once', () => {
    expect(beginningsOf(['gemeente', 'wijken', 'buurten'], '0363')).toEqual(['GM0363', 'WK0363', 'BU0363'])
    expect(beginningsOf(['land', 'gemeente', 'alle-gemeenten'], '0363')).toEqual(['NL', 'GM'])
    expect(beginningsOf(['buurten', 'alles'], '0363')).toEqual([''])
  })
})

describe('the code of a measure in version 3', () => {
  const measure = (key: string, ...groups: string[]) => ({ key, title: key, unit: null, groups })

  test('has no place in it, so that it is the same in each edition of a table', () => {
    const [older, newer] = [
      [measure('AantalInwoners_5'), measure('Mannen_6')],
      [measure('Mannen_5'), measure('AantalInwoners_9')],
    ]
    expect([...codesOfColumns(older, []).values()].sort()).toEqual([...codesOfColumns(newer, []).values()].sort())
    expect(codesOfColumns(newer, []).get('AantalInwoners_9')).toBe('AantalInwoners')
    expect(codesOfColumns([measure('k_0Tot15Jaar_8')], []).get('k_0Tot15Jaar_8')).toBe('k_0Tot15Jaar')
  })

  test('has the heading before it where the table has its name twice, in the edition that has it once too', () => {
    const two = [
      measure('Tussenwoning_8', 'Energie', 'Gemiddeld aardgasverbruik'),
      measure('Tussenwoning_9', 'Energie', 'Gemiddeld elektriciteitsverbruik'),
    ]
    expect(repeatedNames(two)).toEqual(['Tussenwoning'])
    expect([...codesOfColumns(two, ['Tussenwoning']).values()]).toEqual([
      'GemiddeldAardgasverbruik.Tussenwoning',
      'GemiddeldElektriciteitsverbruik.Tussenwoning',
    ])
    expect([...codesOfColumns(two.slice(0, 1), ['Tussenwoning']).values()]).toEqual(['GemiddeldAardgasverbruik.Tussenwoning'])
  })

  test('has more headings where one does not tell them apart, and its place where none does', () => {
    const deep = [measure('Totaal_1', 'Mannen', 'Leeftijd'), measure('Totaal_2', 'Vrouwen', 'Leeftijd')]
    expect([...codesOfColumns(deep, ['Totaal']).values()]).toEqual(['Mannen.Leeftijd.Totaal', 'Vrouwen.Leeftijd.Totaal'])
    const alike = [measure('Totaal_1', 'Mannen'), measure('Totaal_2', 'Mannen')]
    expect([...codesOfColumns(alike, ['Totaal']).values()]).toEqual(['Totaal_1', 'Totaal_2'])
  })

  test('is never that of another measure of its table', () => {
    const name = fc.constantFrom('Totaal', 'Mannen', 'Koopwoningen')
    const group = fc.array(fc.constantFrom('Wonen', 'Energie', 'Gemiddeld verbruik'), { maxLength: 3 })
    fc.assert(
      fc.property(fc.array(fc.tuple(name, group), { maxLength: 12 }), (topics) => {
        const measures = topics.map(([each, groups], at) => measure(`${each}_${at + 1}`, ...groups))
        const codes = codesOfColumns(measures, repeatedNames(measures))
        expect(new Set(codes.values()).size).toBe(measures.length)
      }),
    )
  })

  test('has headings from the outside in, also where a group is within itself', () => {
    const headings = headingsOf([
      { id: '1', parent: undefined, title: 'Energie' },
      { id: '2', parent: '1', title: 'Gas' },
      { id: '3', parent: '3', title: 'Rond' },
    ])
    expect(headings('2')).toEqual(['Energie', 'Gas'])
    expect(headings('3')).toEqual(['Rond'])
    expect(headings(undefined)).toEqual([])
  })
})
