/** What of an address and of an error body may be shown: in a message, a log, a finding. */

// Names whose values steer a list and say nothing of a person. A value under any other name may be a BSN or a name.
const harmless = new Set(
  [
    'page pageSize page_size pagesize per_page perPage limit offset size start rows skip top count ordering order orderBy sort sortby direction',
    'expand fields select status format f crs include embed $top $skip $count $orderby $select $expand $format resultOffset resultRecordCount',
  ]
    .join(' ')
    .split(' ')
    .map((name) => name.toLowerCase()),
)
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const citizenNumber = /(?<!\d)\d{8,9}(?!\d)/
const mail = /[^/]@[^/]/

/**
 * An address as it may be shown: no user, no fragment, values of the query only under names that steer a list, and no path segment that
 * looks like a number of a person (8 or 9 digits) or a mail address. What is left out is shown as `…`.
 */
export function shownUrl(address: string | URL): string {
  let url: URL
  try {
    url = new URL(address)
  } catch {
    return '…'
  }
  const path = url.pathname.split('/').map(shownSegment).join('/')
  const query = [...url.searchParams].map(([name, value]) => `${shownName(name)}=${shownValue(name, value)}`).join('&')
  return `${url.protocol}//${url.host}${path}${query ? `?${query}` : ''}`
}

function shownSegment(segment: string): string {
  if (uuid.test(segment)) return segment
  let plain = segment
  try {
    plain = decodeURIComponent(segment)
  } catch {
    // Not percent-encoding: judged as it is.
  }
  return citizenNumber.test(plain) || mail.test(plain) ? '…' : segment
}

const shownName = (name: string): string => (/^[\w$.[\]-]{1,60}$/.test(name) && !citizenNumber.test(name) ? name : '…')

function shownValue(name: string, value: string): string {
  if (!harmless.has(name.toLowerCase())) return '…'
  return /^[\w,.:;+\-*/ ]{0,60}$/.test(value) && !citizenNumber.test(value) ? value : '…'
}

/**
 * A path of a file as it may be shown: no name that holds a number of a person (9 digits; 8 are a date in a name) or a mail address. What is left
 * out is shown as `…`.
 */
export function shownPath(path: string): string {
  return path
    .split('/')
    .map((name) => (/(?<!\d)\d{9}(?!\d)/.test(name) || mail.test(name) ? '…' : name))
    .join('/')
}

/** A code of an error body, when it is a short word as codes are; undefined for anything that could be a sentence or a value. */
export function shownCode(code: unknown): string | undefined {
  return typeof code === 'string' && /^[A-Za-z][A-Za-z0-9_.:-]{0,63}$/.test(code) && !/\d{6}/.test(code) ? code : undefined
}

/** The name of an occurrence, by which a supplier finds it in a log, when it is one: a UUID, or a word that holds no number of a person. */
export function shownUrn(instance: unknown): string | undefined {
  if (typeof instance !== 'string' || !/^urn:[A-Za-z0-9:._-]{1,80}$/.test(instance)) return undefined
  return uuid.test(instance.replace(/^urn:uuid:/, '')) || !/\d{6}/.test(instance) ? instance : undefined
}
