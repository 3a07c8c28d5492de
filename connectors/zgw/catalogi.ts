import type { z } from 'zod'
import type { KeyAnswer, SourceRecord, Stream } from '../connector.js'
import { inOrder } from '../in-order.js'
import { answerOf, packs } from './child.js'
import { detailOf } from './detail.js'
import { type List, walk } from './list.js'
import { emptyToNull, uuidOf } from './normalise.js'
import { pageOf, progressOf } from './pages.js'

interface Options {
  status?: boolean
  retention?: { keep: string; after: string }
  /** Changes the form of a record before it is one of the stream. */
  form?(record: SourceRecord): void
}

/**
 * A stream of the Catalogi API: small, read whole each time.
 *
 * @param status lists hide concepts unless they are asked for with `status=alles`; catalogussen have no such thing
 */
export function catalogusStream(
  path: string,
  description: string,
  record: z.ZodObject,
  { status = true, retention, form }: Options = {},
): Stream {
  const list: List = { api: 'catalogi', path, params: status ? { status: 'alles' } : {} }
  const prepare = (each: SourceRecord): SourceRecord => {
    emptyToNull(each)
    each.uuid = uuidOf(each.url) ?? null
    form?.(each)
    return each
  }
  return {
    description,
    api: 'catalogi',
    record,
    key: 'uuid',
    defaults: { packs: [...packs, 'zgw-catalogi'], ...(retention ? { retention } : {}) },
    prepare,
    async *read(ctx) {
      const progress = progressOf(ctx)
      if (!progress.done) for await (const page of walk(ctx.http, list, progress.at)) yield await pageOf(page, prepare)
      return { complete: 'all' }
    },
    async *byKey(ctx, keys) {
      const read = async (key: KeyAnswer['key']) => answerOf(key, await detailOf(ctx.http, 'catalogi', `${path}/${key.uuid}`), prepare)
      yield* inOrder(keys, read, ctx)
    },
  }
}
