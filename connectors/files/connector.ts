import { connector, recordOf, type Stream } from '../connector.js'
import { compareCheckpoints } from './delivery.js'
import { discover } from './discover.js'
import { readFiles } from './reading.js'
import { type StreamSettings, streamSettings } from './settings.js'

/** Files that somebody delivers: CSV, XLSX, JSON, NDJSON, XML and Parquet. What their records are, only the source file can say. */
export default connector({
  docs: 'https://www.rfc-editor.org/rfc/rfc4180',
  authentication: { by: 'place' },
  streamSettings,
  streams: ({ streams }) =>
    Object.fromEntries(Object.entries(streams).map(([name, stream]) => [name, streamOf(stream as unknown as StreamSettings)])),
  discover,
  settleSeconds: 0,
})

// A folder tells no more of a file than these two without giving all of it.
const untouched = 'A file that has other content, and yet the size and the time of change that it had'

function streamOf(settings: StreamSettings): Stream {
  const { key, record, delivery } = settings
  const schema = recordOf(record, key)
  return {
    key,
    record: schema,
    changesReading: {
      sees: { updates: true, deletes: delivery !== 'append' },
      blind:
        delivery === 'append'
          ? `Records that are gone, of which files that add say nothing. ${untouched}; of the files before the last 380 in their order, also one of which only the time is as it was. A full reading finds these.`
          : `${untouched}. A full reading finds it.`,
      compare: compareCheckpoints,
    },
    read: (ctx) => readFiles(ctx, settings, schema),
  }
}
