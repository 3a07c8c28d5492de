/** Which recorded list or record a request means, by what a connector states of its streams. */
import { textAt, valueAt } from '../body.js'
import type { Connector, JsonObject, Stream } from '../connector.js'

/** A request as a source sees it. */
export interface Seen {
  method: string
  url: URL
  /** What was posted; undefined where nothing was, or no JSON. */
  body: unknown
}

/** The values of placeholders that are the same in every request: settings and those of the organisation. */
export type Known = (name: string) => string | undefined

export interface Route {
  stream: string
  /** What stood in `{parent.<key>}`, by the key field of the parent; empty for a list that is no parent's. */
  parent: { [field: string]: string }
  /** The key of the one record that is asked for. */
  key?: { [field: string]: string }
}

/** The list that a request asks for; where several streams have the same path, the one that more of its parameters fit. */
export function listRouteOf(
  seen: Seen,
  connector: Connector,
  streams: { readonly [name: string]: Stream },
  known: Known,
): Route | undefined {
  const fitting = Object.entries(streams).flatMap(([name, stream]) => {
    if ((stream.method ?? 'GET') !== seen.method || stream.path === undefined) return []
    const found = [
      matched(pathOf(connector, stream, stream.path), seen.url.pathname, known, decodeURIComponent),
      ...Object.entries(stream.params ?? {}).map(([param, template]) =>
        matched(template, seen.url.searchParams.get(param) ?? '', known, String),
      ),
      ...textsOf(stream.body).map(([place, template]) => matched(template, textAt(seen.body, place) ?? '', known, String)),
    ]
    return found.includes(undefined)
      ? []
      : [{ stream: name, found: Object.assign({}, ...found) as { [name: string]: string }, fits: found.length }]
  })
  const best = fitting.sort((a, b) => b.fits - a.fits)[0]
  if (!best) return undefined
  const parent = Object.entries(best.found).map(([name, value]) => [name.replace(/^parent\./, ''), value])
  return { stream: best.stream, parent: Object.fromEntries(parent) }
}

/** The record that a request asks for by its path. */
export function recordRouteOf(
  seen: Seen,
  connector: Connector,
  streams: { readonly [name: string]: Stream },
  known: Known,
): Route | undefined {
  if (seen.method !== 'GET') return undefined
  for (const [stream, definition] of Object.entries(streams)) {
    const { byKeyPath } = definition
    const key = byKeyPath && matched(pathOf(connector, definition, byKeyPath), seen.url.pathname, known, decodeURIComponent)
    if (key) return { stream, parent: {}, key }
  }
  return undefined
}

function pathOf({ apis }: Connector, { api }: Stream, path: string): string {
  const base = api === undefined ? '' : (apis?.[api] ?? '')
  return `/${[base, path.replace(/\?.*$/, '')]
    .map((part) => part.replace(/^\/+|\/+$/g, ''))
    .filter((part) => part !== '')
    .join('/')}`
}

/** The values of the placeholders of a template in a text that fits it; undefined where it does not. */
function matched(template: string, text: string, known: Known, decode: (value: string) => string): { [name: string]: string } | undefined {
  const names: string[] = []
  const parts = template.split(/\{([^{}]*)\}/)
  const pattern = parts.map((part, index) => {
    if (index % 2 === 0) return escaped(part)
    names.push(part)
    return '([^/]+)'
  })
  const values = new RegExp(`^${pattern.join('')}/?$`).exec(text)?.slice(1)
  if (!values) return undefined
  const found = names.map((name, index) => [name, decode(values[index]!)] as const)
  const wrong = found.some(([name, value]) => known(name) !== undefined && known(name) !== value)
  return wrong ? undefined : Object.fromEntries(found.filter(([name]) => known(name) === undefined))
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** The texts of a body by their places. A template of ours fits any value; other texts have to be there as they are. */
function textsOf(body: JsonObject = {}, before = ''): [place: string, template: string][] {
  return Object.entries(body).flatMap(([name, value]): [string, string][] => {
    const place = `${before}${name}`
    if (typeof value === 'string') return [[place, value]]
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? textsOf(value, `${place}.`) : []
  })
}

/** Whether a record has what a route asks for. */
export function isOf(record: unknown, fields: { readonly [field: string]: string }): boolean {
  return Object.entries(fields).every(([field, value]) => {
    const has = valueAt(record, field)
    return String(has) === value || (typeof has === 'string' && has.split('/').at(-1) === value)
  })
}
