import type { Checkpoint, Context } from '../connector.js'
import { overlapped } from '../declared.js'
import { SourceRefused } from '../errors.js'
import { compareGrowing, earlier, isDecimal } from '../instants.js'
import type { Column } from './dialect.js'
import { query, text } from './query.js'
import type { StreamSettings, Zone } from './settings.js'
import { type OpenTable, oneValue } from './table.js'

/**
 * Where the stream is before a reading begins: the greatest cursor that is not later than the clock of the server. A record that is dated in a
 * year to come would else hide every change until then.
 *
 * @returns undefined when no row has a cursor
 */
export async function checkpointBefore(ctx: Context, open: OpenTable, cursor: Column, zone: Zone): Promise<Checkpoint | undefined> {
  const { dialect, name } = open
  const where = `source '${ctx.source}', stream '${ctx.stream}'`
  const column = dialect.column(cursor)
  const isNumber = cursor.form === 'integer' || cursor.form === 'decimal'
  const now = isNumber ? undefined : momentFor(cursor, (await oneValue(open, dialect.now, where)) ?? '', zone)
  const condition = now === undefined ? text('1 = 1') : query`${column} <= ${dialect.given(cursor, now)}`
  const greatest = await oneValue(
    open,
    query`select ${dialect.shown(cursor, query`max(${column})`)} from ${name} where ${condition}`,
    where,
  )
  return greatest === null ? undefined : (greatest as Checkpoint)
}

/** The later of where we were and where the stream is: a row that was deleted takes no checkpoint back. */
export function later(a: Checkpoint | undefined, b: Checkpoint | undefined): Checkpoint | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return compareGrowing(a, b) >= 0 ? a : b
}

/** A moment in UTC as a column of this form holds it. */
function momentFor({ form }: Column, utc: string, zone: Zone): string {
  const moment = form === 'moment' || zone === 'UTC' ? utc : inDutchTime(utc)
  return form === 'date' ? moment.slice(0, 10) : moment
}

const dutch = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Amsterdam', dateStyle: 'short', timeStyle: 'medium' })

/** @param utc `2026-07-01T10:00:00.123456`; the digits after the seconds stay */
export function inDutchTime(utc: string): string {
  return dutch.format(new Date(`${utc.slice(0, 19)}Z`)) + utc.slice(19)
}

/**
 * The cursor from which changes are read. On the night on which the clock is set back, what was written later has an earlier time: where moments
 * are those of a Dutch clock, an hour more is read.
 *
 * @throws SourceRefused when the overlap is a duration and the cursor a number, or the other way round
 */
export function beginning(ctx: Context, { changes }: StreamSettings, cursor: Column, checkpoint: Checkpoint, zone: Zone): string {
  const overlap = changes?.overlap
  if (overlap !== undefined && /^\d+$/.test(overlap) !== isDecimal(checkpoint))
    throw new SourceRefused(
      `source '${ctx.source}', stream '${ctx.stream}': the overlap '${overlap}' does not go with the cursor '${cursor.name}', which is ${cursor.type}. Give a whole number for a number, else a duration, in sources/${ctx.source}.yaml.`,
    )
  const from = overlapped(checkpoint, overlap)
  return cursor.form === 'datetime' && zone === 'Europe/Amsterdam' ? earlier(from, 3600) : from
}
