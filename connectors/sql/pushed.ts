import { columnOf } from '../column.js'
import type { PushedCondition, Stream } from '../connector.js'
import type { StatedRecord, StatedType } from '../stated-record.js'
import { inDutchTime } from './checkpoint.js'
import type { Column, Dialect } from './dialect.js'
import { canHold, type Form } from './forms.js'
import { joined, type Query, query, some, text } from './query.js'
import type { Zone } from './settings.js'
import type { OpenTable } from './table.js'

type Test = NonNullable<Stream['pushDown']>[string][number]

const tests: { readonly [type in StatedType]?: readonly Test[] } = {
  text: ['null', 'in'],
  integer: ['null', 'in', 'range'],
  decimal: ['null', 'in', 'range'],
  uuid: ['null', 'in'],
  date: ['null', 'range'],
  datetime: ['null', 'range'],
}

/** The conditions of contracts that the server can apply, by column. */
export function pushDownOf(record: StatedRecord): NonNullable<Stream['pushDown']> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([name, { type, list }]) => {
      const can = type === undefined || list ? undefined : tests[type]
      return can ? [[columnNameOf(name), can]] : []
    }),
  )
}

const columnNameOf = (field: string): string => columnOf([field], 'text')

/**
 * Conditions as the server is asked for them. Each may let through more than the contract wants, which is looked at again when a record is
 * read, and never less: what cannot be compared at the server so is left out.
 */
export function pushed(where: readonly PushedCondition[], open: OpenTable, zone: Zone): Query[] {
  return where.flatMap((condition) => {
    const column = open.table.columns.find(({ name }) => columnNameOf(name) === condition.column)
    if (!column) return []
    const { dialect } = open
    if ('is' in condition) return [dialect.isNull(column)]
    if ('in' in condition) {
      const can = condition.in.filter((each) => canHold(column.form, each))
      if (!comparable.has(column.form) || condition.in.length > mostCodes) return []
      if (can.length === 0) return [some([])]
      return [
        query`${dialect.compared(column)} in (${joined(
          can.map((each) => dialect.given(column, each)),
          ', ',
        )})`,
      ]
    }
    if ('atMost' in condition) return []
    return [
      ...(condition.from === undefined ? [] : bound(dialect, column, '>=', condition.from, zone)),
      ...(condition.to === undefined ? [] : bound(dialect, column, '<=', condition.to, zone)),
    ]
  })
}

const mostCodes = 500
const comparable: ReadonlySet<Form> = new Set(['text', 'char', 'integer', 'decimal', 'uuid'])

/** A moment comes in UTC. Of a Dutch clock it can be an hour that occurs twice: one more is let through on either side. */
function bound(dialect: Dialect, column: Column, comparison: '>=' | '<=', written: string, zone: Zone): Query[] {
  const asked = boundFor(column.form, comparison, written, zone)
  if (asked === undefined) return []
  return [query`${dialect.compared(column)} ${text(comparison)} ${dialect.given(column, asked)}`]
}

function boundFor(form: Form, comparison: '>=' | '<=', written: string, zone: Zone): string | undefined {
  if (form === 'integer' || form === 'decimal') return canHold(form, written) ? written : undefined
  const isMoment = written.includes('T')
  if (form === 'date') return isMoment ? undefined : written
  if (form !== 'datetime' && form !== 'moment') return undefined
  // A moment that is stated as a date: the day on a Dutch clock lies within these hours, whatever the zone of the column.
  if (!isMoment) return comparison === '>=' ? shifted(`${written}T00:00:00`, -2) : shifted(`${written}T23:59:59.999999`, 2)
  const utc = written.replace(/Z$/, '')
  if (form === 'moment' || zone === 'UTC') return utc
  return inDutchTime(shifted(utc, comparison === '>=' ? -1 : 1))
}

/** So many hours later. */
function shifted(moment: string, hours: number): string {
  const at = new Date(`${moment.slice(0, 19)}Z`)
  return new Date(at.getTime() + hours * 3_600_000).toISOString().slice(0, 19) + moment.slice(19)
}
