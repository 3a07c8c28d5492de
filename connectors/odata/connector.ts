import { connector } from '../connector.js'
import { discover } from './discover.js'
import type { Version } from './edm.js'
import { settings, streamSettings } from './settings.js'
import { streamsBy } from './streams.js'

/** Services of OData version 2, 3 and 4, whose entity sets are known only at the service. */
const serviceOf = ({ version, zone }: { readonly [name: string]: unknown }) => ({
  version: version as Version,
  zone: zone as 'UTC',
  metadata: '$metadata',
})

export default connector({
  docs: 'https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part1-protocol.html',
  authentication: { by: 'basic' },
  settings,
  streamSettings,
  streams: streamsBy(serviceOf),
  discover: (ctx, stated) => discover(ctx, serviceOf(ctx.settings), stated),
})
