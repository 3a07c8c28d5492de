import { describe, expect, test } from 'vitest'
import connector from '../../../connectors/cbs/connector.js'
import type { JsonObject, Page } from '../../../connectors/connector.js'
import { CheckpointExpired, SourceRefused, SourceUnavailable, UnexpectedResponse } from '../../../connectors/errors.js'
import { checkpointOf, readSlice, readStream, recordsIn } from '../reading.js'
import { type Figure, find, openCbs, slicesOf } from './opened.js'

const cbs = openCbs()

describe('pages', () => {
  test('are followed by the links of the service, to which nothing is added', async () => {
    await cbs.restart({ pageSize: 5 })
    for (const version of [3, 4] as const) {
      const figures = await cbs.read({ table: '86165NED', version, regions: 'alles' })
      expect(new Set(figures.map(({ sleutel }) => sleutel)).size).toBe(figures.length)
      expect(new Set(figures.map(({ regiocode }) => regiocode)).size).toBe(cbs.server.table('86165NED').rows.length)
    }
    expect(cbs.server.asked.filter((address) => address.includes('$skip')).length).toBeGreaterThan(5)
    expect(cbs.server.asked.filter((address) => address.startsWith('/ODataApi'))).toEqual([])
  })

  test('have at most 2,000 figures, and a cursor within a page of the service goes on after them', async () => {
    const table = cbs.server.table('86165NED')
    const { cells } = table.rows.at(-1)!
    for (let at = 0; at < 700; at += 1) {
      const code = `BU0363${String(2000 + at)}`
      table.dimensions[0]!.codes.push({ code, title: code })
      table.rows.push({ codes: { WijkenEnBuurten: code }, cells })
    }
    for (const version of [3, 4] as const) {
      const source = cbs.open({ table: '86165NED', version, regions: 'buurten' })
      const [slice] = await slicesOf(source)
      const whole = await readSlice(source, 'cijfers', slice!)
      expect(Math.max(...whole.pages.map(({ records }) => records.length))).toBe(2000)
      const rest = await readSlice(source, 'cijfers', slice!, {}, whole.pages[0]!.cursor)
      const sleutels = (pages: readonly Page[]) => pages.flatMap(({ records }) => records.map(({ sleutel }) => sleutel))
      expect(sleutels([whole.pages[0]!, ...rest.pages])).toEqual(sleutels(whole.pages))
    }
  })

  test('that end in the middle of their JSON or connection are asked for later, from where they were', async () => {
    await cbs.restart({ pageSize: 5 })
    for (const version of [3, 4] as const) {
      for (const fault of ['ends', 'drops', 'down'] as const) {
        const source = cbs.open({ table: '86165NED', version, regions: 'alles' })
        const [slice] = await slicesOf(source)
        const whole = await readSlice(source, 'cijfers', slice!)
        const kept: Page[] = []
        cbs.server.fail(/(TypedDataSet|Observations).*\$skip=10/, fault, 10)
        await expect(readSlice(source, 'cijfers', slice!, {}, undefined, (page) => kept.push(page))).rejects.toBeInstanceOf(
          SourceUnavailable,
        )
        cbs.server.heal()
        const rest = await readSlice(source, 'cijfers', slice!, {}, kept.at(-1)!.cursor)
        expect([...kept, ...rest.pages].flatMap(({ records }) => records)).toEqual(whole.pages.flatMap(({ records }) => records))
      }
    }
  })

  test('of a whole table say how many figures it has by the catalogue, so that one that ends early is seen to', async () => {
    for (const version of [3, 4] as const) {
      const source = cbs.open({ table: '86165NED', version, regions: 'alles' })
      const [read] = await readStream(source, 'cijfers')
      const figures = recordsIn([read!]).length
      expect(read!.pages.map(({ total }) => total)).toEqual(read!.pages.map(() => figures))
      const [part] = await readStream(cbs.open({ table: '86165NED', version, regions: 'buurten' }), 'cijfers')
      expect(part!.pages.map(({ total }) => total)).toEqual([undefined])
    }
  })

  test('with regions or periods that were not asked for are refused: the filter was not honoured', async () => {
    cbs.server.ignoreFilters(true)
    for (const version of [3, 4] as const) {
      const failure = await cbs.read({ table: '86165NED', version, regions: 'buurten' }).catch((error) => error)
      expect(failure).toBeInstanceOf(UnexpectedResponse)
      expect(failure.message).toContain(
        "table 86165NED comes with WijkenEnBuurten 'NL00', which was not asked for: the filter on it is not honoured",
      )
      await expect(cbs.read({ table: '03759ned', version, regions: 'alles', from: '2024' })).rejects.toThrow("Perioden '2023JJ00'")
    }
  })
})

describe('a large table is cut', () => {
  test('by the digits of its regions', async () => {
    const table = cbs.server.table('86165NED')
    for (let at = 0; at < 1100; at += 1) {
      const code = `BU${String(at % 20).padStart(2, '0')}${String(at).padStart(6, '0')}`
      table.dimensions[0]!.codes.push({ code, title: code })
    }
    const slices = await slicesOf(cbs.open({ table: '86165NED', regions: ['gemeente', 'alle-buurten'] }))
    expect(slices.map(({ name }) => name).sort()).toEqual([
      ...Array.from({ length: 20 }, (_, at) => `86165NED BU${String(at).padStart(2, '0')}`),
      '86165NED GM0363',
    ])
  })

  test('by years where it has periods, each of which is read whole', async () => {
    const table = cbs.server.table('03759ned')
    const { cells, codes } = table.rows[0]!
    const rows = table.rows.slice()
    table.rows = Array.from({ length: 500_000 }, () => ({ codes, cells }))
    const source = cbs.open({ table: '03759ned', version: 3, regions: 'alles', from: '2024' })
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
    const source = cbs.open(two)
    const checkpoint = checkpointOf(source.stream('cijfers'), await readStream(source, 'cijfers'))
    cbs.server.asked.length = 0
    const nothing = await readStream(source, 'cijfers', { reading: 'changes', checkpoint })
    expect(recordsIn(nothing)).toEqual([])
    expect(cbs.server.asked).toEqual(['/odata/v1/CBS/85984NED/Properties', '/odata/v1/CBS/86165NED/Properties'])

    cbs.server.revise('85984NED', ({ rows }) => {
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
    const before = cbs.open({ ...two, regions: 'gemeente' })
    const checkpoint = checkpointOf(before.stream('cijfers'), await readStream(before, 'cijfers'))
    const others: JsonObject[] = [
      { regions: 'buurten' },
      { regions: 'gemeente', measures: ['T001036'] },
      { regions: 'gemeente', table: '86165NED' },
    ]
    for (const asked of others)
      await expect(readStream(cbs.open({ ...two, ...asked }), 'cijfers', { reading: 'changes', checkpoint })).rejects.toBeInstanceOf(
        CheckpointExpired,
      )
  })

  test('a table that is revised while it is read deletes nothing, and is read again the next time', async () => {
    await cbs.restart({ pageSize: 5 })
    const source = cbs.open({ table: '86165NED', regions: 'alles' })
    const [slice] = await slicesOf(source)
    let pages = 0
    const read = await readSlice(source, 'cijfers', slice!, {}, undefined, () => {
      pages += 1
      if (pages === 2) cbs.server.revise('86165NED', ({ rows }) => void rows.splice(2, 1))
    })
    expect(read.end.complete).toBe(false)
    const next = await slicesOf(source, { reading: 'changes', checkpoint: read.end.checkpoint })
    expect(next.map(({ name }) => name)).toEqual(['86165NED'])
  })
})

describe('re-read by key', () => {
  test('figures of one region and period cost one list, and come with all that they had', async () => {
    for (const version of [3, 4] as const) {
      const source = cbs.open({ table: ['86165NED', '03759ned'], version, regions: 'gemeente' })
      const figures = recordsIn(await readStream(source, 'cijfers')) as Figure[]
      const wanted = figures.filter(({ periode }) => periode === '2025JJ00')
      cbs.server.asked.length = 0
      const answers = []
      const keys = [...wanted.map(({ sleutel }) => ({ sleutel: sleutel! })), { sleutel: '03759ned/M000352/3000/GM0363/2031JJ00' }]
      for await (const answer of source.stream('cijfers').byKey!(source.context('cijfers'), keys)) answers.push(answer)
      expect(answers.flatMap((answer) => ('found' in answer ? [answer.found] : []))).toEqual(wanted)
      expect(answers.filter((answer) => 'gone' in answer)).toHaveLength(1)
      expect(cbs.server.asked.filter((address) => /TypedDataSet|Observations/.test(address))).toHaveLength(3)
    }
  })
})

describe('what cannot be read says who mends it', () => {
  const failureOf = async (stream: JsonObject, baseUrl?: { [api: string]: string }): Promise<Error> =>
    readStream(cbs.open(stream, baseUrl), 'cijfers').then(
      () => new Error('it was read'),
      (error) => error,
    )

  test('a version 3 address for version 4, which answers in XML', async () => {
    const failure = await failureOf({ table: '86165NED' }, { v3: cbs.server.url, v4: `${cbs.server.url}/ODataFeed/odata` })
    expect(failure).toBeInstanceOf(UnexpectedResponse)
    expect(failure.message).toContain('A version 3 address of the CBS answers in XML what is asked of it in version 4')
  })

  test('a table that version 4 describes and does not have', async () => {
    const failure = await failureOf({ table: '83765NED', regions: 'alles' })
    expect(failure).toBeInstanceOf(SourceRefused)
    expect(failure.message).toContain("version 4 describes table '83765NED' and does not have its figures (404). State version: 3 for it")
    expect(await cbs.read({ table: '83765NED', regions: 'gemeente', version: 3 })).toHaveLength(2)
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
    cbs.server.table('86165NED').dimensions[0]!.codes = [{ code: 'GM0599', title: 'Overdijk' }]
    const failure = await failureOf({ table: '86165NED' })
    expect(failure).toBeInstanceOf(SourceRefused)
    expect(failure.message).toContain(
      "nothing of what is asked for is in 86165NED. Check 'regions', 'measures' and 'from' in sources/probe.yaml, and organisation.code (0363)",
    )
    // Beside a table of after a herindeling the others are read, also when it alone was changed.
    const source = cbs.open({ table: ['86165NED', '85984NED'] })
    const whole = await readStream(source, 'cijfers')
    expect(new Set(recordsIn(whole).map(({ tabel }) => tabel))).toEqual(new Set(['85984NED']))
    cbs.server.revise('86165NED', () => {})
    const checkpoint = checkpointOf(source.stream('cijfers'), whole)
    expect(recordsIn(await readStream(source, 'cijfers', { reading: 'changes', checkpoint }))).toEqual([])
  })

  test('a service that is busy', async () => {
    cbs.server.fail(/Properties/, 'busy', 10)
    expect(await failureOf({ table: '86165NED' })).toBeInstanceOf(SourceUnavailable)
  })
})

describe('discover', () => {
  const discover = (streams: { [name: string]: JsonObject }) =>
    connector.discover!({ ...cbs.open({ table: '86165NED' }).context('cijfers'), streams })

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
