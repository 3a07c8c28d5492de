/**
 * A record as it may be kept in a repository: the values of described fields that say nothing of a person, and made-up ones in place of all
 * other described ones. A field that nobody described is left out, with its name.
 */
import { isLosslessNumber } from 'lossless-json'
import type { InsideField } from '../../config/dataset-plan.js'
import { setAt, valueAt } from '../body.js'
import type { SourceRecord } from '../connector.js'
import type { RecordField } from '../record.js'
import { type MadeUp, recordedHost } from './made-up.js'

export interface Counts {
  kept: number
  madeUp: number
}

type Leaf = Pick<RecordField, 'value' | 'kind' | 'list' | 'codes'>

export function cleaned(record: SourceRecord, fields: readonly RecordField[], madeUp: MadeUp, counts: Counts): SourceRecord {
  const result: SourceRecord = {}
  for (const field of fields) {
    if (!field.lands || field.added) continue
    const came = valueAt(record, field.path.join('.'))
    if (came === undefined) continue
    setAt(result, field.path, field.inside ? insideOf(came, field.inside, madeUp, counts) : cleanedValue(came, field, madeUp, counts))
  }
  return result
}

function cleanedValue(came: unknown, field: Leaf, madeUp: MadeUp, counts: Counts): unknown {
  if (came === null) return null
  if (field.list && Array.isArray(came)) return came.map((each) => cleanedValue(each, { ...field, list: false }, madeUp, counts))
  if (field.kind === 'none' && isOfForm(came, field)) {
    counts.kept += 1
    return typeof came === 'string' ? withoutHosts(came) : came
  }
  counts.madeUp += 1
  return madeUp.for(field, came)
}

/** A nested value: the described leaves of it, in lists as long as they were. `*` in their paths is any element of a list. */
function insideOf(came: unknown, inside: readonly InsideField[], madeUp: MadeUp, counts: Counts): unknown {
  if (came === null) return null
  if (Array.isArray(came)) {
    const within = inside.flatMap((leaf) => (leaf.path[0] === '*' ? [{ ...leaf, path: leaf.path.slice(1) }] : []))
    return came.map((each) => insideOf(each, within, madeUp, counts))
  }
  const own = inside.find(({ path }) => path.length === 0)
  if (own) return cleanedValue(came, own, madeUp, counts)
  if (typeof came !== 'object') return null
  const names = new Set(inside.map(({ path }) => path[0]!))
  return Object.fromEntries(
    [...names].flatMap((name) => {
      const value = (came as SourceRecord)[name]
      if (value === undefined) return []
      const within = inside.flatMap((leaf) => (leaf.path[0] === name ? [{ ...leaf, path: leaf.path.slice(1) }] : []))
      const leaf = within.find(({ path }) => path.length === 0)
      return [[name, leaf ? cleanedValue(value, leaf, madeUp, counts) : insideOf(value, within, madeUp, counts)]]
    }),
  )
}

/** Whether a value is one such as was described: an object where text was promised holds fields that nobody described. */
function isOfForm(came: unknown, { value, codes }: Leaf): boolean {
  const isNumber = typeof came === 'number' || isLosslessNumber(came)
  switch (value) {
    case 'boolean':
      return typeof came === 'boolean' || came === 'true' || came === 'false'
    case 'integer':
    case 'decimal':
      return isNumber || (typeof came === 'string' && /^[-+]?[\d.,]+(?:[eE][-+]?\d+)?$/.test(came))
    case 'geometry':
      return isGeometry(came)
    case 'json':
      return false
    case 'date':
    case 'datetime':
      return isNumber || (typeof came === 'string' && /^[\dTZWP:.,/+ -]{4,40}$/i.test(came))
    default:
      return isNumber || (typeof came === 'string' && (codes === undefined || codes.includes(came)))
  }
}

/** Of GeoJSON a type and coordinates, and nothing beside them. @see RFC 7946 §3.1 */
function isGeometry(came: unknown): boolean {
  if (typeof came !== 'object' || came === null) return false
  const { type, coordinates, ...more } = came as { [name: string]: unknown }
  const isPlace = (value: unknown): boolean =>
    Array.isArray(value) ? value.every(isPlace) : typeof value === 'number' || isLosslessNumber(value)
  return (
    typeof type === 'string' &&
    /^(?:Multi)?(?:Point|LineString|Polygon)$/.test(type) &&
    isPlace(coordinates) &&
    Object.keys(more).length === 0
  )
}

/** Addresses in a text lead to one host that is not there, without what can hold a value: user, query and fragment. */
const withoutHosts = (text: string): string =>
  text.replace(/https?:\/\/[^\s/?#"'<>]+([^\s?#"'<>]*)[^\s"'<>]*/g, (_, path: string) => `${recordedHost}${path}`)
