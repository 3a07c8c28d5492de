import { parseExact } from './json-exact.js'

/** The text of a body that is no JSON, or that breaks off. Says nothing of what stood there. */
export class NotJson extends Error {
  /** The text ended before the value did: a connection that was cut, rather than a wrong answer. */
  readonly cutOff: boolean
  constructor(cutOff: boolean) {
    super(cutOff ? 'the JSON breaks off' : 'it is not JSON')
    this.cutOff = cutOff
  }
}

/**
 * The value of JSON text. With `exact` every number is a `LosslessNumber`, which keeps the text that the source wrote. Of a name that comes
 * twice in an object the last counts, as for JSON.parse. NUL and lone surrogates stay in the strings; shape deals with them.
 *
 * @throws NotJson without a word of the text
 */
export function parseJson(text: string, exact: boolean): unknown {
  const well = wellFormed(text)
  try {
    return exact ? parseExact(well) : JSON.parse(well)
  } catch {
    throw new NotJson(breaksOff(text))
  }
}

/** Half a surrogate pair as JSON escapes it, which outlives being made bytes again by a parser. */
export function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.replace(/\p{Surrogate}/gu, (half) => `\\u${half.charCodeAt(0).toString(16)}`)
}

/** Whether text that is no JSON is the beginning of one: it opens as JSON does, and ends inside a string, an object or an array. */
function breaksOff(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]
    if (inString) {
      if (char === '\\') at += 1
      else if (char === '"') inString = false
    } else if (char === '"') inString = true
    else if (char === '{' || char === '[') depth += 1
    else if (char === '}' || char === ']') depth -= 1
  }
  return inString || depth > 0
}
