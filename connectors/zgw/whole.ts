import type { z } from 'zod'
import type { KeyAnswer, Page, PushedCondition, ReadContext, SourceRecord, Stream } from '../connector.js'
import { inOrder } from '../in-order.js'
import { type BareArray, readArray } from './bare-array.js'
import { fewOfCatalogus, wholeCatalogus } from './catalogus.js'
import { answerOf, type Child, formed, packs, preparation, retention } from './child.js'
import { detailOf } from './detail.js'
import { type List, walk } from './list.js'
import { uuidOf } from './normalise.js'
import { type Prepare, pageOf, progressOf } from './pages.js'

/** A stream of the Documenten, Besluiten or Autorisaties API that each reading takes whole. */
export interface Whole<R extends z.ZodObject> extends Pick<Child<R>, 'path' | 'description' | 'record' | 'make' | 'form'> {
  api: 'documenten' | 'besluiten' | 'autorisaties'
  /** The rules of the standard for it, and with them that a record is kept as long as its zaak. Left out: neither. */
  pack?: 'zgw-documenten' | 'zgw-besluiten'
  parent?: Stream['parent']
  /** For a list that is one bare array. */
  array?: Omit<BareArray, 'list'>
  pushDown?: Stream['pushDown']
  /** The conditions that the list can filter on, as its parameters. */
  filters?(where: readonly PushedCondition[]): { [name: string]: string }
}

/** The lists know neither order nor time: there is no reading of changes. */
export function wholeStream<R extends z.ZodObject>(whole: Whole<R>): Stream {
  const { api, path, description, record, pack, parent, array, pushDown } = whole
  const made = {
    ...(whole.make ? { make: whole.make } : {}),
    // None of these has a `uuid`: it is the end of the address.
    form: (each: SourceRecord): void => {
      each.uuid = uuidOf(each.url) ?? null
      whole.form?.(each)
    },
  }
  return {
    description,
    api,
    record,
    key: 'uuid',
    ...(parent ? { parent, after: [parent.stream] } : {}),
    defaults: pack ? { retention, packs: [...packs, pack] } : { packs: ['nl'] },
    ...(pushDown ? { pushDown } : {}),
    prepare: (each) => formed(each, made),
    async *read(ctx) {
      const prepare = preparation(ctx, made, wholeCatalogus(ctx))
      if (progressOf(ctx).done) return { complete: 'all' }
      if (array) yield* readArray(ctx, prepare, { ...array, list: { api, path } })
      else yield* readList(ctx, { api, path, params: whole.filters?.(ctx.where) ?? {} }, prepare)
      return { complete: 'all' }
    },
    async *byKey(ctx, keys) {
      const prepare = preparation(ctx, made, fewOfCatalogus(ctx))
      const read = async (key: KeyAnswer['key']) => answerOf(key, await detailOf(ctx.http, api, `${path}/${key.uuid}`), prepare)
      yield* inOrder(keys, read, ctx)
    },
  }
}

async function* readList(ctx: ReadContext, list: List, prepare: Prepare): AsyncGenerator<Page, void, undefined> {
  for await (const page of walk(ctx.http, list, progressOf(ctx).at)) {
    yield await pageOf(page, prepare)
    ctx.signal.throwIfAborted()
  }
}
