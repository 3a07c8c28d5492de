import { SaxesParser } from 'saxes'
import { charsetOf, decoderOf } from '../charset.js'
import { Broken } from './broken.js'
import { maxRecordBytes } from './format.js'

/** What is told of an XML text, in its order. Names are without their prefix. */
export interface XmlEvents {
  open(name: string, attributes: { readonly [name: string]: string }): void
  /** Text or CDATA, in one piece or in several. */
  text(text: string): void
  close(name: string): void
}

/** Elements inside each other. No registration comes near. */
const deepest = 100

/**
 * Reads XML as its bytes come in. There are no entities but the five of XML itself: a document type, by which a text of a few bytes can become
 * one of gigabytes, is refused.
 *
 * @param tell what is done with an event; called while a piece is read
 * @returns yields after each piece, for what was told to be handed on: the line on which it ends
 * @throws Broken when it is not well-formed, or goes on for more than a record may without an element
 */
export async function* readXmlText(bytes: AsyncIterable<Uint8Array>, tell: XmlEvents): AsyncGenerator<number, void, undefined> {
  const parser = new SaxesParser({ xmlns: false, position: true })
  let depth = 0
  let last = 0
  const broken = (message: string) => new Broken(message, `line ${parser.line}`)
  const here = () => {
    last = parser.position
  }
  // The parser's own message can quote the text.
  parser.on('error', () => {
    throw broken('it is not well-formed XML')
  })
  parser.on('doctype', () => {
    throw broken('it has a document type, which is not read')
  })
  parser.on('opentag', ({ name, attributes }) => {
    here()
    depth += 1
    if (depth > deepest) throw broken(`its elements are nested more than ${deepest} deep`)
    tell.open(localName(name), attributes)
  })
  parser.on('text', (text) => tell.text(text))
  parser.on('cdata', (text) => tell.text(text))
  parser.on('closetag', ({ name }) => {
    here()
    depth -= 1
    tell.close(localName(name))
  })
  for await (const text of decoded(bytes)) {
    parser.write(text)
    if (parser.position - last > maxRecordBytes) throw broken(`there is no element for more than ${maxRecordBytes} characters`)
    yield parser.line
  }
  parser.close()
  yield parser.line
}

export const localName = (name: string): string => name.slice(name.indexOf(':') + 1)

/** What may stand before the end of an XML declaration. */
const longestDeclaration = 200

async function* decoded(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  let start: Uint8Array | undefined = new Uint8Array()
  let decoder = decoderOf('utf-8')
  const begin = (): string => {
    const encoding = /^.{0,3}<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]+)["']/s.exec(
      Buffer.from(start!).toString('latin1', 0, longestDeclaration),
    )?.[1]
    decoder = decoderOf(charsetOf(start!, encoding === undefined ? undefined : `text/xml; charset=${encoding}`))
    const text = decoder.decode(start!, { stream: true })
    start = undefined
    return text
  }
  for await (const piece of bytes) {
    if (start === undefined) yield decoder.decode(piece, { stream: true })
    else {
      start = Buffer.concat([start, piece])
      if (start.length >= longestDeclaration) yield begin()
    }
  }
  if (start !== undefined) yield begin()
  yield decoder.decode()
}
