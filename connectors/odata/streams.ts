import type { Context, JsonObject, Stream } from '../connector.js'
import { changesReadingOf } from '../declared.js'
import { recordOf } from '../stated-record.js'
import { byKey, isAskable } from './by-key.js'
import { comparePlaces, readTracked } from './delta.js'
import { proveFilter, read } from './read.js'
import type { Service, StreamSettings } from './settings.js'

/** The service that a source is, by its settings. */
export type ServiceOf = (settings: Context['settings']) => Service

/** The streams that a source file states, read from a service. */
export const streamsBy =
  (serviceOf: ServiceOf) =>
  ({ streams }: { streams: { [name: string]: JsonObject } }): { [name: string]: Stream } =>
    Object.fromEntries(Object.entries(streams).map(([name, stated]) => [name, streamOf(stated as unknown as StreamSettings, serviceOf)]))

function streamOf(stated: StreamSettings, serviceOf: ServiceOf): Stream {
  const { entitySet, key, record, filter, changes } = stated
  const unmet = filter === undefined ? '' : ' Records that no longer meet the filter of the stream, too.'
  return {
    description: entitySet,
    key,
    record: recordOf(record, key),
    ...(isAskable(stated) && { byKey: (ctx, keys) => byKey(ctx, stated, serviceOf(ctx.settings), keys) }),
    read: (ctx) => (changes === 'delta' ? readTracked : read)(ctx, stated, serviceOf(ctx.settings)),
    ...(changes === 'delta' && {
      changesReading: {
        sees: { updates: true, deletes: true },
        blind: 'Nothing, as long as the service keeps track; when it forgot where we were, everything is read again.',
        compare: comparePlaces,
      },
    }),
    ...(typeof changes === 'object' && {
      proveFilter: (ctx: Context) => proveFilter(ctx, stated, serviceOf(ctx.settings)),
      changesReading: {
        ...changesReadingOf({ cursor: changes.cursor, param: '$filter' }),
        blind: `Records that are deleted, that change while ${changes.cursor} stays as it is, or that have none; a full reading finds them.${unmet}`,
      },
    }),
  }
}
