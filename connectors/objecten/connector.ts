import { connector, type Stream } from '../connector.js'
import { discover } from './discover.js'
import { notificaties } from './notificaties.js'
import { byKey, read, slices } from './read.js'
import { keyOf, recordOf } from './record.js'
import { scope } from './rights.js'
import { type StreamSettings, streamSettings } from './settings.js'

/**
 * Objects of the Objecten API, a stream for each objecttype: Open Object 4, and the Objects and Objecttypes API 2 and 3 before it.
 *
 * The data of an object follows the JSON Schema of its objecttype, in the version that the record names; objects of one type can be on several.
 */
export default connector({
  docs: 'https://objects-and-objecttypes-api.readthedocs.io/',
  authentication: { by: 'token' },
  // Of one application since 4.0.
  apis: { objecten: '/api/v2', objecttypen: '/api/v2' },
  headers: { 'Accept-Crs': 'EPSG:4326' },
  settleSeconds: 0,
  streamSettings,
  streams: ({ streams }) =>
    Object.fromEntries(Object.entries(streams).map(([name, stream]) => [name, streamOf(stream as unknown as StreamSettings)])),
  notificaties,
  scope,
  discover,
})

function streamOf(stream: StreamSettings): Stream {
  const { records, record } = stream
  return {
    description: `Objecten van objecttype ${stream.objecttype}`,
    api: 'objecten',
    key: keyOf[records],
    record: recordOf(records, record),
    defaults: { packs: ['objecten'] },
    slices: (ctx) => slices(ctx, stream),
    read: (ctx) => read(ctx, stream),
    ...(records === 'latest' && { byKey: (ctx, keys) => byKey(ctx, keys) }),
  }
}
