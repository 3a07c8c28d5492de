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
