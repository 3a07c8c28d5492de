import { type Context, connector } from '../connector.js'
import { discover } from './discover.js'
import { type Service, type Settings, settings, streamSettings } from './settings.js'
import { streamsBy } from './streams.js'

/** Services of OData version 2, 3 and 4, whose entity sets are known only at the service. */
export default connector({
  docs: 'https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part1-protocol.html',
  authentication: { by: 'stated' },
  settings,
  streamSettings,
  streams: streamsBy(serviceOf),
  discover: (ctx, stated) => discover(ctx, serviceOf(ctx.settings), stated),
})

function serviceOf(given: Context['settings']): Service {
  const { version, zone } = given as unknown as Settings
  return { version, zone, metadata: '$metadata' }
}
