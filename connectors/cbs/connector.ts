import { connector, type Stream } from '../connector.js'
import { compareGrowing } from '../instants.js'
import { figuresByKey } from './by-key.js'
import { discover } from './discover.js'
import { partsOf, positionOf } from './plan.js'
import { readPart } from './read.js'
import { figure } from './record.js'
import { serviceOf } from './service.js'
import { type StreamSettings, streamSettings } from './settings.js'

/**
 * Tables of StatLine, the databank of Statistics Netherlands (CBS): open data, without credentials. Each table is read in long form, a record
 * a figure, by either version of the service.
 */
export default connector({
  docs: 'https://www.cbs.nl/nl-nl/onze-diensten/open-data/databank-cbs-statline-als-open-data',
  apis: { v3: '/', v4: '/odata/v1/CBS' },
  defaultBaseUrl: { v3: 'https://opendata.cbs.nl', v4: 'https://datasets.cbs.nl/odata/v1/CBS' },
  settleSeconds: 0,
  streamSettings,
  streams: ({ streams }) =>
    Object.fromEntries(Object.entries(streams).map(([name, stated]) => [name, streamOf(streamSettings.parse(stated))])),
  discover,
})

function streamOf(settings: StreamSettings): Stream {
  const service = serviceOf(settings)
  return {
    description: `Cijfers uit StatLine: tabel ${[settings.table].flat().join(', ')}.`,
    record: figure,
    key: 'sleutel',
    changesReading: {
      sees: { updates: true, deletes: false },
      blind:
        'Figures that left a table, and what changed in words alone, such as the name of a region; a full reading finds them. A table that did not change since is not read; one that did is read whole, since the CBS revises figures in place.',
      compare: (a, b) => compareGrowing(positionOf(a).asOf, positionOf(b).asOf),
    },
    slices: (ctx) => partsOf(ctx, service, settings),
    read: (ctx) => readPart(ctx, service, settings),
    byKey: (ctx, keys) => figuresByKey(ctx, service, settings, keys),
    defaults: { packs: ['cbs'] },
  }
}
