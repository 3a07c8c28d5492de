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
 * The charset of a body: by its byte order mark, else by how JSON in UTF-16 begins, else as the content type says, else UTF-8.
 *
 * @see RFC 4627 §3 for the pattern of zero bytes; a NUL cannot stand in JSON, so it is no guess
 */
export function charsetOf(start: Uint8Array, contentType: string | undefined): string {
  const [a, b] = start
  if (a === 0xff && b === 0xfe) return 'utf-16le'
  if (a === 0xfe && b === 0xff) return 'utf-16be'
  if (a === 0xef && b === 0xbb) return 'utf-8'
  if (a !== undefined && b !== undefined && (a === 0) !== (b === 0)) return a === 0 ? 'utf-16be' : 'utf-16le'
  const stated = /;\s*charset\s*=\s*"?([\w.:-]+)"?/i.exec(contentType ?? '')?.[1]
  if (!stated) return 'utf-8'
  try {
    // `utf-16` alone means little-endian here, and `iso-8859-1` windows-1252: WHATWG Encoding, which browsers follow, §4.2.
    return new TextDecoder(stated).encoding
  } catch {
    return 'utf-8'
  }
}

/** Turns the bytes of a body into text, piece by piece; without `stream` a piece is the last one. */
export interface Decoder {
  decode(bytes?: Uint8Array, options?: { stream?: boolean }): string
}

// What windows-1252 has where Latin-1 has control characters, 0x80 to 0x9f. @see WHATWG Encoding, index-windows-1252
const windows1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

/**
 * Decodes a charset. Bytes that are none in it become U+FFFD and stay in the record, where `check` finds them: a letter that is damaged is
 * no reason to lose the record or the page.
 */
export function decoderOf(charset: string): Decoder {
  if (charset !== 'windows-1252') return new TextDecoder(charset)
  // Node.js 20 reads windows-1252 as Latin-1, so that a euro sign would be lost.
  return {
    decode: (bytes) =>
      Buffer.from(bytes ?? [])
        .toString('latin1')
        .replace(/[\u0080-\u009f]/g, (char) => windows1252[char.charCodeAt(0) - 0x80]!),
  }
}

/** Text of a whole body. */
export const decodeText = (bytes: Uint8Array, contentType: string | undefined): string =>
  decoderOf(charsetOf(bytes, contentType)).decode(bytes)

/**
 * The value of JSON text. With `exact` every number is a `LosslessNumber`, which keeps the text that the source wrote. Of a name that comes
 * twice in an object the last counts, as for JSON.parse. NUL and lone surrogates stay in the strings; shape deals with them.
 *
 * @throws NotJson without a word of the text
 */
export function parseJson(text: string, exact: boolean): unknown {
  try {
    return exact ? parseExact(text) : JSON.parse(text)
  } catch {
    throw new NotJson(breaksOff(text))
  }
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
