import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import cbs from '../../../connectors/cbs/connector.js'
import type { JsonObject, Page, Slice } from '../../../connectors/connector.js'
import { CheckpointExpired, SourceRefused, SourceUnavailable, UnexpectedResponse } from '../../../connectors/errors.js'
import { type CbsOptions, type CbsServer, startCbs } from '../../sources/cbs/server.js'
import { checkpointOf, type OpenSource, openSource, readSlice, readStream, recordsIn, sliceContext } from '../reading.js'

let server: CbsServer
const opened: OpenSource[] = []

beforeEach(async () => {
  server = await startCbs()
})
afterEach(async () => {
  for (const source of opened.splice(0)) source.close()
  await server.stop()
})

async function restart(options: CbsOptions): Promise<void> {
  await server.stop()
  server = await startCbs(options)
}

function open(stream: JsonObject, baseUrl: string | { [api: string]: string } = server.url): OpenSource {
  const source = openSource(cbs, { baseUrl, streams: { cijfers: stream } })
  opened.push(source)
  return source
}

type Figure = { [field: string]: string | null }
const read = async (stream: JsonObject): Promise<Figure[]> => recordsIn(await readStream(open(stream), 'cijfers')) as Figure[]
const slicesOf = async (source: OpenSource, asked = {}): Promise<Slice[]> =>
  source.stream('cijfers').slices(sliceContext(source, 'cijfers', asked))
const find = (figures: readonly Figure[], of: Figure): Figure | undefined =>
  figures.find((each) => Object.entries(of).every(([field, value]) => each[field] === value))

describe('a figure is the same by either version', () => {
  const place = { regiocode: 'BU03630000', tabel: '86165NED' }

  test('with what was measured, where and when, and its value exactly', async () => {
    const [third, fourth] = [await read({ table: '86165NED', version: 3 }), await read({ table: '86165NED' })]
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
      const figures = await read({ table: '86165NED', version })
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
        new Set((await read({ table: '86165NED', version, ...asked })).map(({ regiocode }) => regiocode))
      expect([...(await regions({}))].every((code) => /^(GM|WK|BU)0363/.test(code!))).toBe(true)
      expect(await regions({ regions: 'wijken' })).toEqual(new Set(['WK036300', 'WK036301']))
      expect(await regions({ regions: ['land', 'alle-gemeenten'] })).toEqual(new Set(['NL00', 'GM0363', 'GM0599']))
      expect((await regions({ regions: 'alles' })).size).toBe(server.table('86165NED').rows.length)
      const one = await read({ table: '86165NED', version, measures: [version === 3 ? 'AantalInwoners' : 'T001036'] })
      expect(new Set(one.map(({ onderwerpTitel }) => onderwerpTitel))).toEqual(new Set(['Aantal inwoners']))
    }
  })
})

describe('one dataset over years', () => {
  test('has the same code for a column that stands elsewhere in each year, and a heading before a name that comes twice', async () => {
    const figures = await read({ table: ['85984NED', '86165NED'], version: 3, regions: 'gemeente' })
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
    const figures = await read({ ...only, measures: ['IndelingswijzigingWijkenEnBuurten'] })
    expect(figures.map(({ tabel }) => tabel)).toEqual(['85984NED'])
    await expect(read({ ...only, measures: ['AantalInwoners', 'AantalInwoners_5'] })).rejects.toThrow(
      "no table of it has the measure AantalInwoners_5 in version 3. Correct 'measures' in sources/probe.yaml; gemaal discover probe lists them.",
    )
  })
})

describe('a figure that is absent', () => {
  test('comes with the word of the CBS in version 4', async () => {
    const figures = await read({ table: '86165NED' })
    expect(find(figures, { regiocode: 'BU03630101', onderwerp: 'M000114' })).toMatchObject({ waarde: null, waardeReden: 'Impossible' })
    expect(find(figures, { regiocode: 'BU03630102', onderwerp: 'M001642' })).toMatchObject({ waarde: null, waardeReden: 'Confidential' })
    expect(find(figures, { regiocode: 'BU03630101', onderwerp: 'T001036' })).toMatchObject({ waarde: '0', waardeReden: null })
  })

  test('is onbekend in version 3, which gives a null or a point for all of them', async () => {
    const figures = await read({ table: '85984NED', version: 3 })
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
        const figures = await read({ table, version, regions: 'alles' })
        expect(figures.length).toBeGreaterThan(50)
        expect(figures.filter((each) => each.waarde === null && each.waardeTekst === null && each.waardeReden === null)).toEqual([])
      }
    }
  })
})

describe('a table with periods', () => {
  test('gives their dates, whether their figures are final, and the code alone where it says no dates', async () => {
    for (const version of [3, 4] as const) {
      const figures = await read({ table: '03759ned', version, regions: 'gemeente' })
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
      const figures = await read({ table: '03759ned', version, regions: 'gemeente', from: '2025' })
      expect(new Set(figures.map(({ periode }) => periode))).toEqual(new Set(['2025JJ00', '2025MM01', '2025W101']))
    }
  })

  test('has its other dimensions as text, codes and titles in the same order', async () => {
    const figures = await read({ table: '03759ned', regions: 'gemeente', from: '2025' })
    expect(find(figures, { uitsplitsing: 'Geslacht=3000' })).toMatchObject({ uitsplitsingTitel: 'Mannen', regiocode: 'GM0363' })
    expect(new Set(figures.map(({ uitsplitsing }) => uitsplitsing)).size).toBe(3)
  })
})

describe('pages', () => {
  test('are followed by the links of the service, to which nothing is added', async () => {
    await restart({ pageSize: 5 })
    for (const version of [3, 4] as const) {
      const figures = await read({ table: '86165NED', version, regions: 'alles' })
      expect(new Set(figures.map(({ sleutel }) => sleutel)).size).toBe(figures.length)
      expect(new Set(figures.map(({ regiocode }) => regiocode)).size).toBe(server.table('86165NED').rows.length)
    }
    expect(server.asked.filter((address) => address.includes('$skip')).length).toBeGreaterThan(5)
    expect(server.asked.filter((address) => address.startsWith('/ODataApi'))).toEqual([])
  })

  test('have at most 2,000 figures, and a cursor within a page of the service goes on after them', async () => {
    const table = server.table('86165NED')
    const { cells } = table.rows.at(-1)!
    for (let at = 0; at < 700; at += 1) {
      const code = `BU0363${String(2000 + at)}`
      table.dimensions[0]!.codes.push({ code, title: code })
      table.rows.push({ codes: { WijkenEnBuurten: code }, cells })
    }
    for (const version of [3, 4] as const) {
      const source = open({ table: '86165NED', version, regions: 'buurten' })
      const [slice] = await slicesOf(source)
      const whole = await readSlice(source, 'cijfers', slice!)
      expect(Math.max(...whole.pages.map(({ records }) => records.length))).toBe(2000)
      const rest = await readSlice(source, 'cijfers', slice!, {}, whole.pages[0]!.cursor)
      const sleutels = (pages: readonly Page[]) => pages.flatMap(({ records }) => records.map(({ sleutel }) => sleutel))
      expect(sleutels([whole.pages[0]!, ...rest.pages])).toEqual(sleutels(whole.pages))
    }
  })

  test('that end in the middle of their JSON or connection are asked for later, from where they were', async () => {
    await restart({ pageSize: 5 })
    for (const version of [3, 4] as const) {
      for (const fault of ['ends', 'drops', 'down'] as const) {
        const source = open({ table: '86165NED', version, regions: 'alles' })
        const [slice] = await slicesOf(source)
        const whole = await readSlice(source, 'cijfers', slice!)
        const kept: Page[] = []
        server.fail(/(TypedDataSet|Observations).*\$skip=10/, fault, 10)
        await expect(readSlice(source, 'cijfers', slice!, {}, undefined, (page) => kept.push(page))).rejects.toBeInstanceOf(
          SourceUnavailable,
        )
        server.heal()
        const rest = await readSlice(source, 'cijfers', slice!, {}, kept.at(-1)!.cursor)
        expect([...kept, ...rest.pages].flatMap(({ records }) => records)).toEqual(whole.pages.flatMap(({ records }) => records))
      }
    }
  })

  test('of a whole table say how many figures it has by the catalogue, so that one that ends early is seen to', async () => {
    for (const version of [3, 4] as const) {
      const source = open({ table: '86165NED', version, regions: 'alles' })
      const [read] = await readStream(source, 'cijfers')
      const figures = recordsIn([read!]).length
      expect(read!.pages.map(({ total }) => total)).toEqual(read!.pages.map(() => figures))
      const [part] = await readStream(open({ table: '86165NED', version, regions: 'buurten' }), 'cijfers')
      expect(part!.pages.map(({ total }) => total)).toEqual([undefined])
    }
  })

  test('with regions or periods that were not asked for are refused: the filter was not honoured', async () => {
    server.ignoreFilters(true)
    for (const version of [3, 4] as const) {
      const failure = await read({ table: '86165NED', version, regions: 'buurten' }).catch((error) => error)
      expect(failure).toBeInstanceOf(UnexpectedResponse)
      expect(failure.message).toContain(
        "table 86165NED comes with WijkenEnBuurten 'NL00', which was not asked for: the filter on it is not honoured",
      )
      await expect(read({ table: '03759ned', version, regions: 'alles', from: '2024' })).rejects.toThrow("Perioden '2023JJ00'")
    }
  })
})

describe('a large table is cut', () => {
  test('by the digits of its regions', async () => {
    const table = server.table('86165NED')
    for (let at = 0; at < 1100; at += 1) {
      const code = `BU${String(at % 20).padStart(2, '0')}${String(at).padStart(6, '0')}`
      table.dimensions[0]!.codes.push({ code, title: code })
    }
    const slices = await slicesOf(open({ table: '86165NED', regions: ['gemeente', 'alle-buurten'] }))
    expect(slices.map(({ name }) => name).sort()).toEqual([
      ...Array.from({ length: 20 }, (_, at) => `86165NED BU${String(at).padStart(2, '0')}`),
      '86165NED GM0363',
    ])
  })

  test('by years where it has periods, each of which is read whole', async () => {
    const table = server.table('03759ned')
    const { cells, codes } = table.rows[0]!
    const rows = table.rows.slice()
    table.rows = Array.from({ length: 100_000 }, () => ({ codes, cells }))
    const source = open({ table: '03759ned', version: 3, regions: 'alles', from: '2024' })
    const slices = await slicesOf(source)
    expect(slices.map(({ name }) => name)).toEqual(['03759ned 2024', '03759ned 2025'])
    table.rows = rows
    const figures = []
    for (const slice of slices) figures.push(...recordsIn([await readSlice(source, 'cijfers', slice)]))
    expect(figures.length).toBe(rows.filter((row) => row.codes.Perioden! >= '2024').length * 2)
  })
})

describe('read by what changed', () => {
  const two = { table: ['85984NED', '86165NED'] }

  test('a table that did not change costs one request, and one that did is read whole', async () => {
    const source = open(two)
    const checkpoint = checkpointOf(source.stream('cijfers'), await readStream(source, 'cijfers'))
    server.asked.length = 0
    const nothing = await readStream(source, 'cijfers', { reading: 'changes', checkpoint })
    expect(recordsIn(nothing)).toEqual([])
    expect(server.asked).toEqual(['/odata/v1/CBS/85984NED/Properties', '/odata/v1/CBS/86165NED/Properties'])

    server.revise('85984NED', ({ rows }) => {
      rows[1]!.cells[4] = { value: '11000' }
    })
    const changes = await readStream(source, 'cijfers', { reading: 'changes', checkpoint: checkpointOf(source.stream('cijfers'), nothing) })
    const figures = recordsIn(changes) as Figure[]
    expect(new Set(figures.map(({ tabel }) => tabel))).toEqual(new Set(['85984NED']))
    expect(find(figures, { regiocode: 'GM0363', onderwerp: 'T001036' })!.waarde).toBe('11000')
    expect(changes.map(({ end }) => end.complete)).toEqual([false, false, false])
    expect(
      recordsIn(await readStream(source, 'cijfers', { reading: 'changes', checkpoint: checkpointOf(source.stream('cijfers'), changes) })),
    ).toEqual([])
  })

  test('another question is read full: of an unchanged table it has figures that were never read', async () => {
    const before = open({ ...two, regions: 'gemeente' })
    const checkpoint = checkpointOf(before.stream('cijfers'), await readStream(before, 'cijfers'))
    const others: JsonObject[] = [
      { regions: 'buurten' },
      { regions: 'gemeente', measures: ['T001036'] },
      { regions: 'gemeente', table: '86165NED' },
    ]
    for (const asked of others)
      await expect(readStream(open({ ...two, ...asked }), 'cijfers', { reading: 'changes', checkpoint })).rejects.toBeInstanceOf(
        CheckpointExpired,
      )
  })

  test('a table that is revised while it is read deletes nothing, and is read again the next time', async () => {
    await restart({ pageSize: 5 })
    const source = open({ table: '86165NED', regions: 'alles' })
    const [slice] = await slicesOf(source)
    let pages = 0
    const read = await readSlice(source, 'cijfers', slice!, {}, undefined, () => {
      pages += 1
      if (pages === 2) server.revise('86165NED', ({ rows }) => void rows.splice(2, 1))
    })
    expect(read.end.complete).toBe(false)
    const next = await slicesOf(source, { reading: 'changes', checkpoint: read.end.checkpoint })
    expect(next.map(({ name }) => name)).toEqual(['86165NED'])
  })
})

describe('what cannot be read says who mends it', () => {
  const failureOf = async (stream: JsonObject, baseUrl?: { [api: string]: string }): Promise<Error> =>
    readStream(open(stream, baseUrl), 'cijfers').then(
      () => new Error('it was read'),
      (error) => error,
    )

  test('a version 3 address for version 4, which answers in XML', async () => {
    const failure = await failureOf({ table: '86165NED' }, { v3: server.url, v4: `${server.url}/ODataFeed/odata` })
    expect(failure).toBeInstanceOf(UnexpectedResponse)
    expect(failure.message).toContain('A version 3 address of the CBS answers in XML what is asked of it in version 4')
  })

  test('a table that version 4 describes and does not have', async () => {
    const failure = await failureOf({ table: '83765NED', regions: 'alles' })
    expect(failure).toBeInstanceOf(SourceRefused)
    expect(failure.message).toContain("version 4 describes table '83765NED' and does not have its figures (404). State version: 3 for it")
    expect(await read({ table: '83765NED', regions: 'gemeente', version: 3 })).toHaveLength(2)
  })

  test('a table that is not there, or is spelt otherwise', async () => {
    for (const version of [3, 4] as const) {
      for (const table of ['99999NED', '03759NED']) {
        const failure = await failureOf({ table, version })
        expect(failure).toBeInstanceOf(SourceRefused)
        expect(failure.message).toContain(`no table '${table}' in version ${version}`)
      }
    }
  })

  test('a municipality that the table does not have', async () => {
    server.table('86165NED').dimensions[0]!.codes = [{ code: 'GM0599', title: 'Overdijk' }]
    const failure = await failureOf({ table: '86165NED' })
    expect(failure).toBeInstanceOf(SourceRefused)
    expect(failure.message).toContain('has none of the measures, or no gemeente, wijken, buurten of gemeente 0363')
    // Beside a table of before the municipality was formed the later ones are read.
    expect(new Set((await read({ table: ['86165NED', '85984NED'] })).map(({ tabel }) => tabel))).toEqual(new Set(['85984NED']))
  })

  test('a service that is busy', async () => {
    server.fail(/Properties/, 'busy', 10)
    expect(await failureOf({ table: '86165NED' })).toBeInstanceOf(SourceUnavailable)
  })
})

describe('discover', () => {
  const discover = async (streams: { [name: string]: JsonObject }) => {
    const source = openSource(cbs, { baseUrl: server.url, streams: { cijfers: { table: '86165NED' }, ...streams } })
    opened.push(source)
    return cbs.discover!({ ...source.context('cijfers'), streams })
  }

  test('proposes the kerncijfers of the last years where no stream is stated', async () => {
    expect(await discover({})).toEqual({
      kerncijfers: {
        settings: { table: ['83765NED', '85984NED', '86165NED'], regions: ['gemeente', 'wijken', 'buurten'] },
        description: 'Kerncijfers wijken en buurten 2017, Kerncijfers wijken en buurten 2024, Kerncijfers wijken en buurten 2025',
      },
    })
  })

  test('says of a stated stream what its tables hold', async () => {
    const { kern } = await discover({ kern: { table: ['85984NED', '86165NED'], version: 3 } })
    expect(kern!.offers).toEqual(
      expect.arrayContaining([
        '86165NED: Kerncijfers wijken en buurten 2025, changed 2025-07-01T02:00:00',
        '  WijkenEnBuurten: 12 codes, NL00 to BU05990101',
        expect.stringMatching(/^AantalInwoners {2,}Aantal inwoners \(aantal\)$/),
        expect.stringMatching(/^IndelingswijzigingWijkenEnBuurten {2,}.*, only in 85984NED$/),
      ]),
    )
  })
})
