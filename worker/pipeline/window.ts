/**
 * A window of days, for a backfill of a part of a stream: the condition that the source applies. What lies outside is neither read nor missed:
 * such a reading proves no delete, supersedes no hold and moves no checkpoint.
 */
import type { DayWindow } from '../../config/dataset-plan.js'
import type { PushedCondition } from '../../connectors/connector.js'
import type { StreamSession } from '../session.js'
import { scalars } from './values.js'

/** A range on a column that the source itself can select by. */
export type Limit = Extract<PushedCondition, { from?: string } | { to?: string }>

/**
 * @param window days on the Dutch calendar, `from` inclusive and `to` exclusive
 * @returns undefined where the source cannot select on a day: then the stream can only be read whole
 */
export function limitOf({ plan, stream }: Pick<StreamSession, 'plan' | 'stream'>, { from, to }: DayWindow): Limit | undefined {
  const field = plan.fields.find(
    (f) => (f.value === 'date' || f.value === 'datetime') && stream.definition.pushDown?.[f.column]?.includes('range'),
  )
  if (!field) return undefined
  // A day as the bound of a moment is the beginning of that day in the Netherlands.
  const bound = (day: string) => (field.value === 'date' ? day : scalars.datetime(`${day}T00:00:00`)!)
  return { column: field.column, ...(from !== undefined && { from: bound(from) }), ...(to !== undefined && { to: bound(to) }) }
}

/** What the datasets ask of the source, and within it the window. */
export function whereOf(pushed: readonly PushedCondition[], limit: Limit | undefined): PushedCondition[] {
  if (!limit) return [...pushed]
  const same = pushed.find((c): c is Limit => c.column === limit.column && ('from' in c || 'to' in c))
  const from = [same?.from, limit.from]
    .filter((day) => day !== undefined)
    .sort()
    .at(-1)
  const to = [same?.to, limit.to].filter((day) => day !== undefined).sort()[0]
  return [
    ...pushed.filter((c) => c !== same),
    { column: limit.column, ...(from !== undefined && { from }), ...(to !== undefined && { to }) },
  ]
}
