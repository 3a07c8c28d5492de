import { isLosslessNumber } from 'lossless-json'

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
