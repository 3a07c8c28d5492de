import type { Json } from './connector.js'

/** A path or value with `{name}` in it. */

const placeholder = /\{([^{}]*)\}/g

/** Leaves a placeholder as it stands, to be filled in later. */
export const later = Symbol('later')

/** The names that a template asks for. */
export const namesIn = (template: string): string[] => [...template.matchAll(placeholder)].map(([, name]) => name!)

/**
 * Fills in a template; in a path each value is encoded, so that a key with a slash stays one segment.
 *
 * @throws RangeError when there is no value for a name
 */
export function fill(
  template: string,
  valueFor: (name: string) => string | undefined | typeof later,
  encode: (value: string) => string = encodeURIComponent,
): string {
  return template.replace(placeholder, (whole, name: string) => {
    const value = valueFor(name)
    if (value === later) return whole
    if (value === undefined) throw new RangeError(`there is no value for ${whole} in '${template}'`)
    return encode(value)
  })
}

/** Whether a name is one that is filled in wherever there are texts: a setting, something of the organisation, a key of the parent. */
export const isOurs = (name: string): boolean => /^(settings|organisation|parent)\./.test(name)

/** Fills in the texts of a body. Other braces stay, since a query language may have its own. */
export function fillBody<T extends Json>(body: T, valueFor: Parameters<typeof fill>[1]): T {
  return mapTexts(body, (text) => fill(text, (name) => (isOurs(name) ? valueFor(name) : later), String)) as T
}

/** The texts in a body, at any depth. */
export function textsIn(body: Json): string[] {
  const texts: string[] = []
  mapTexts(body, (text) => {
    texts.push(text)
    return text
  })
  return texts
}

function mapTexts(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, change))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, mapTexts(each, change)]))
}
