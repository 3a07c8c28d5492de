import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { JsonObject, Page, SourceRecord } from '../../../connectors/connector.js'
import { SourceRefused, SourceUnavailable, UnexpectedResponse } from '../../../connectors/errors.js'
import ogcFeatures from '../../../connectors/ogc-features/connector.js'
import { buurtenCollection, objectenCollection } from '../../sources/ogc-features/collections.js'
import { type FeaturesServer, startFeatures } from '../../sources/ogc-features/server.js'
import { buurtenStream, meubilairStream } from '../fixtures/ogc-features.js'
import { type OpenSource, openSource, readSlice, readStream, recordsIn } from '../reading.js'

let server: FeaturesServer
let sources: OpenSource[] = []

beforeEach(async () => {
  server = await startFeatures({ collections: [buurtenCollection(), objectenCollection(12)], most: 3 })
})
afterEach(async () => {
  for (const source of sources) source.close()
  sources = []
  await server.stop()
})

const all = { ...buurtenStream, filter: undefined } as unknown as JsonObject

function open(stream: JsonObject): OpenSource {
  const source = openSource(ogcFeatures, { baseUrl: server.url, streams: { objecten: JSON.parse(JSON.stringify(stream)) } })
  sources.push(source)
  return source
}
const read = async (stream: JsonObject): Promise<SourceRecord[]> => recordsIn(await readStream(open(stream), 'objecten'))
const items = () => server.asked.filter((address) => address.includes('/items'))
const codes = (records: readonly SourceRecord[]) => records.map(({ buurtcode }) => buurtcode)

describe('pages', () => {
  test('are followed by the link to features, to which nothing is added and of which nothing is lost', async () => {
    expect(codes(await read(buurtenStream))).toEqual(['BU03630000', 'BU03630001', 'BU03630100', 'BU03630101', 'BU03630102'])
    expect(items()).toHaveLength(2)
    const [first, second] = items().map((address) => new URL(address, server.url).searchParams)
    expect(first!.get('limit')).toBe('500')
    expect([...second!.keys()].sort()).toEqual(['crs', 'cursor', 'gemeentecode', 'limit'])
  })

  test('of a service that does not understand its own cursor, and begins again, end the reading', async () => {
    server.behave({ forgetsCursor: true })
    await expect(read(all)).rejects.toThrow(/this page repeats the one before it/)
  })

  test('end with one that is empty, where the last full one leads to it', async () => {
    server.behave({ endsEmpty: true })
    expect(await read(all)).toHaveLength(6)
    expect(items()).toHaveLength(3)
  })

  test('are all read, with a count of the service or without', async () => {
    for (const counts of [true, false]) {
      server.behave({ counts })
      const [{ pages } = { pages: [] as Page[] }] = await readStream(open(all), 'objecten')
      expect(pages.flatMap(({ records }) => records)).toHaveLength(6)
      expect(pages.map(({ total }) => total)).toEqual(counts ? [6, 6] : [undefined, undefined])
    }
  })

  test('go on where they were after the service was busy', async () => {
    const kept: Page[] = []
    const slice = { name: 'all' }
    server.fail(/cursor/, 'busy', 10)
    await expect(readSlice(open(all), 'objecten', slice, {}, undefined, (page) => kept.push(page))).rejects.toBeInstanceOf(
      SourceUnavailable,
    )
    server.heal()
    const rest = await readSlice(open(all), 'objecten', slice, {}, kept.at(-1)!.cursor)
    expect([...kept, ...rest.pages].flatMap(({ records }) => records)).toHaveLength(6)
  })
})

describe('coordinates', () => {
  test('come in RD where the stream says so, with the box around them', async () => {
    const [haven] = await read(buurtenStream)
    expect(haven).toMatchObject({
      geometry_xmin: '127887.74',
      geometry_ymin: '475839.32',
      geometry_xmax: '129952.36',
      geometry_ymax: '479187.96',
    })
    expect(new URL(items()[0]!, server.url).searchParams.get('crs')).toBe('http://www.opengis.net/def/crs/EPSG/0/28992')
  })

  test('come in WGS84 without being asked for, since a service of the core alone refuses the question', async () => {
    const [haven] = await read({ ...all, crs: 'wgs84' })
    expect(haven).toMatchObject({ geometry_xmin: '4.99', geometry_ymax: '52.3' })
    expect(items().some((address) => address.includes('crs'))).toBe(false)
  })

  test('in degrees where metres were asked for are refused: the service ignores the question', async () => {
    server.behave({ ignoresCrs: true })
    await expect(read(all)).rejects.toThrow(/degrees came where metres were asked for/)
  })

  test('in another system than the answer says are refused', async () => {
    server.behave({ liesOfCrs: true })
    await expect(read(all)).rejects.toThrow(/degrees came where metres were asked for/)
    await expect(read({ ...all, crs: 'wgs84' })).rejects.toThrow(/metres came where degrees were asked for/)
  })

  test('with their axes swapped are refused, in either system', async () => {
    server.behave({ swapsAxes: true })
    for (const crs of ['rd', 'wgs84']) {
      const error = await read({ ...all, crs }).catch((caught) => caught)
      expect(error).toBeInstanceOf(UnexpectedResponse)
      expect(error.message).toContain('the axes are swapped')
    }
  })

  test('of a height are kept, and are no part of the box', async () => {
    const record = (await read(meubilairStream)).find(({ id }) => id === 'paal.3')!
    expect(JSON.stringify(record.geometry)).toContain('1.25')
    expect(record).toMatchObject({ geometry_xmin: '5.02', geometry_xmax: '5.02', geometry_ymin: '52.27', geometry_ymax: '52.27' })
  })
})

describe('a feature', () => {
  test('without a geometry has neither a geometry nor a box', async () => {
    const record = (await read(meubilairStream)).find(({ id }) => id === 'paal.2')!
    expect(record.geometry).toBeNull()
    expect(record).not.toHaveProperty('geometry_xmin')
  })

  test('of several geometries has the box around all of them', async () => {
    const record = (await read(meubilairStream)).find(({ id }) => id === 'paal.4')!
    expect(record).toMatchObject({ geometry_xmin: '5.02', geometry_xmax: '5.021', geometry_ymax: '52.271' })
  })

  test('without an id has no key, and those beside it are read', async () => {
    delete server.collection('straatmeubilair').features[5]!.id
    const records = await read(meubilairStream)
    expect(records).toHaveLength(12)
    expect(records.filter(({ id }) => id === undefined)).toHaveLength(1)
  })

  test('keeps its key when a release numbers all features anew', async () => {
    const before = codes(await read(buurtenStream))
    server.release('buurten')
    expect(codes(await read(buurtenStream))).toEqual(before)
  })

  test('by whose id the stream is keyed is asked for by it, and is gone when it is', async () => {
    const source = open(meubilairStream)
    const { byKey } = source.stream('objecten')
    const answers = []
    for await (const answer of byKey!(source.context('objecten'), [{ id: 'paal.1' }, { id: 'paal.99' }])) answers.push(answer)
    expect(answers).toMatchObject([{ found: { id: 'paal.1', soort: 'lichtmast' } }, { key: { id: 'paal.99' }, gone: true }])
    expect(open(buurtenStream).stream('objecten').byKey).toBeUndefined()
  })

  test('with a place that says something of a person has no box', async () => {
    const { geometry } = meubilairStream.record
    const stream = { ...meubilairStream, record: { ...meubilairStream.record, geometry: { ...geometry, kind: 'locatie' } } }
    for (const record of await read(stream)) expect(Object.keys(record).filter((name) => name.startsWith('geometry_'))).toEqual([])
  })
})

describe('what is asked for', () => {
  test('by a filter that the service ignores is refused, rather than landed', async () => {
    server.behave({ ignoresFilters: true })
    const error = await read(buurtenStream).catch((caught) => caught)
    expect(error).toBeInstanceOf(SourceRefused)
    expect(error.message).toContain("the filter on 'gemeentecode'")
  })

  test('by a filter that the service does not know is refused by the service', async () => {
    await expect(read({ ...buurtenStream, filter: { buurtnaam: 'Dijkzicht' } })).rejects.toThrow(/400/)
  })

  test('within a box names the system of its corners, beside that of the answer', async () => {
    await read({ ...all, bbox: ['127000', '475000', '135000', '483000'] })
    const asked = new URL(items()[0]!, server.url).searchParams
    expect(asked.get('bbox')).toBe('127000,475000,135000,483000')
    expect(asked.get('bbox-crs')).toBe(asked.get('crs'))
  })

  test('by a right that we have no more is refused', async () => {
    server.fail(/items/, 'refused', 10)
    await expect(read(all)).rejects.toBeInstanceOf(SourceRefused)
  })
})
