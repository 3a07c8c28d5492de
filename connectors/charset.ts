/**
 * Bytes → text. A byte that is none in its charset becomes half a surrogate pair (U+DC80 to U+DCFF, as `surrogateescape` of Python does), never a
 * replacement character that could be the source's own: shape refuses the value, and with it the record, by name and with its key.
 */

/** Turns the bytes of a body into text, piece by piece; without `stream` a piece is the last one. */
export interface Decoder {
  decode(bytes?: Uint8Array, options?: { stream?: boolean }): string
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

// What windows-1252 has where Latin-1 has control characters, 0x80 to 0x9f. @see WHATWG Encoding, index-windows-1252
const windows1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

/** Decodes a charset; a byte order mark at the beginning is left out. */
export function decoderOf(charset: string): Decoder {
  if (charset === 'utf-8') return new Pieces(utf8, incompleteUtf8)
  if (charset === 'utf-16le') return new Pieces(utf16, (bytes) => bytes.length % 2)
  if (charset === 'utf-16be')
    return new Pieces(
      (bytes) => utf16(Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16()) + (bytes.length % 2 ? damaged(bytes.at(-1)!) : ''),
      (bytes) => bytes.length % 2,
    )
  if (charset === 'windows-1252') {
    // Node.js 20 reads windows-1252 as Latin-1, so that a euro sign would be lost.
    return {
      decode: (bytes) =>
        bufferOf(bytes ?? new Uint8Array())
          .toString('latin1')
          .replace(/[\u0080-\u009f]/g, (char) => windows1252[char.charCodeAt(0) - 0x80]!),
    }
  }
  // None of the others has a replacement character of its own.
  const decoder = new TextDecoder(charset)
  return { decode: (bytes, options) => decoder.decode(bytes, options).replaceAll('\uFFFD', damaged(0xff)) }
}

/** Text of a whole body. */
export const decodeText = (bytes: Uint8Array, contentType: string | undefined): string =>
  decoderOf(charsetOf(bytes, contentType)).decode(bytes)

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)

/** What stands for a byte that is no text. */
const damaged = (byte: number): string => String.fromCharCode(0xdc00 + byte)

/** Keeps the beginning of a character for the next piece. */
class Pieces implements Decoder {
  readonly #decode: (bytes: Uint8Array) => string
  readonly #incomplete: (bytes: Uint8Array) => number
  #kept: Uint8Array = new Uint8Array()
  #began = false

  /** @param incomplete how many bytes at the end may be the beginning of a character */
  constructor(decode: (bytes: Uint8Array) => string, incomplete: (bytes: Uint8Array) => number) {
    this.#decode = decode
    this.#incomplete = incomplete
  }

  decode(bytes: Uint8Array = new Uint8Array(), { stream = false }: { stream?: boolean } = {}): string {
    const all = this.#kept.length === 0 ? bytes : Buffer.concat([this.#kept, bytes])
    const end = all.length - (stream ? this.#incomplete(all) : 0)
    this.#kept = all.subarray(end)
    const text = this.#decode(all.subarray(0, end))
    const isStart = !this.#began && text !== ''
    this.#began ||= text !== ''
    if (!stream) this.#began = false
    return isStart && text.startsWith('\uFEFF') ? text.slice(1) : text
  }
}

function utf16(bytes: Uint8Array): string {
  // Half a pair stays what it is.
  const text = bufferOf(bytes).toString('utf16le')
  return bytes.length % 2 === 0 ? text : text + damaged(bytes.at(-1)!)
}

function utf8(bytes: Uint8Array): string {
  const buffer = bufferOf(bytes)
  const text = buffer.toString('utf8')
  return text.includes('\uFFFD') ? slowUtf8(buffer) : text
}

/** Character by character, for text that holds a replacement character: the source's own, or one for a byte that is none. */
function slowUtf8(buffer: Buffer): string {
  let text = ''
  let from = 0
  for (let at = 0; at < buffer.length; ) {
    const length = characterAt(buffer, at)
    if (length > 0) {
      at += length
      continue
    }
    text += buffer.toString('utf8', from, at) + damaged(buffer[at]!)
    at += 1
    from = at
  }
  return text + buffer.toString('utf8', from)
}

/**
 * Length of the character that begins at a place, 0 when none does.
 *
 * @see Unicode Standard 16, table 3-7: Well-Formed UTF-8 Byte Sequences
 */
function characterAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!
  if (lead < 0x80) return 1
  const length = lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0
  if (length === 0 || at + length > bytes.length) return 0
  const second = bytes[at + 1]!
  const [least, most] = [secondFrom[lead] ?? 0x80, secondTo[lead] ?? 0xbf]
  if (second < least || second > most) return 0
  for (let next = 2; next < length; next += 1) if ((bytes[at + next]! & 0xc0) !== 0x80) return 0
  return length
}

/** Leads whose second byte has a narrower range: no overlong forms, no halves of pairs, nothing beyond U+10FFFF. */
const secondFrom: { [lead: number]: number } = { 224: 0xa0, 240: 0x90 }
const secondTo: { [lead: number]: number } = { 237: 0x9f, 244: 0x8f }

/** Bytes at the end that begin a character and do not finish it. */
function incompleteUtf8(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back]!
    if ((byte & 0xc0) === 0x80) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return length > back ? back : 0
  }
  return 0
}
