import { connector } from '../connector.js'
import { discover } from '../odata/discover.js'
import type { Service } from '../odata/settings.js'
import { streamSettings } from '../odata/settings.js'
import { streamsBy } from '../odata/streams.js'
import { settings } from './settings.js'

/**
 * Tables of Dataverse, in which Dynamics 365 and Power Apps keep their records: OData 4, with the texts of codes as fields of their own, and changes
 * with what was deleted for tables whose changes are kept track of.
 *
 * @see https://learn.microsoft.com/power-apps/developer/data-platform/webapi/overview
 */
const service: Service = {
  version: 4,
  zone: 'UTC',
  // Without, it does not say which tables are tracked.
  metadata: '$metadata?annotations=true',
  labels: true,
}

export default connector({
  docs: 'https://learn.microsoft.com/power-apps/developer/data-platform/webapi/overview',
  authentication: {
    by: 'oauth2',
    tokenPath: 'https://login.microsoftonline.com/{settings.tenant}/oauth2/v2.0/token',
    scope: '{settings.environment}/.default',
  },
  settings,
  streamSettings,
  streams: streamsBy(() => service),
  discover: (ctx, stated) => discover(ctx, service, stated),
})
