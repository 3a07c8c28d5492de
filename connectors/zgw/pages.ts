import type { Checkpoint, Cursor, JsonObject, Page, ReadContext, SourceRecord } from '../connector.js'
import { UnexpectedResponse } from '../connector.js'
import type { ListPage, Position } from './list.js'
import type { ParentsPage } from './parents.js'

/** Makes a record of the source one of the stream: empties to null, readable columns added. */
export type Prepare = (record: SourceRecord) => Promise<SourceRecord> | SourceRecord

/** The cursor of a slice: where its list is, or that it is over, and what the reader itself has to remember. */
export type Progress<Own extends object = object> = { at?: Position; done?: true } & Own

export const cursorOf = <Own extends object>(progress: Progress<Own>): Cursor => JSON.stringify(progress) as Cursor

/** Where an earlier attempt of the slice was; empty at its beginning. */
export function progressOf<Own extends object = object>({ cursor, source, stream, slice }: ReadContext): Partial<Progress<Own>> {
  if (cursor === undefined) return {}
  try {
    const progress: unknown = JSON.parse(cursor)
    if (typeof progress === 'object' && progress !== null) return progress as Partial<Progress<Own>>
  } catch {
    // Said below.
  }
  throw new UnexpectedResponse(
    `source '${source}', stream '${stream}', slice '${slice.name}': its cursor cannot be read. Start the run again.`,
  )
}

/** A page of a list as a page of the stream. */
export async function pageOf<Own extends object>(page: ListPage, prepare: Prepare, own?: Own): Promise<Page> {
  return {
    records: await Promise.all(page.records.map(prepare)),
    readAt: page.readAt,
    cursor: cursorOf({ ...(page.next ? { at: page.next } : { done: true as const }), ...own }),
    ...(page.total === undefined ? {} : { total: page.total }),
    ...(page.unreadable.length === 0 ? {} : { unreadable: page.unreadable }),
  }
}

/** What the plan of a slice decided, for whoever reads it. */
export const paramsOf = <T extends JsonObject>({ slice }: ReadContext): Partial<T> => (slice.params ?? {}) as Partial<T>

/** The moment at which a reading was planned: what the source changes from now on is for the next one. */
export const momentOf = (ctx: ReadContext): { checkpoint?: Checkpoint } => {
  const { moment } = paramsOf<{ moment: string }>(ctx)
  return moment === undefined ? {} : { checkpoint: moment as Checkpoint }
}

/** What several zaken have as a page of the stream. */
export async function pageOfParents({ gathered, after, readAt }: ParentsPage, prepare: Prepare): Promise<Page> {
  return {
    records: await Promise.all(gathered.records.map(prepare)),
    completeParents: gathered.parents,
    readAt,
    cursor: cursorOf({ after }),
    ...(gathered.unreadable.length === 0 ? {} : { unreadable: gathered.unreadable }),
  }
}
