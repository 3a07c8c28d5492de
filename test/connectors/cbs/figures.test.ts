import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../connectors/connector.js'
import { find, openCbs } from './opened.js'

const cbs = openCbs()

describe('a figure is the same by either version', () => {
  const place = { regiocode: 'BU03630000', tabel: '86165NED' }

  test('with what was measured, where and when, and its value exactly', async () => {
    const [third, fourth] = [await cbs.read({ table: '86165NED', version: 3 }), await cbs.read({ table: '86165NED' })]
    expect(find(third, { ...place, onderwerp: 'AantalInwoners' })).toEqual({
      sleutel: '86165NED/AantalInwoners/BU03630000',
      tabel: '86165NED',
      onderwerp: 'AantalInwoners',
      onderwerpTitel: 'Aantal inwoners',
      onderwerpGroep: 'Bevolking',
      eenheid: 'aantal',
      regiocode: 'BU03630000',
      regioNaam: 'Oude Haven',
      regioSoort: 'buurt',
      gemeentecode: 'GM0363',
      wijkcode: 'WK036300',
      buurtcode: 'BU03630000',
      periode: '2025JJ00',
      periodeTitel: null,
      periodeSoort: 'jaar',
      periodeVan: '2025-01-01',
      periodeTot: '2026-01-01',
      periodeStatus: null,
      uitsplitsing: null,
      uitsplitsingTitel: null,
      waarde: '2140',
      waardeTekst: null,
      waardeReden: null,
    })
    expect(find(fourth, { ...place, onderwerp: 'T001036' })).toEqual({
      ...find(third, { ...place, onderwerp: 'AantalInwoners' }),
      sleutel: '86165NED/T001036/BU03630000',
      onderwerp: 'T001036',
    })
    expect(find(fourth, { ...place, onderwerp: 'M000114' })).toMatchObject({
      waarde: '2',
      onderwerpGroep: 'Bevolking / Particuliere huishoudens',
    })
  })

  test('with text where the table has text, without the spaces that fill it up', async () => {
    for (const version of [3, 4] as const) {
      const figures = await cbs.read({ table: '86165NED', version })
      expect(find(figures, { ...place, onderwerpTitel: 'Gemeentenaam' })).toMatchObject({
        waarde: null,
        waardeTekst: 'Waterdam',
        waardeReden: null,
      })
      expect(figures.filter((each) => Object.values(each).some((value) => value !== value?.trim() && value !== null))).toEqual([])
    }
  })

  test('of its own municipality alone, and no more than was asked for', async () => {
    for (const version of [3, 4] as const) {
      const regions = async (asked: JsonObject) =>
        new Set((await cbs.read({ table: '86165NED', version, ...asked })).map(({ regiocode }) => regiocode))
      expect([...(await regions({}))].every((code) => /^(GM|WK|BU)0363/.test(code!))).toBe(true)
      expect(await regions({ regions: 'wijken' })).toEqual(new Set(['WK036300', 'WK036301']))
      expect(await regions({ regions: ['land', 'alle-gemeenten'] })).toEqual(new Set(['NL00', 'GM0363', 'GM0599']))
      expect((await regions({ regions: 'alles' })).size).toBe(cbs.server.table('86165NED').rows.length)
      const one = await cbs.read({ table: '86165NED', version, measures: [version === 3 ? 'AantalInwoners' : 'T001036'] })
      expect(new Set(one.map(({ onderwerpTitel }) => onderwerpTitel))).toEqual(new Set(['Aantal inwoners']))
    }
  })
})

describe('one dataset over years', () => {
  test('has the same code for a column that stands elsewhere in each year, and a heading before a name that comes twice', async () => {
    const figures = await cbs.read({ table: ['85984NED', '86165NED'], version: 3, regions: 'gemeente' })
    const years = (onderwerp: string) =>
      figures.filter((each) => each.onderwerp === onderwerp).map(({ periode, waarde }) => [periode, waarde])
    expect(years('AantalInwoners')).toEqual([
      ['2024JJ00', '11278'],
      ['2025JJ00', '11290'],
    ])
    expect(years('GemiddeldAardgasverbruik.Tussenwoning')).toHaveLength(2)
    expect(years('GemiddeldElektriciteitsverbruik.Tussenwoning')).toHaveLength(2)
    expect(years('IndelingswijzigingWijkenEnBuurten')).toEqual([['2024JJ00', null]])
    expect(figures.filter(({ onderwerp }) => /_\d+$/.test(onderwerp!))).toEqual([])
  })

  test('lacks what a year lacks, and says so when no year has it', async () => {
    const only = { table: ['85984NED', '86165NED'], version: 3, regions: 'gemeente' }
    const figures = await cbs.read({ ...only, measures: ['IndelingswijzigingWijkenEnBuurten'] })
    expect(figures.map(({ tabel }) => tabel)).toEqual(['85984NED'])
    await expect(cbs.read({ ...only, measures: ['AantalInwoners', 'AantalInwoners_5'] })).rejects.toThrow(
      "no table of it has the measure AantalInwoners_5 in version 3. Correct 'measures' in sources/probe.yaml; gemaal discover probe lists them.",
    )
  })
})

describe('a figure that is absent', () => {
  test('comes with the word of the CBS in version 4', async () => {
    const figures = await cbs.read({ table: '86165NED' })
    expect(find(figures, { regiocode: 'BU03630101', onderwerp: 'M000114' })).toMatchObject({ waarde: null, waardeReden: 'Impossible' })
    expect(find(figures, { regiocode: 'BU03630102', onderwerp: 'M001642' })).toMatchObject({ waarde: null, waardeReden: 'Confidential' })
    expect(find(figures, { regiocode: 'BU03630101', onderwerp: 'T001036' })).toMatchObject({ waarde: '0', waardeReden: null })
  })

  test('is onbekend in version 3, which gives a null or a point for all of them', async () => {
    const figures = await cbs.read({ table: '85984NED', version: 3 })
    expect(find(figures, { regiocode: 'BU03630102', onderwerp: 'GemiddeldeWOZWaardeVanWoningen' })).toMatchObject({
      waarde: null,
      waardeReden: 'onbekend',
    })
    expect(find(figures, { regiocode: 'GM0363', onderwerp: 'IndelingswijzigingWijkenEnBuurten' })).toMatchObject({
      waardeTekst: null,
      waardeReden: 'onbekend',
    })
  })

  test('is never a null alone', async () => {
    for (const version of [3, 4] as const) {
      for (const table of ['85984NED', '03759ned']) {
        const figures = await cbs.read({ table, version, regions: 'alles' })
        expect(figures.length).toBeGreaterThan(50)
        expect(figures.filter((each) => each.waarde === null && each.waardeTekst === null && each.waardeReden === null)).toEqual([])
      }
    }
  })
})

describe('a table with periods', () => {
  test('gives their dates, whether their figures are final, and the code alone where it says no dates', async () => {
    for (const version of [3, 4] as const) {
      const figures = await cbs.read({ table: '03759ned', version, regions: 'gemeente' })
      const period = (periode: string) => find(figures, { periode })
      expect(period('2023JJ00')).toMatchObject({ periodeTot: '2024-01-01', periodeStatus: 'Definitief' })
      expect(period('2024JJ00')).toMatchObject({ periodeTitel: '2024*', periodeTot: '2025-01-01', periodeStatus: 'NaderVoorlopig' })
      expect(period('2024KW04')).toMatchObject({ periodeSoort: 'kwartaal', periodeVan: '2024-10-01', periodeTot: '2025-01-01' })
      expect(period('2025JJ00')).toMatchObject({
        periodeTitel: '2025 januari-juni',
        periodeVan: '2025-01-01',
        periodeTot: null,
        periodeStatus: 'Voorlopig',
      })
      for (const code of ['2024X000', '2025W101'])
        expect(period(code)).toMatchObject({ periodeSoort: null, periodeVan: null, periodeTot: null })
    }
  })

  test('is read from a year on', async () => {
    for (const version of [3, 4] as const) {
      const figures = await cbs.read({ table: '03759ned', version, regions: 'gemeente', from: '2025' })
      expect(new Set(figures.map(({ periode }) => periode))).toEqual(new Set(['2025JJ00', '2025MM01', '2025W101']))
    }
  })

  test('has its other dimensions as text, codes and titles in the same order', async () => {
    const figures = await cbs.read({ table: '03759ned', regions: 'gemeente', from: '2025' })
    expect(find(figures, { uitsplitsing: 'Geslacht=3000' })).toMatchObject({ uitsplitsingTitel: 'Mannen', regiocode: 'GM0363' })
    expect(new Set(figures.map(({ uitsplitsing }) => uitsplitsing)).size).toBe(3)
  })
})
