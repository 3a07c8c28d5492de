import { textOf } from '../body.js'
import { type Context, type Key, type KeyAnswer, type SourceRecord, SourceUnavailable, UnexpectedResponse } from '../connector.js'
import { inOrder } from '../in-order.js'
import { compareDecimals, isDecimal } from '../instants.js'
import type { StatedType } from '../stated-record.js'
import { judged, odataClient, recordIn } from './answer.js'
import { also, headersFor, listOf, queryOf, readList, selected } from './list.js'
import { conditionOf, fitsInPath, pathOf } from './predicate.js'
import type { Service, StreamSettings } from './settings.js'
import { plainRecord } from './value.js'

/** Whether records can be asked for by key: a moment lands in UTC, and the service cannot be asked for it in that spelling. */
export const isAskable = ({ key, record }: StreamSettings): boolean => [key].flat().every((name) => record[name]?.type !== 'datetime')

/**
 * Re-reads records by key, each by its own address. One whose key cannot stand there is asked for by a filter, and so is one of a stream that has a
 * filter: it is gone when it no longer meets that. A filter does not tell what is forbidden from what is gone.
 */
export async function* byKey(
  ctx: Context & { fields: ReadonlySet<string> },
  stated: StreamSettings,
  service: Service,
  keys: readonly Key[],
): AsyncGenerator<KeyAnswer, void, undefined> {
  const asking = new Asking(ctx, stated, service)
  yield* inOrder(keys, (key) => asking.ask(key), ctx)
}

class Asking {
  readonly #ctx: Context
  readonly #stated: StreamSettings
  readonly #service: Service
  readonly #select: readonly string[]
  #setIsThere: Promise<void> | undefined

  constructor(ctx: Context & { fields: ReadonlySet<string> }, stated: StreamSettings, service: Service) {
    this.#ctx = ctx
    this.#stated = stated
    this.#service = service
    this.#select = selected(ctx.fields, stated)
  }

  async ask(key: Key): Promise<KeyAnswer> {
    try {
      const isByPath = this.#stated.filter === undefined && fitsInPath(key, this.#stated)
      return isByPath ? await this.#byPath(key) : await this.#byFilter(key)
    } catch (error) {
      if (error instanceof SourceUnavailable && error.status === 500) return { key, unreadable: 'the source answers 500 on this record' }
      throw error
    }
  }

  async #byPath(key: Key): Promise<KeyAnswer> {
    const [stated, service] = [this.#stated, this.#service]
    const asked = { select: this.#select }
    const url = `${pathOf(key, stated, service)}?${queryOf(stated, service, asked)}`
    const answer = await this.#ctx.http.request(judged({ url, headers: headersFor(stated, service, asked), accept: [403, 404, 410] }))
    if (answer.status === 403) return { key, forbidden: true }
    if (answer.status === 404 || answer.status === 410) {
      await this.#proveSet()
      return { key, gone: true }
    }
    // No content is how version 4 says that there is nothing.
    if (answer.status === 204) return { key, gone: true }
    const record = recordIn(answer.body)
    return this.#answerFor(key, record ? [plainRecord(record, stated.record, service)] : [], answer.where)
  }

  async #byFilter(key: Key): Promise<KeyAnswer> {
    const [stated, service] = [this.#stated, this.#service]
    const filter = also(stated.filter, conditionOf(key, stated, service))
    const http = odataClient(this.#ctx.http, service.version)
    const records: SourceRecord[] = []
    for await (const page of readList(http, listOf(stated, service, { select: this.#select, filter }), undefined, stated, service)) {
      records.push(...page.records)
      // Of a service that ignores the filter one page is enough to see it.
      if (records.length > 0) break
    }
    const where = `source '${this.#ctx.source}', stream '${this.#ctx.stream}'`
    return records.length === 0 ? { key, gone: true } : this.#answerFor(key, records, where)
  }

  /** A server that takes `a1` for `A1` has another record than the one that landed, which is gone. */
  #answerFor(key: Key, records: readonly SourceRecord[], where: string): KeyAnswer {
    const holds = (same: (name: string, value: string, there: string) => boolean) =>
      records.find((record) =>
        Object.entries(key).every(([name, value]) => {
          const there = textOf(record[name])
          return there !== undefined && same(name, value, there)
        }),
      )
    const found = holds((name, value, there) => isSame(this.#stated.record[name]?.type, value, there))
    if (found) return { key, found }
    if (holds((_, value, there) => value.trim().toLowerCase() === there.trim().toLowerCase())) return { key, gone: true }
    throw new UnexpectedResponse(
      `${where}: it is not the record with the key that was asked for. Check key and edm of stream '${this.#ctx.stream}' in sources/${this.#ctx.source}.yaml.`,
    )
  }

  /** A 404 is said of an entity set that was renamed, too: then nothing is gone. */
  #proveSet(): Promise<void> {
    const { url, headers } = listOf(this.#stated, this.#service, { select: [this.#stated.key].flat() })
    this.#setIsThere ??= odataClient(this.#ctx.http, this.#service.version)
      .request({ url: `${url}&$top=1`, headers: { ...headers } })
      .then(() => undefined)
    return this.#setIsThere
  }
}

function isSame(type: StatedType | undefined, a: string, b: string): boolean {
  if (type === 'uuid') return a.toLowerCase() === b.toLowerCase()
  const isNumber = (type === 'integer' || type === 'decimal') && isDecimal(a) && isDecimal(b)
  return isNumber ? compareDecimals(a, b) === 0 : a === b
}
