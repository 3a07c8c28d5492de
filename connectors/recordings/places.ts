/** Values put at places of a body, each a place as a connector states it. */
import { parse, stringify } from 'lossless-json'
import { setAt } from '../body.js'
import type { SourceRecord } from '../connector.js'

/** Puts a value at a place as text: `meta.total`, `@odata.nextLink`, `links[rel=next].href`. */
export function putAt(body: SourceRecord, place: string, value: unknown): void {
  const { 1: before, 2: key, 3: wanted, 4: after } = /^(.+)\[([^=\]]+)=([^\]]*)\]\.?(.*)$/.exec(place) ?? []
  if (before !== undefined && key !== undefined) {
    const element: SourceRecord = { [key]: wanted }
    if (after) setAt(element, after.split('.'), value)
    setAt(body, before.split('.'), [element])
  }
  // A name with dots in it is taken before a path is.
  else setAt(body, place.includes('@') ? [place] : place.split('.'), value)
}

/** A copy with its numbers as they are written. */
export const copyOf = <T>(value: T): T => parse(stringify(value)!) as T
