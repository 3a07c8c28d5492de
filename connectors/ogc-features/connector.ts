import { connector, type Stream } from '../connector.js'
import { discover } from './discover.js'
import { byKey, read } from './read.js'
import { schemaOf } from './record.js'
import { type StreamSettings, streamSettings } from './settings.js'

/** Collections of a service of OGC API Features: PDOK, GoKoala, pygeoapi, ldproxy, GeoServer. A record is a feature. */
export default connector({
  docs: 'https://docs.ogc.org/is/17-069r4/17-069r4.html',
  // Not `f=json`, which is no part of the standard: a service refuses parameters that it does not know.
  headers: { Accept: 'application/geo+json, application/json' },
  settleSeconds: 0,
  streamSettings,
  streams: ({ streams }) =>
    Object.fromEntries(Object.entries(streams).map(([name, stream]) => [name, streamOf(stream as unknown as StreamSettings)])),
  discover,
})

function streamOf(stream: StreamSettings): Stream {
  return {
    description: `Objecten van collectie ${stream.collection}`,
    key: stream.key,
    record: schemaOf(stream),
    read: (ctx) => read(ctx, stream),
    ...(stream.key === 'id' && { byKey: (ctx, keys) => byKey(ctx, stream, keys) }),
    defaults: { packs: ['geo'] },
  }
}
