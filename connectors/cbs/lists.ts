import { textOf } from '../body.js'
import type { Context, Cursor, SourceRecord } from '../connector.js'
import { SourceUnavailable, UnexpectedResponse } from '../errors.js'
import { NotJson } from '../json-text.js'
import type { Listing } from '../listing.js'
import { odataClient } from '../odata/answer.js'
import { readPages, type WalkedPage } from '../paging.js'

/** A list of the service, by version. The first page has the query; each link to a next one holds it whole, and nothing is added to it. */
export const listOf = (version: 3 | 4, url: string, params: Listing['params']): Listing => ({
  url,
  api: `v${version}`,
  params,
  pages: { by: 'nextLink', records: 'value', next: 'next' },
})

/**
 * Reads a list of the service page by page. Long ones are known to end in the middle of their JSON, which passes.
 *
 * @see J535D165/cbsodata issue 22, edwindj/cbsodataR issue 17
 * @throws SourceUnavailable when an answer breaks off
 */
export async function* readList(ctx: Context, listing: Listing, cursor?: Cursor): AsyncGenerator<WalkedPage, void, undefined> {
  try {
    yield* readPages(odataClient(ctx.http, listing.api === 'v3' ? 3 : 4), listing, cursor)
  } catch (error) {
    if (isNotJson(error, true)) throw new SourceUnavailable(error.message, { cause: error })
    throw error
  }
}

/** A list that fits in memory: what a table says of itself, or one of its code lists (the longest has some 20,000 codes). */
export async function readWhole(ctx: Context, listing: Listing): Promise<SourceRecord[]> {
  const rows: SourceRecord[] = []
  for await (const { records } of readList(ctx, listing)) rows.push(...records)
  return rows
}

/** Whether an answer was no JSON: because it broke off, or because it is something else. */
export function isNotJson(error: unknown, cutOff: boolean): error is UnexpectedResponse {
  return error instanceof UnexpectedResponse && error.cause instanceof NotJson && error.cause.cutOff === cutOff
}

/** Text of a field without the spaces that the service pads it with; undefined where there is none. */
export const trimmed = (row: SourceRecord, name: string): string | undefined => textOf(row[name])?.trim() || undefined

/** A count of the service; undefined where there is none. */
export function countOf(row: SourceRecord, name: string): number | undefined {
  const text = trimmed(row, name)
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
