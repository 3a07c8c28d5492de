import { afterEach, describe, expect, test } from 'vitest'
import type { JsonObject, SourceRecord } from '../../../connectors/connector.js'
import { SourceUnavailable, UnexpectedResponse } from '../../../connectors/errors.js'
import { keyText, melding, type Version, waterdamSets } from '../../sources/odata/model.js'
import { checkpointOf, keyOf, type OpenSource, readStream, recordsIn, sliceContext } from '../reading.js'
import { closeAll, open, statedFor } from './opened.js'

afterEach(closeAll)

const versions: Version[] = [2, 3, 4]
const json = (body: unknown) => (response: import('node:http').ServerResponse) =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body))

async function readAll(source: OpenSource, stream = 'meldingen'): Promise<SourceRecord[]> {
  return recordsIn(await readStream(source, stream))
}

const texts = (record: SourceRecord | undefined): unknown =>
  JSON.parse(JSON.stringify(record, (_, value) => (typeof value === 'object' && value?.isLosslessNumber ? value.value : value)))

describe.each(versions)('version %s', (version) => {
  test('links are followed as they came, and a first page without records does not end the list', async () => {
    const { server, source } = await open(version)
    for (const [stream, name] of Object.entries({ meldingen: 'Meldingen', regels: 'Regels' })) {
      const read = await readAll(source, stream)
      const keys = read.map((record) => JSON.stringify(keyOf(source.stream(stream), record)))
      expect(keys.sort()).toEqual(
        server
          .set(name)
          .rows.map((row) => keyText(server.set(name), row))
          .sort(),
      )
    }
    expect(server.asked.filter(({ address }) => address.includes('$skiptoken=')).length).toBeGreaterThan(3)
  })

  test('a record has one form, whatever the version: exact numbers, ISO 8601, and nothing that is no field', async () => {
    const { source } = await open(version)
    const [record] = await readAll(source)
    expect(texts(record)).toEqual({
      Nummer: 'M-1',
      Melder: "Zoë O'Neill 1",
      Bedrag: '1.50',
      Teller: '9007199254742001',
      Ontvangen: version === 4 ? '2026-03-02T09:30:00Z' : '2026-03-02T09:30:00',
      Gewijzigd: '2026-03-02T10:00:00.250Z',
      Kenmerk: '00000000-0000-4000-8000-000000000001',
      Dicht: false,
      Adres: { Straat: 'Kade', Huisnummer: '1' },
    })
  })

  test('the service is asked for no more fields than some dataset needs, the key and the cursor', async () => {
    const { server, source } = await open(version)
    const ctx = {
      ...sliceContext(source, 'meldingen', {}),
      fields: new Set(['Bedrag', 'Adres.Straat']),
      slice: { name: 'all' },
      cursor: undefined,
    }
    for await (const { records } of source.stream('meldingen').read(ctx))
      for (const record of records) expect(Object.keys(record).sort()).toEqual(['Adres', 'Bedrag', 'Gewijzigd', 'Nummer'])
    expect(server.asked[0]!.address).toContain('$select=Nummer,Bedrag,Gewijzigd,Adres')
  })

  test('changes are asked for from the checkpoint on, in the notation of the version', async () => {
    const { server, source } = await open(version)
    const checkpoint = checkpointOf(source.stream('meldingen'), await readStream(source, 'meldingen'))
    expect(checkpoint).toBe('2026-03-08T10:00:00.250Z')
    server.asked.length = 0
    const read = await readStream(source, 'meldingen', { reading: 'changes', checkpoint })
    expect(recordsIn(read).map(({ Nummer }) => Nummer)).toEqual(['M-7'])
    const moment = '2026-03-08T09:55:00.250Z'
    const literal = version === 4 ? moment : `datetimeoffset'${moment}'`
    expect(decodeURIComponent(server.asked[0]!.address)).toContain(`$filter=Gewijzigd ge ${literal}`)
  })

  test('a filter of the stream goes with that of the changes', async () => {
    const opened = await open(version)
    const { meldingen } = statedFor(version)
    const source = opened.with({ meldingen: { ...meldingen, filter: 'Dicht eq true' } })
    const full = await readStream(source, 'meldingen')
    expect(recordsIn(full).map(({ Nummer }) => Nummer)).toEqual(['M-2', 'M-4', 'M-6'])
    const since = await readStream(source, 'meldingen', { reading: 'changes', checkpoint: '2026-03-05T10:00:00Z' })
    expect(recordsIn(since).map(({ Nummer }) => Nummer)).toEqual(['M-4', 'M-6'])
  })

  test('doctor proves that the service honours the filter', async () => {
    const { source, server } = await open(version)
    const prove = source.stream('meldingen').proveFilter!
    expect(await prove(source.context('meldingen'))).toMatchObject({ ok: true })
    const ignoring = { 2: { d: { results: [{ Nummer: 'M-1' }] } }, 3: { value: [{ Nummer: 'M-1' }] }, 4: { value: [{ Nummer: 'M-1' }] } }
    server.answer(/\$filter/, json(ignoring[version]))
    expect(await prove(source.context('meldingen'))).toMatchObject({ ok: false, message: expect.stringContaining('ignores this filter') })
  })

  test.each(['in place of the list', 'behind records', 'behind the list'])(
    'an error in an answer of 200, %s, is an error and no shorter list',
    async (place) => {
      const { source, server } = await open(version)
      const error = { error: { code: 'OutOfMemory', message: 'Zoë Jansen' } }
      const records = [{ Nummer: 'M-1' }, { 'odata.error': error.error }]
      const list = version === 2 ? { d: { results: records } } : { value: records }
      const whole = version === 2 ? { d: { results: [{ Nummer: 'M-1' }] } } : { value: [{ Nummer: 'M-1' }] }
      server.answer(
        /Meldingen/,
        json(place === 'in place of the list' ? error : place === 'behind records' ? list : { ...whole, ...error }),
        10,
      )
      const failure = await readAll(source).catch((caught) => caught)
      expect(failure).toBeInstanceOf(SourceUnavailable)
      expect(failure.message).toContain('(OutOfMemory)')
      expect(failure.message).not.toContain('Zoë')
    },
  )

  test('a page that links to itself ends the reading with an error', async () => {
    const { source, server } = await open(version)
    const here = `${server.url}/Meldingen?$skiptoken=7`
    const list = {
      2: { d: { results: [], __next: here } },
      3: { value: [], 'odata.nextLink': here },
      4: { value: [], '@odata.nextLink': here },
    }
    server.answer(/Meldingen/, json(list[version]), 10)
    await expect(readAll(source)).rejects.toThrow(/followed before/)
  })

  test('an answer of another form is refused with where to look', async () => {
    const { source, server } = await open(version)
    server.answer(/Meldingen/, json({ Meldingen: [] }), 10)
    const failure = await readAll(source).catch((caught) => caught)
    expect(failure).toBeInstanceOf(UnexpectedResponse)
    expect(failure.message).toContain("Check 'version'")
  })
})

describe('values', () => {
  const of = async (version: Version, body: string, settings: JsonObject = {}): Promise<unknown> => {
    const opened = await open(version)
    opened.server.answer(/Meldingen/, json(body))
    const source = opened.with(statedFor(version), settings)
    return texts((await readAll(source))[0])
  }

  test('numbers of version 4 keep their digits, also where the service writes them as numbers', async () => {
    expect(await of(4, '{"value":[{"Nummer":"1","Teller":9007199254742633,"Bedrag":0.10}]}')).toMatchObject({
      Teller: '9007199254742633',
      Bedrag: '0.10',
    })
  })

  test('a moment of version 2 is what the clock showed without an offset, and in UTC with one', async () => {
    const body = '{"d":{"results":[{"Nummer":"1","Ontvangen":"/Date(1772443800000)/","Gewijzigd":"\\/Date(1772443800250-0060)\\/"}]}}'
    expect(await of(2, body)).toMatchObject({ Ontvangen: '2026-03-02T09:30:00', Gewijzigd: '2026-03-02T09:30:00.250Z' })
    expect(await of(2, body, { zone: 'UTC' })).toMatchObject({ Ontvangen: '2026-03-02T09:30:00Z' })
  })

  test('the day of a moment without a zone is the day that the clock showed', async () => {
    const opened = await open(3)
    const { meldingen } = statedFor(3)
    const record = { ...(meldingen!.record as JsonObject), Ontvangen: { type: 'date', kind: 'none' } }
    const [first] = await readAll(opened.with({ meldingen: { ...meldingen, record } }))
    expect(first).toMatchObject({ Ontvangen: '2026-03-02' })
  })

  test('the least moment of .NET says that there is none', async () => {
    expect(await of(4, '{"value":[{"Nummer":"1","Ontvangen":"0001-01-01T00:00:00Z"}]}')).toMatchObject({ Ontvangen: null })
    expect(await of(2, '{"d":[{"Nummer":"1","Ontvangen":"/Date(-62135596800000)/"}]}')).toMatchObject({ Ontvangen: null })
  })

  test('what is no moment stays as it was written, for its rules to refuse', async () => {
    expect(await of(2, '{"d":[{"Nummer":"1","Ontvangen":"/Date(999999999999999)/"}]}')).toMatchObject({
      Ontvangen: '/Date(999999999999999)/',
    })
  })

  test('a list of version 3 in its verbose form is a list', async () => {
    const opened = await open(3)
    opened.server.answer(/Meldingen/, json({ d: { results: [{ Nummer: '1', Trefwoorden: { results: ['a', 'b'] } }] } }))
    const source = opened.with({
      meldingen: {
        entitySet: 'Meldingen',
        key: 'Nummer',
        record: { Nummer: { type: 'text', kind: 'none' }, Trefwoorden: { type: 'text', kind: 'none', list: true } },
      },
    })
    expect(await readAll(source)).toEqual([{ Nummer: '1', Trefwoorden: ['a', 'b'] }])
  })
})

test('a cursor that is a number is read in its order, with the suffix of a long one', async () => {
  const opened = await open(2)
  const { meldingen } = statedFor(2)
  const source = opened.with({ meldingen: { ...meldingen, changes: { cursor: 'Teller', overlap: '1' }, edm: { Teller: 'Int64' } } })
  const checkpoint = checkpointOf(source.stream('meldingen'), await readStream(source, 'meldingen'))
  opened.server.put('Meldingen', melding(8, 2))
  const read = await readStream(source, 'meldingen', { reading: 'changes', checkpoint })
  expect(recordsIn(read).map(({ Nummer }) => Nummer)).toEqual(['M-6', 'M-7', 'M-8'])
  expect(opened.server.asked.every(({ address }) => address.includes('$orderby=Teller'))).toBe(true)
})

test('the same size of page is asked for on every page', async () => {
  const { server, source } = await open(4)
  await readAll(source)
  const prefer = server.asked.map(({ headers }) => headers.prefer)
  expect(new Set(prefer)).toEqual(new Set(['odata.maxpagesize=2000']))
  expect(prefer.length).toBeGreaterThan(2)
})

test('a request that is refused for now is sent again after the time that the service names', async () => {
  const { server, source } = await open(4, { sets: waterdamSets(4, 2) })
  server.answer(/Meldingen/, (response) => void response.writeHead(429, { 'retry-after': '1' }).end())
  expect(await readAll(source)).toHaveLength(2)
})
