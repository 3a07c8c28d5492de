import type { End, Page, PushedCondition, ReadContext, SourceRecord, Stream } from '../connector.js'
import { UnexpectedResponse } from '../connector.js'
import { fewOfCatalogus, wholeCatalogus } from './catalogus.js'
import { answerOf, formed, packs, preparation, retention } from './child.js'
import { enkelvoudiginformatieobject } from './enkelvoudiginformatieobject.js'
import { type List, type ListPage, peek, walk } from './list.js'
import { uuidOf } from './normalise.js'
import { cursorOf, type Prepare, pageOf, progressOf } from './pages.js'
import { NewestVersions, versieOf } from './versions.js'
import { documentsByUuid } from './zoek.js'

const list: List = { api: 'documenten', path: 'enkelvoudiginformatieobjecten' }

const ofDocument = {
  form: (record: SourceRecord): void => {
    record.uuid = uuidOf(record.url) ?? null
    record.heeftInhoud = 'inhoud' in record ? record.inhoud !== null : null
    // Some servers put the file itself where its address should be: it goes no further. The address never lands; a rule asks whether there is one.
    if (!/^https?:/i.test(String(record.inhoud))) record.inhoud = null
    delete record.bestandsdelen
    delete record._expand
  },
  make: {
    fields: ['informatieobjecttypeOmschrijving'] as const,
    async add(record: SourceRecord, catalogus: ReturnType<typeof wholeCatalogus>): Promise<void> {
      record.informatieobjecttypeOmschrijving = (await catalogus.informatieobjecttype(record.informatieobjecttype)) ?? null
    },
  },
}

/**
 * Documents: what is said of them, each in its newest version, and never what stands in them. Lists show neither what changed nor since when
 * (`beginRegistratie` can be neither filtered nor ordered on), so that each reading takes the list whole.
 */
const stream: Stream = {
  description: 'Documenten: hun metagegevens, van elk document de nieuwste versie. De inhoud wordt niet gelezen.',
  api: 'documenten',
  record: enkelvoudiginformatieobject,
  key: 'uuid',
  defaults: { retention, packs: [...packs, 'zgw-documenten'] },
  pushDown: { creatiedatum: ['range'], bronorganisatie: ['in'] },
  prepare: (record) => formed(record, ofDocument),
  read: readDocuments,
  async *byKey(ctx, keys) {
    const prepare = preparation(ctx, ofDocument, fewOfCatalogus(ctx))
    const asked = new Map(keys.map((key) => [key.uuid?.toLowerCase() ?? '', key]))
    for await (const { uuid, says } of documentsByUuid(ctx, [...asked.keys()])) yield await answerOf(asked.get(uuid)!, says, prepare)
  },
}
export default stream

/**
 * Of the conditions, those that a list can be asked for.
 *
 * @param plain leaves out those on `creatiedatum`, which Open Zaak alone knows
 */
function filtersOf(where: readonly PushedCondition[], plain: boolean): { [name: string]: string } {
  const params: { [name: string]: string } = {}
  for (const condition of where) {
    if (condition.column === 'bronorganisatie' && 'in' in condition && condition.in.length === 1) params.bronorganisatie = condition.in[0]!
    if (condition.column !== 'creatiedatum' || plain) continue
    if ('from' in condition && condition.from) params.creatiedatum__gte = condition.from
    if ('to' in condition && condition.to) params.creatiedatum__lte = condition.to
  }
  return params
}

type Own = {
  /** Which version of which document stood in front when the walk began; null: none did. */
  head?: string | null
  /** The list was walked to its end: what remains is what came to the front meanwhile. */
  front?: true
  /** The list shows older versions: only a walk of the whole of it tells which they are. */
  old?: true
  /** The source has no filter on `creatiedatum`. */
  plain?: true
}

async function* readDocuments(ctx: ReadContext): AsyncGenerator<Page, End> {
  const prepare = preparation(ctx, ofDocument, wholeCatalogus(ctx))
  const progress = progressOf<Own>(ctx)
  const { at, head, front, plain }: typeof progress = progress.old ? {} : progress
  const versions = new NewestVersions()
  const own: Own = { ...(head === undefined ? {} : { head }), ...(plain ? { plain } : {}) }
  if (!front) {
    for await (const page of walkFiltered(ctx, at, own)) {
      if (own.head === undefined) own.head = markOf(page.records[0])
      yield await pageWith(page, versions, prepare, { ...own, ...(page.next ? {} : { front: true }) })
      ctx.signal.throwIfAborted()
    }
  }
  yield* readFront(ctx, versions, prepare, own)
  return { complete: 'all' }
}

async function pageWith(page: ListPage, versions: NewestVersions, prepare: Prepare, own: Own): Promise<Page> {
  const records = versions.of(page.records)
  const { total, ...rest } = await pageOf({ ...page, records }, prepare)
  const old = versions.dropped > 0 ? ({ old: true } as const) : {}
  return {
    ...rest,
    cursor: cursorOf<Own>({ ...(page.next ? { at: page.next } : {}), ...own, ...old }),
    // The server counts the older versions too.
    ...(total === undefined ? {} : { total: total - versions.dropped }),
  }
}

/**
 * The list by the filters that the source knows: one that it does not know (400) is left out, since conditions are judged again.
 *
 * @param own says whether they are left out
 */
async function* walkFiltered(ctx: ReadContext, at: ListPage['next'], own: Own): AsyncGenerator<ListPage, void, undefined> {
  const params = filtersOf(ctx.where, own.plain === true)
  let read = false
  try {
    for await (const page of walk(ctx.http, { ...list, params }, at)) {
      read = true
      yield page
    }
  } catch (error) {
    const isAsked = 'creatiedatum__gte' in params || 'creatiedatum__lte' in params
    if (!(error instanceof UnexpectedResponse && error.status === 400 && isAsked && !read)) throw error
    ctx.log.warn({ source: ctx.source, stream: ctx.stream }, 'the source has no filter on creatiedatum: the list is read whole')
    own.plain = true
    yield* walk(ctx.http, { ...list, params: filtersOf(ctx.where, true) })
  }
}

// Documents that changed during the walk beyond this are a bulk load, and the next reading is for those.
const mostFrontPages = 20

/**
 * A document that changes during the walk comes to the front in its new version, behind the walk, and the count of the list stays the same. So
 * the front is read again, up to what stood there at first.
 */
async function* readFront(ctx: ReadContext, versions: NewestVersions, prepare: Prepare, own: Own): AsyncGenerator<Page, void, undefined> {
  const { head = null, plain = false } = own
  const front: List = { ...list, params: filtersOf(ctx.where, plain) }
  const { first } = await peek(ctx.http, front)
  if (first === undefined || markOf(first) === head) return
  let pages = 0
  for await (const page of walk(ctx.http, front)) {
    pages += 1
    const { total: _, ...rest } = await pageWith(page, versions, prepare, own)
    // Its cursor says no more than that the front is to be read.
    yield { ...rest, cursor: cursorOf<Own>({ ...own, front: true }) }
    if (pages >= mostFrontPages || page.records.some((record) => markOf(record) === head)) return
    ctx.signal.throwIfAborted()
  }
}

const markOf = (record: SourceRecord | undefined): string | null => (record ? `${uuidOf(record.url)} ${versieOf(record)}` : null)
