import { isLosslessNumber } from 'lossless-json'
import type { HttpAnswer, Json, JsonObject, Sign, SourceRecord } from './connector.js'

/**
 * The value at a place of a body: a dotted path, where `name[key=value]` takes the first element of an array with that text. A name that
 * holds dots itself is taken before it is read as a path. Undefined where there is nothing.
 */
export function valueAt(body: unknown, place: string): unknown {
  const names = place.split('.')
  let value: unknown = body
  for (let at = 0; at < names.length; ) {
    const holder = value
    if (typeof holder !== 'object' || holder === null) return undefined
    let taken = 0
    for (let end = names.length; end > at && taken === 0; end -= 1) {
      const name = names.slice(at, end).join('.')
      if (Object.hasOwn(holder, name)) {
        value = (holder as { [name: string]: unknown })[name]
        taken = end - at
      }
    }
    if (taken === 0) {
      const { 1: name, 2: key, 3: wanted } = /^(.+)\[([^=\]]+)=([^\]]*)\]$/.exec(names[at]!) ?? []
      const list = name === undefined ? undefined : (holder as { [name: string]: unknown })[name]
      if (!Array.isArray(list) || key === undefined) return undefined
      value = list.find((element) => typeof element === 'object' && element !== null && String(element[key]) === wanted)
      taken = 1
    }
    at += taken
  }
  return value
}

/** Text of a value that may be text or a number, exact or not; undefined for anything else, null and empty text. */
export function textAt(body: unknown, place: string): string | undefined {
  return textOf(valueAt(body, place))
}

export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  return typeof value === 'number' || isLosslessNumber(value) ? String(value) : undefined
}

/** A count in a body; undefined where there is none, or something that is no count. */
export function countAt(body: unknown, place: string | undefined): number | undefined {
  const count = place === undefined ? Number.NaN : Number(textAt(body, place))
  return Number.isSafeInteger(count) && count >= 0 ? count : undefined
}

/** The target of the link with `rel="next"` in a `Link` header. @see RFC 8288 §3 */
export function nextOfLinkHeader(header: string | undefined): string | undefined {
  for (const [, target, parameters = ''] of (header ?? '').matchAll(/<([^>]*)>((?:\s*;\s*[\w*-]+(?:\s*=\s*(?:"[^"]*"|[^\s;,"]*))?)*)/g)) {
    const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]*))/i.exec(parameters)
    if ((rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/).includes('next')) return target
  }
  return undefined
}

/** The value of a header, whatever the case of its name. */
export const headerIn = ({ headers }: Pick<HttpAnswer, 'headers'>, name: string): string | undefined => headers[name.toLowerCase()]

/** Whether an answer shows a sign. Undefined where it has nothing of what the sign looks at. */
export function shows(sign: Sign, answer: Pick<HttpAnswer, 'status' | 'headers' | 'body'>): boolean | undefined {
  const parts = [
    sign.status === undefined ? true : answer.status === sign.status,
    sign.header === undefined ? true : holds(headerIn(answer, sign.header), sign.is),
    sign.body === undefined ? true : holds(valueAt(answer.body, sign.body), sign.is),
  ]
  return parts.includes(false) ? false : parts.includes(undefined) ? undefined : true
}

function holds(value: unknown, wanted: Sign['is']): boolean | undefined {
  if (value === undefined) return undefined
  if (wanted === undefined) return value !== null && value !== false && value !== ''
  const said = typeof value === 'boolean' ? String(value) : textOf(value)
  return said !== undefined && [wanted].flat().includes(said)
}

/** Puts a value at a path; groups on the way are made. */
export function setAt(record: SourceRecord, path: readonly string[], value: unknown): void {
  let holder = record
  for (const name of path.slice(0, -1)) {
    if (typeof holder[name] !== 'object' || holder[name] === null) holder[name] = {}
    holder = holder[name] as SourceRecord
  }
  holder[path.at(-1)!] = value
}

/** A body with values at places of it, each a dotted path; a number in a path is a place in a list. What is missing on the way is made. */
export function withValues(body: JsonObject, values: { readonly [place: string]: Json | undefined }): JsonObject {
  const result = structuredClone(body)
  for (const [place, value] of Object.entries(values)) if (value !== undefined) setAt(result, place.split('.'), value)
  return result
}
