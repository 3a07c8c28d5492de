import { stringify } from 'lossless-json'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../connectors/connector.js'
import { deliveries, fields } from './folder.js'

const record = fields({
  nr: 'text',
  groot: 'integer',
  bedrag: 'decimal',
  dag: 'date',
  adres: { fields: fields({ postcode: 'text' }) },
  regels: { list: true, fields: fields({ dag: 'date', aantal: 'decimal' }) },
})

async function read(format: 'json' | 'ndjson', content: string | Uint8Array, settings: JsonObject = {}) {
  const folder = await deliveries()
  await folder.put('a', content)
  return folder.read({ files: 'a', format, key: 'nr', record, ...settings })
}

describe('JSON', () => {
  test('is an array, or has one at a path; numbers keep every digit', async () => {
    const text = '[{"nr":"1","groot":9007199254740993,"bedrag":0.10000000000000000001}]'
    for (const { records } of [await read('json', text), await read('json', `{"a":{"b":${text}}}`, { records: 'a.b' })])
      expect(stringify(records)).toBe(text)
  })

  test('has texts in the stated notation, in groups and lists too', async () => {
    const settings = { decimal: ',', dates: 'dd-mm-jjjj', null: ['', 'n.v.t.'] }
    const record = {
      nr: '1',
      bedrag: '1.234,5',
      dag: '05-03-2026',
      adres: { postcode: 'n.v.t.' },
      regels: [{ dag: '06-03-2026', aantal: '2,5' }],
    }
    expect((await read('json', JSON.stringify([record]), settings)).records).toEqual([
      { nr: '1', bedrag: '1234.5', dag: '2026-03-05', adres: { postcode: null }, regels: [{ dag: '2026-03-06', aantal: '2.5' }] },
    ])
  })

  test('keeps NUL, half surrogate pairs and bytes that are no text for shape to refuse', async () => {
    const { records } = await read('json', Buffer.from('[{"nr":"a\\u0000b"},{"nr":"\\ud83d"},{"nr":"Caf\xe9"}]', 'latin1'))
    expect(records.map(({ nr }) => [String(nr).includes('\0'), String(nr).isWellFormed()])).toEqual([
      [true, true],
      [false, false],
      [false, false],
    ])
  })

  test.each([
    ['that breaks off', '[{"nr":"1"},{"nr":"ca', /behind record 1: the JSON breaks off/],
    ['that is none', 'canary', /it is not JSON/],
    ['without the array', '{"b":[]}', /there is no array at 'a'/],
    ['with something else than records', '{"a":["canary"]}', /an element of the array is not an object/],
  ])('%s is refused with the place and no word of it', async (_, content, message) => {
    const error: Error = await read('json', content, content.startsWith('{') ? { records: 'a' } : {}).catch((caught) => caught)
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('canary')
  })
})

describe('NDJSON', () => {
  test('has a record a line, with any line ends, a mark at its beginning and empty lines', async () => {
    const { records } = await read('ndjson', '\uFEFF{"nr":"1","groot":9007199254740993}\r\n\r\n{"nr":"2"}\n{"nr":"Eén\\n"}')
    expect(stringify(records)).toBe('[{"nr":"1","groot":9007199254740993},{"nr":"2"},{"nr":"Eén\\n"}]')
  })

  test.each(['{"nr":"ca', '["canary"]', '12', 'null', 'canary'])(
    'a line that is no record (%s) is unreadable by its number, and the others are read',
    async (line) => {
      const { records, unreadable, complete } = await read('ndjson', `{"nr":"1"}\n${line}\n{"nr":"3"}\n`)
      expect({ keys: records.map(({ nr }) => nr), unreadable, complete }).toEqual({
        keys: ['1', '3'],
        unreadable: [{ key: null, reason: 'a, line 2: it is not a JSON object' }],
        complete: false,
      })
    },
  )

  test('a line that does not end is refused, and does not fill the memory', async () => {
    await expect(read('ndjson', `{"nr":"1"}\n{"nr":"${'x'.repeat(5 * 1024 * 1024)}`)).rejects.toThrow(
      /line 2: a line is longer than 4194304 characters/,
    )
  })
})
