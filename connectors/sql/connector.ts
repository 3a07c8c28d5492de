import { connector, type Stream } from '../connector.js'
import { recordOf } from '../stated-record.js'
import { byKey } from './by-key.js'
import { discover } from './discover.js'
import { pushDownOf } from './pushed.js'
import { read, slices } from './read.js'
import { inspect, scope } from './rights.js'
import { type StreamSettings, settings, streamSettings } from './settings.js'

/** Tables and views of PostgreSQL, MariaDB, MySQL and SQL Server. */
export default connector({
  docs: 'https://www.postgresql.org/docs/current/queries.html',
  authentication: { by: 'basic' },
  settings,
  streamSettings,
  streams: ({ streams }) =>
    Object.fromEntries(Object.entries(streams).map(([name, stream]) => [name, streamOf(stream as unknown as StreamSettings)])),
  scope,
  inspect,
  discover,
  // One database: what a row refers to is committed before it, or with it.
  settleSeconds: 0,
})

function streamOf(stream: StreamSettings): Stream {
  const { table, key, record, changes } = stream
  // A moment lands in UTC, and the server cannot be asked for it in that spelling.
  const isAskable = ![key].flat().some((name) => record[name]?.type === 'datetime')
  return {
    description: table,
    key,
    record: recordOf(record, key),
    ...(changes && {
      changesReading: {
        sees: { updates: true, deletes: false },
        blind: `Rows that are deleted, and rows that change while ${changes.cursor} stays as it is; a full reading finds them. A row whose transaction ends later than the overlap after its ${changes.cursor} too.`,
      },
    }),
    slices: (ctx) => slices(ctx, stream),
    read: (ctx) => read(ctx, stream),
    ...(isAskable && { byKey: (ctx, keys) => byKey(ctx, stream, keys) }),
    pushDown: pushDownOf(record),
  }
}
