import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { JsonObject, SourceRecord } from '../../../connectors/connector.js'
import ogcFeatures from '../../../connectors/ogc-features/connector.js'
import { findPygeoapi, type Pygeoapi, startPygeoapi } from '../../sources/ogc-features/pygeoapi.js'
import { buurten } from '../../sources/waterdam-buurten.js'
import { buurtenStream } from '../fixtures/ogc-features.js'
import { type OpenSource, openSource, readStream, recordsIn } from '../reading.js'

const found = await findPygeoapi()
if (typeof found === 'string') test(`pygeoapi is not tried here: ${found}`, () => {})

describe.each(typeof found === 'string' ? [] : [found])('collections of pygeoapi', (program) => {
  let server: Pygeoapi
  let source: OpenSource
  beforeAll(async () => {
    server = await startPygeoapi(program)
  })
  afterEach(() => source.close())
  afterAll(() => server?.stop())

  const open = (stream: object): OpenSource => {
    source = openSource(ogcFeatures, { baseUrl: server.url, streams: { buurten: stream as JsonObject } })
    return source
  }
  const read = async (stream: object): Promise<SourceRecord[]> => recordsIn(await readStream(open(stream), 'buurten'))

  test('are read whole in small pages, in RD, with a filter on a property', async () => {
    const records = await read(buurtenStream)
    expect(records.map(({ buurtcode }) => buurtcode)).toEqual(buurten.slice(0, 5).map(({ buurtcode }) => buurtcode))
    // By its own conversion of the degrees that it was given, and to the centimetre.
    expect(Number(records[0]!.geometry_xmin)).toBeCloseTo(127887.74, 1)
    expect(Number(records[0]!.geometry_ymax)).toBeCloseTo(479187.96, 1)
  })

  test('are read in degrees, in a box', async () => {
    const { filter: _, ...stream } = { ...buurtenStream, crs: 'wgs84', bbox: ['5.1', '52.28', '5.12', '52.29'] }
    expect((await read(stream)).map(({ buurtcode }) => buurtcode)).toEqual(['BU05990101'])
  })

  test('give everything for a filter on a property that is not there: that is seen', async () => {
    const record = { ...buurtenStream.record, jaar: { type: 'text', kind: 'none', description: 'Jaar' } }
    await expect(read({ ...buurtenStream, record, filter: { jaar: '2025' } })).rejects.toThrow(/does not filter on it/)
  })

  test('are proposed with their fields and systems', async () => {
    const { buurten: proposed } = await ogcFeatures.discover(open(buurtenStream).context('buurten'), {})
    expect(proposed).toMatchObject({ settings: { collection: 'buurten', crs: 'rd' }, description: 'Buurten: Buurten van Waterdam' })
    expect(proposed!.record!.properties).toMatchObject({
      buurtcode: { type: 'string' },
      aantal_inwoners: { type: 'integer' },
      geometry: { format: 'geojson' },
    })
  })
})
