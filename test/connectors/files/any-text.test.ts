import { stringify } from 'csv-stringify/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonObject } from '../../../connectors/connector.js'
import { escaped, textRow, workbook } from '../../sources/files/workbook.js'
import { deliveries, type Folder, fields } from './folder.js'

const record = fields({ nr: 'text', a: 'text', b: 'text' })
type Row = [nr: string, a: string, b: string]

// Of XML that what a text of XML can hold. @see XML 1.0 §2.2 and §2.11
const inXml = (text: string): string => text.replace(/[^\t\n\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '?')
const asElement = (text: string) => escaped(text).replaceAll('>', '&gt;')

interface Written {
  content: string | Uint8Array
  settings: JsonObject
  /** What can stand in the format at all. */
  kept?(text: string): string
}

const ways: { [format: string]: (rows: Row[]) => Written | Promise<Written> } = {
  csv: (rows) => ({ content: stringify([['nr', 'a', 'b'], ...rows], { delimiter: ';' }), settings: {} }),
  'csv in UTF-16, by tabs, with a mark': (rows) => ({
    content: Buffer.from(`\uFEFF${stringify([['nr', 'a', 'b'], ...rows], { delimiter: '\t', record_delimiter: 'windows' })}`, 'utf16le'),
    settings: { charset: 'utf-16', delimiter: 'tab' },
  }),
  json: (rows) => ({ content: JSON.stringify(rows.map(([nr, a, b]) => ({ nr, a, b }))), settings: {} }),
  ndjson: (rows) => ({ content: rows.map(([nr, a, b]) => `${JSON.stringify({ nr, a, b })}\n`).join(''), settings: {} }),
  xml: (rows) => ({
    content: `<l>${rows.map(([nr, a, b]) => `<r nr="${nr}"><a>${asElement(inXml(a))}</a><b><![CDATA[${inXml(b).replaceAll(']]>', ']]')}]]></b></r>`).join('')}</l>`,
    settings: { records: 'r' },
    kept: (text) => inXml(text).replaceAll(']]>', ']]'),
  }),
  xlsx: async (rows) => ({
    content: await workbook({
      rows: [['nr', 'a', 'b'], ...rows]
        .map((texts, at) =>
          textRow(
            at + 1,
            texts.map((text) => inXml(text).replaceAll('_x', '_')),
          ),
        )
        .join(''),
    }),
    settings: {},
    kept: (text) => inXml(text).replaceAll('_x', '_'),
  }),
}

// Texts that are not empty, long enough together that pieces of a file end in the middle of a character.
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }).map((each) => `é${each}`)
const rows = fc.array(fc.tuple(text, text), { minLength: 300, maxLength: 400 })

test.each(Object.keys(ways))('any text that is written as %s is read as it is', async (way) => {
  const folder: Folder = await deliveries()
  await fc.assert(
    fc.asyncProperty(rows, async (pairs) => {
      const { content, settings, kept = (each) => each } = await ways[way]!(pairs.map(([a, b], at) => [String(at), a, b]))
      await folder.put('file', content)
      const read = await folder.read({ files: 'file', format: way.split(' ')[0]!, key: 'nr', record, ...settings })
      expect(read.unreadable).toEqual([])
      expect(read.records.map(({ a, b }) => [a, b])).toEqual(pairs.map(([a, b]) => [kept(a), kept(b)]))
    }),
    { numRuns: 4 },
  )
})
