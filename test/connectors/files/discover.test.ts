import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { entryOf } from '../../../cli/discovery.js'
import type { JsonObject } from '../../../connectors/connector.js'
import { discover } from '../../../connectors/files/discover.js'
import { streamSettings } from '../../../connectors/files/settings.js'
import { textRow, workbook } from '../../sources/files/workbook.js'
import { deliveries, type Folder } from './folder.js'

const any: JsonObject = { files: 'x', format: 'csv', key: 'x', record: { x: { type: 'text', kind: 'none' } } }

/** Entries as they would be written, by stream. */
async function proposed(folder: Folder, stated: { [stream: string]: JsonObject } = {}) {
  const proposals = await discover(folder.source(any).context('s'), stated)
  return Object.fromEntries(Object.entries(proposals).map(([name, proposal]) => [name, entryOf(proposal)]))
}

describe('files are proposed as streams', () => {
  test('CSV with its charset, delimiter, decimal sign, dates and types, for a person to look at', async () => {
    const folder = await deliveries()
    await folder.put(
      'voorzieningen/2026-01.csv',
      Buffer.from(
        'NR;BSN;BEDRAG;AANTAL;DAG;OP;JA;TEKST;LEEG\n007;999990019;1.234,50;12;05-03-2026;05-03-2026 10:00;true;caf\xe9;\n008;999990020;2,5;0;06-03-2026;06-03-2026 11:00;false;x;\n',
        'latin1',
      ),
    )
    expect(await proposed(folder)).toEqual({
      voorzieningen: {
        files: 'voorzieningen/*.csv',
        format: 'csv',
        charset: 'windows-1252',
        decimal: ',',
        dates: 'dd-mm-jjjj',
        record: {
          NR: { type: 'text' },
          BSN: { type: 'text' },
          BEDRAG: { type: 'decimal' },
          AANTAL: { type: 'integer' },
          DAG: { type: 'date' },
          OP: { type: 'datetime' },
          JA: { type: 'boolean' },
          TEKST: { type: 'text' },
          LEEG: { type: 'text' },
        },
      },
    })
  })

  test('of each format, and of what lies in the folder itself by the name of the file', async () => {
    const folder = await deliveries()
    await folder.put('Zaken 2026-01.csv', 'a,b\n1,2\n')
    await folder.put('boek/a.xlsx', await workbook({ rows: textRow(1, ['nr']) + textRow(2, ['001']) }))
    await folder.put(
      'json/a.json',
      '{"totaal":1,"lijst":[{"nr":1,"adres":{"postcode":"1234AB"},"tags":["a"],"plek":{"type":"Point","coordinates":[1,2]}}]}',
    )
    await folder.put('regels/a.ndjson', '{"nr":12345678901234567890,"bedrag":1.5}\n')
    await folder.put('xml/a.xml', '<?xml version="1.0"?>\n<lijst><zaak id="1"><dag>2026-03-05</dag></zaak></lijst>')
    await folder.put('gepakt/a.csv.gz', gzipSync('nr\n001\n'))
    await folder.put('leesmij.md', 'x')
    expect(await proposed(folder)).toEqual({
      zaken: { files: '*.csv', format: 'csv', delimiter: ',', record: { a: { type: 'integer' }, b: { type: 'integer' } } },
      boek: { files: 'boek/*.xlsx', format: 'xlsx', record: { nr: { type: 'text' } } },
      json: {
        files: 'json/*.json',
        format: 'json',
        records: 'lijst',
        record: {
          nr: { type: 'integer' },
          adres: { fields: { postcode: { type: 'text' } } },
          tags: { type: 'text', list: true },
          plek: { type: 'geometry' },
        },
      },
      regels: { files: 'regels/*.ndjson', format: 'ndjson', record: { nr: { type: 'decimal' }, bedrag: { type: 'decimal' } } },
      gepakt: { files: 'gepakt/*.csv.gz', format: 'csv', record: { nr: { type: 'text' } } },
      xml: { files: 'xml/*.xml', format: 'xml', records: 'zaak', record: { id: { type: 'integer' }, dag: { type: 'date' } } },
    })
  })

  test('once a person stated key and kinds, what was proposed is a stream that reads the file', async () => {
    const folder = await deliveries()
    await folder.put('a/1.csv', 'NR|DAG\n1|05/03/2026\n')
    const { record, ...entry } = (await proposed(folder)).a as { record: { [field: string]: JsonObject } }
    const withKinds = Object.fromEntries(Object.entries(record).map(([name, field]) => [name, { ...field, kind: 'none' }]))
    const stated = { ...entry, key: 'NR', record: withKinds }
    expect(streamSettings.safeParse(stated).success).toBe(true)
    expect((await folder.read(stated as unknown as JsonObject)).records).toEqual([{ NR: '1', DAG: '2026-03-05' }])
  })

  test('not those that a stream takes already; of these is said what the last one holds', async () => {
    const folder = await deliveries()
    await folder.put('levering/1.csv', 'NR;OUD\n1;x\n')
    await folder.put('levering/2.csv', 'NR;NIEUW\n1;x\n')
    await folder.put('anders/1.csv', 'a\nx\n')
    const stated = {
      mijn_naam: { ...any, files: 'levering/*.csv', key: 'NR', record: { NR: { type: 'text', kind: 'none' }, OUD: { type: 'text' } } },
    }
    expect(
      Object.fromEntries(Object.entries(await proposed(folder, stated)).map(([name, { record }]) => [name, Object.keys(record as object)])),
    ).toEqual({
      mijn_naam: ['NR', 'NIEUW'],
      anders: ['a'],
    })
  })

  test('also where one of them cannot be read: it has no fields then, and the log says why', async () => {
    const folder = await deliveries()
    await folder.put('a/1.xlsx', 'canary')
    const source = folder.source(any)
    const proposals = await discover(source.context('s'), {})
    expect(proposals.a).toMatchObject({ record: { properties: {} } })
    expect(source.log.lines.join()).toMatch(/this file cannot be read: .* cannot be read as a zip archive/)
    expect(source.log.lines.join()).not.toContain('canary')
  })
})
