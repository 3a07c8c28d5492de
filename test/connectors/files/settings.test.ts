import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../connectors/connector.js'
import { streamSettings } from '../../../connectors/files/settings.js'
import { fields } from './folder.js'

const stream = (more: JsonObject): JsonObject => ({ files: '*.csv', format: 'csv', key: 'nr', record: fields({ nr: 'text' }), ...more })

const faultsOf = (more: JsonObject) =>
  streamSettings.safeParse(stream(more)).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []

describe('what a source file says of a stream of files', () => {
  test('is read as it is written, and what was read can be read again', () => {
    const { data } = streamSettings.safeParse(stream({ header: '3', decimal: ',' }))
    expect(data).toMatchObject({ header: 3, decimal: ',', delivery: 'snapshot', order: 'name' })
    expect(streamSettings.parse(data)).toEqual(data)
  })

  test.each([
    ['an option of another format', { sheet: 'Blad1' }, ["sheet: 'sheet' is nothing for csv; it goes with xlsx"]],
    [
      'a notation of text for Parquet',
      { format: 'parquet', decimal: ',' },
      ["decimal: 'decimal' is nothing for parquet; it goes with csv, xlsx, json, ndjson, xml"],
    ],
    ['XML without its records', { format: 'xml' }, [": missing key 'records'; expected the name of the element that is a record"]],
    ['dates in two digits of a year', { dates: 'dd-mm-jj' }, ['dates: a form of jjjj, mm and dd, such as dd-mm-jjjj']],
    ['dates in English', { dates: 'dd-mm-yyyy' }, ['dates: a form of jjjj, mm and dd, such as dd-mm-jjjj']],
    ['a header before the first line', { header: '0' }, ['header: a line, counted from 1']],
  ])('is refused with %s', (_, more, faults) => {
    expect(faultsOf(more as JsonObject)).toEqual(faults)
  })
})
