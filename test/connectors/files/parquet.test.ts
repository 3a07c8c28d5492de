import { readFile } from 'node:fs/promises'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../connectors/connector.js'
import { date, datetime } from '../../../worker/pipeline/values.js'
import { deliveries, fields } from './folder.js'

const made = (name: string) => readFile(new URL(`../../sources/files/made/${name}`, import.meta.url))

async function parquet(content: Uint8Array, record: JsonObject, settings: JsonObject = {}) {
  const folder = await deliveries()
  await folder.put('a.parquet', content)
  return folder.read({ files: '*.parquet', format: 'parquet', key: 'nr', record, ...settings })
}

const record = fields({
  nr: 'text',
  groot: 'integer',
  zonder_teken: 'decimal',
  bedrag: 'decimal',
  lang: 'decimal',
  enkel: 'decimal',
  dubbel: 'decimal',
  dag: 'date',
  lokaal: 'datetime',
  milli: 'datetime',
  utc: 'datetime',
  bytes: 'text',
  ja: 'boolean',
  codes: { type: 'integer', kind: 'none', list: true },
  bedragen: { type: 'decimal', kind: 'none', list: true },
  adres: { fields: fields({ postcode: 'text', huisnummer: 'integer' }) },
  regels: { list: true, fields: fields({ dag: 'date', aantal: 'decimal' }) },
})

describe('Parquet as Arrow writes it', async () => {
  const content = await made('arrow.parquet')

  test('has every digit of its numbers, also of decimals in bytes and of integers beyond 2^53', async () => {
    const [first, second] = (await parquet(content, record)).records
    expect(first).toMatchObject({
      nr: '0001',
      groot: '9007199254740993',
      zonder_teken: '18446744073709551615',
      bedrag: '1234.56',
      lang: '12345678901234567890123456789012.123456',
      enkel: '0.1',
      dubbel: 0.1,
      codes: ['1', null, '3'],
      bedragen: ['1.50'],
      adres: { postcode: '1234AB', huisnummer: '9007199254740993' },
      regels: [{ dag: '2026-03-05', aantal: '2.5' }],
    })
    expect(second).toMatchObject({ groot: '-9223372036854775808', zonder_teken: '0', bedrag: '-0.01', lang: '-1.000000', codes: [] })
  })

  test('has days, and moments as Dutch local time or UTC as stated where they have no zone', async () => {
    const [first, second] = (await parquet(content, record)).records
    expect(first).toMatchObject({
      dag: '2026-03-05',
      lokaal: '2026-07-01T10:00:00.123456000',
      milli: '2026-07-01T10:00:00.123000000',
      utc: '2026-07-01T10:00:00.123456000Z',
    })
    expect(second).toMatchObject({ dag: '1600-01-01', lokaal: '1969-12-31T23:59:59.999999000' })
    expect(datetime(first!.lokaal)).toBe('2026-07-01T08:00:00.123456Z')
    expect(date(first!.dag)).toBe('2026-03-05')
    expect((await parquet(content, record, { times: 'utc' })).records[0]).toMatchObject({ lokaal: '2026-07-01T10:00:00.123456000Z' })
  })

  test('takes bytes that are stated to be text for UTF-8, and leaves those that are none for shape to refuse', async () => {
    const [first, second] = (await parquet(content, record)).records
    expect([first!.bytes, String(second!.bytes).isWellFormed()]).toEqual(['Café €', false])
  })

  test('has null for what is null, in every type', async () => {
    const { records } = await parquet(content, record)
    expect(records).toHaveLength(3)
    expect(records[2]).toEqual(Object.fromEntries(Object.keys(record).map((name) => [name, null])))
  })

  test('names the columns that nobody described and does not read them', async () => {
    const { records } = await parquet(content, fields({ nr: 'text' }))
    expect(records[0]).toMatchObject({ nr: '0001', groot: null, adres: null })
  })
})

test('Parquet as Spark writes it has moments in 96 bits, without a zone, and decimals in integers', async () => {
  const content = await made('spark.parquet')
  const some = fields({ nr: 'text', lokaal: 'datetime', utc: 'datetime', bedrag: 'decimal' })
  expect((await parquet(content, some)).records[0]).toMatchObject({ lokaal: '2026-07-01T10:00:00.123456000', bedrag: '1234.56' })
  expect((await parquet(content, some, { times: 'utc' })).records.map(({ lokaal }) => lokaal)).toEqual([
    '2026-07-01T10:00:00.123456000Z',
    '1969-12-31T23:59:59.999999000Z',
    null,
  ])
})

test('a file of many groups of rows is read group by group, in order', async () => {
  const nr = Array.from({ length: 2500 }, (_, at) => String(at))
  const content = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'nr', data: nr, type: 'STRING' }], rowGroupSize: 300 }))
  const { records, largestPage } = await parquet(content, fields({ nr: 'text' }))
  expect([records.map((each) => each.nr), largestPage]).toEqual([nr, 500])
})

test('a group of rows that is large is read in parts, and each row once', async () => {
  const nr = Array.from({ length: 90 }, (_, at) => `${at} ${'x'.repeat(1024 * 1024)}`)
  const content = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'nr', data: nr, type: 'STRING' }], rowGroupSize: 1000 }))
  const { records } = await parquet(content, fields({ nr: 'text' }))
  expect(records.map((each) => Number.parseInt(String(each.nr), 10))).toEqual(nr.map((_, at) => at))
})

describe('a file that is no Parquet', () => {
  const some = fields({ nr: 'text' })

  test.each([
    ['of another kind', async () => Buffer.from('canary canary canary')],
    ['that is empty', async () => Buffer.alloc(0)],
    ['that is cut off', async () => (await made('arrow.parquet')).subarray(0, 3000)],
  ])('%s is refused', async (_, content) => {
    const error: Error = await parquet(await content(), some).catch((caught) => caught)
    expect(error.message).toMatch(/it is not a Parquet file, or it is cut off/)
    expect(error.message).not.toContain('canary')
  })

  test('because a group of its rows is damaged is refused, and says behind which row', async () => {
    const content = Buffer.from(await made('arrow.parquet'))
    content.fill(0xff, 4, 60)
    await expect(parquet(content, some)).rejects.toThrow(/a\.parquet', behind row 0: a group of its rows is damaged/)
  })

  test('without the key is refused', async () => {
    await expect(parquet(await made('spark.parquet'), fields({ nummer: 'text' }), { key: 'nummer' })).rejects.toThrow(/no column 'nummer'/)
  })
})
