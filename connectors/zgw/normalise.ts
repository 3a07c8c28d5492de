import type { SourceRecord } from '../connector.js'

/**
 * Open Zaak writes `''` where a text, code or address is absent, and leaves null to dates and groups; it makes no difference between the two,
 * and neither does the standard. Empty texts become null throughout the record, in place.
 */
export function emptyToNull(record: SourceRecord): SourceRecord {
  for (const name of Object.keys(record)) record[name] = withoutEmpty(record[name])
  return record
}

function withoutEmpty(value: unknown): unknown {
  if (value === '') return null
  if (Array.isArray(value)) return value.map(withoutEmpty)
  // Only plain objects are looked into: a number that is kept exact is an object of its own class.
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    const group = value as SourceRecord
    for (const name of Object.keys(group)) group[name] = withoutEmpty(group[name])
  }
  return value
}

/** The last part of an address, which is the uuid of what it points to; undefined for what is no address. */
export function uuidOf(address: unknown): string | undefined {
  if (typeof address !== 'string') return undefined
  const last = address
    .replace(/[/?#]+$/, '')
    .split('/')
    .at(-1)
  return last === undefined || last === '' ? undefined : last.toLowerCase()
}

/** The address before the uuid, `https://…/zaken/`: with a uuid behind it an address as this server spells it. */
export function prefixOf(address: unknown): string | undefined {
  const match = typeof address === 'string' ? /^(.*\/)[^/]+\/?$/.exec(address) : null
  return match?.[1]
}
