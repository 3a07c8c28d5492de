/** Days, moments and durations, as Dutch registrations write them. */
import type { ShapedField, ValueType } from '../../../config/dataset-plan.js'
import type { Value } from '../../pipeline/values.js'
import * as values from '../../pipeline/values.js'
import { type FieldCheck, judge, ofText, type ParametersOf } from '../field-check.js'
import { dutchToday } from '../today.js'

/**
 * What a bound says on a given day: itself, or the day that lies so far from that one. The 29th of February becomes the 28th in a year that has
 * none, and the 31st the last of a shorter month.
 *
 * @param bound `YYYY-MM-DD`, `today`, `today-18y`, `today+6m`, `today+30d`
 */
export function dayOf(bound: string, today: string): string {
  const parts = /^today(?:([+-]\d+)([dmy]))?$/.exec(bound)
  if (!parts) return bound
  const [, amount, unit] = parts
  if (amount === undefined) return today
  const [year, month, day] = today.split('-').map(Number) as [number, number, number]
  if (unit === 'd') return isoDay(new Date(Date.UTC(year, month - 1, day + Number(amount))))
  const months = year * 12 + month - 1 + Number(amount) * (unit === 'y' ? 12 : 1)
  const last = new Date(Date.UTC(0, 0, 1))
  last.setUTCFullYear(Math.floor(months / 12), (((months % 12) + 12) % 12) + 1, 0)
  last.setUTCDate(Math.min(day, last.getUTCDate()))
  return isoDay(last)
}

/** The calendar of rules goes from year 1 to 9999; what lies beyond is its first or last day. */
function isoDay(day: Date): string {
  const year = day.getUTCFullYear()
  return year < 1 ? '0001-01-01' : year > 9999 ? '9999-12-31' : day.toISOString().slice(0, 10)
}

/** A bound that moves with the days, worked out once a day. */
function boundOf(bound: string | undefined): (() => string) | undefined {
  if (bound === undefined) return undefined
  if (!bound.startsWith('today')) return () => bound
  let on = ''
  let day = ''
  return () => {
    const today = dutchToday()
    if (today !== on) {
      on = today
      day = dayOf(bound, today)
    }
    return day
  }
}

/** Reads a value; of a field of the type, shape has done so already. */
function shapedAs(type: ValueType, field: ShapedField, read: (value: Value) => string | undefined): (value: Value) => string | undefined {
  return field.value === type ? (value) => (typeof value === 'string' ? value : undefined) : read
}

/** A real calendar day, from `from` up to and including `to` where they are given; of a moment, the Dutch day on which it falls. */
export const date: FieldCheck<ParametersOf<'date'>> = {
  claimsMisfits: true,
  prepare: ({ from, to, empty }, field) => {
    const dayIn = shapedAs('date', field, values.date)
    const first = boundOf(from)
    const last = boundOf(to)
    const none = new Set(empty)
    return (value) => {
      const day = dayIn(value)
      if (day === undefined) return 'violation'
      if (none.has(day)) return 'ok'
      return judge((!first || day >= first()) && (!last || day <= last()))
    }
  },
}

/**
 * A moment that exists, with its distance to UTC or as Dutch local time: on the last Sunday of March the hour from 02:00 does not.
 *
 * @see ISO 8601-1:2019, 5.4.2
 */
export const moment: FieldCheck<ParametersOf<'moment'>> = {
  claimsMisfits: true,
  prepare: ({ offset }, field) => {
    const momentIn = shapedAs('datetime', field, values.datetime)
    return (value) => {
      const moment = momentIn(value)
      // After its day, a moment without a distance to UTC has neither of these signs.
      return judge(moment !== undefined && (offset !== 'required' || /[Zz+-]/.test(String(value).slice(10))))
    }
  },
}

/** Local time of the hour that occurs twice, on the last Sunday of October, without a distance to UTC: which of the two is meant is not said. */
export const momentOnce: FieldCheck<object> = {
  claimsTwice: true,
  prepare: () => (value) => judge(!values.occursTwice(value)),
}

/**
 * A day as the BRP keeps it, of which parts can be unknown: `YYYYMMDD`, `YYYYMM00`, `YYYY0000` or `00000000`.
 *
 * @see Logisch Ontwerp BRP, §2.2 (Onvolledige datums)
 */
export function isGbaDatum(text: string): boolean {
  if (!/^[0-9]{8}$/.test(text)) return false
  const [year, month, day] = [text.slice(0, 4), text.slice(4, 6), text.slice(6)].map(Number) as [number, number, number]
  if (month === 0) return day === 0
  if (year === 0) return false
  return day === 0 ? month <= 12 : values.isCalendarDay(year, month, day)
}

export const gbaDatum = ofText(isGbaDatum)

/**
 * A value of a ZaakEigenschap in the form that its eigenschap asks for: `datum` YYYYMMDD, `datum_tijd` YYYYMMDDhhmmss, `getal` with a decimal comma
 * of so many digits before it and after it as `lengte` says, `tekst` of at most `lengte` characters; and one of `waarden` where those are given.
 *
 * @see Catalogi API 1.3.1, EigenschapSpecificatie; ztc-015
 */
export const eigenschapWaarde: FieldCheck<ParametersOf<'eigenschap-waarde'>> = {
  prepare: ({ formaat, lengte, waarden }) => {
    const allowed = waarden && new Set(waarden)
    const [before, after = 0] = (lengte ?? '').split(',').map(Number) as [number, number?]
    const fits = (text: string): boolean => {
      switch (formaat) {
        case 'datum':
          return isDay(text)
        case 'datum_tijd':
          return isDay(text.slice(0, 8)) && /^(?:[01][0-9]|2[0-3])(?:[0-5][0-9]){2}$/.test(text.slice(8))
        case 'getal': {
          const parts = /^-?([0-9]+)(?:,([0-9]+))?$/.exec(text)
          return parts !== null && (lengte === undefined || (parts[1]!.length <= before && (parts[2]?.length ?? 0) <= after))
        }
        default:
          return lengte === undefined || [...text].length <= before
      }
    }
    return (value) => judge(typeof value === 'string' && fits(value) && (allowed === undefined || allowed.has(value)))
  },
}

function isDay(text: string): boolean {
  return isGbaDatum(text) && !text.endsWith('00')
}

/**
 * A duration, `P[nY][nM][nD][T[nH][nM][nS]]` or `PnW`; with `positive`, longer than nothing.
 *
 * @see ISO 8601-1:2019, 5.5.2
 */
export const duration: FieldCheck<ParametersOf<'duration'>> = {
  claimsMisfits: true,
  prepare: ({ positive }, field) => {
    const durationIn = shapedAs('duration', field, values.duration)
    return (value) => {
      const duration = durationIn(value)
      return judge(duration !== undefined && (positive !== true || (/[1-9]/.test(duration) && !duration.startsWith('-'))))
    }
  },
}
