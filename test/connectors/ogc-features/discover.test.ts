import { afterEach, beforeEach, expect, test } from 'vitest'
import type { JsonObject } from '../../../connectors/connector.js'
import ogcFeatures from '../../../connectors/ogc-features/connector.js'
import { streamSettings } from '../../../connectors/ogc-features/settings.js'
import { statedOf } from '../../../connectors/stated-record.js'
import { type FeaturesServer, startFeatures } from '../../sources/ogc-features/server.js'
import { buurtenStream } from '../fixtures/ogc-features.js'
import { type OpenSource, openSource } from '../reading.js'

let server: FeaturesServer
let source: OpenSource

beforeEach(async () => {
  server = await startFeatures()
  source = openSource(ogcFeatures, { baseUrl: server.url, streams: { buurten: buurtenStream } })
})
afterEach(async () => {
  source.close()
  await server.stop()
})

const discover = (stated: { [stream: string]: JsonObject } = {}) => ogcFeatures.discover(source.context('buurten'), stated)

test('each collection is proposed as a stream, in RD where it is offered, with the fields of its schema and no key', async () => {
  const { buurten, straatmeubilair } = await discover()
  expect(buurten).toMatchObject({
    settings: { collection: 'buurten', crs: 'rd' },
    key: [],
    description: 'Buurten: Grenzen van de buurten, met kerncijfers',
    offers: ['crs: rd, wgs84', 'bbox: [4.99, 52.27, 5.15, 52.33] in degrees holds all'],
  })
  expect(statedOf(buurten!.record!)).toMatchObject({
    buurtcode: { type: 'text', description: 'Code van de buurt' },
    aantal_inwoners: { type: 'integer', description: 'Aantal inwoners op 1 januari' },
    geometry: { type: 'geometry' },
  })
  expect(statedOf(buurten!.record!)).not.toHaveProperty('fid')
  expect(statedOf(straatmeubilair!.record!)).toMatchObject({ hoogte: { type: 'decimal' }, geplaatst: { type: 'date' } })
})

test('where the service describes no properties they are those of the first features, and a code of digits stays text', async () => {
  for (const describes of ['queryables', 'nowhere'] as const) {
    server.behave({ describes })
    server.collection('straatmeubilair').features[0]!.properties.wijk = '0101'
    const { straatmeubilair } = await discover()
    expect(statedOf(straatmeubilair!.record!)).toMatchObject({
      id: { type: 'text' },
      wijk: { type: 'text' },
      hoogte: { type: 'decimal' },
      geplaatst: { type: 'date' },
      geometry: { type: 'geometry' },
    })
    expect(straatmeubilair!.offers!.includes('filter: geometry, soort')).toBe(describes === 'queryables')
  }
})

test('a collection that the file states is described under its own name', async () => {
  const proposals = await discover({ buurten_van_ons: buurtenStream })
  expect(Object.keys(proposals).sort()).toEqual(['buurten_van_ons', 'straatmeubilair'])
})

test('a stream whose geometry has another name, or whose filter cannot be seen to work, is refused', () => {
  const messages = (stream: object) => streamSettings.safeParse(stream).error?.issues.map(({ message }) => message) ?? []
  expect(messages(buurtenStream)).toEqual([])
  const { geometry, ...record } = buurtenStream.record
  expect(messages({ ...buurtenStream, record: { ...record, grens: geometry } })).toEqual([expect.stringContaining("called 'geometry'")])
  expect(messages({ ...buurtenStream, filter: { jaar: '2025' } })).toEqual([expect.stringContaining("'jaar' is not a field")])
})
