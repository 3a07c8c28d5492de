import { isLosslessNumber } from 'lossless-json'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../connectors/connector.js'
import { scalars } from '../../../worker/pipeline/values.js'
import type { SqlSource } from '../../sources/sql/source.js'
import { record, rowsOf } from './reading.js'
import { onEachServer } from './servers.js'

/** Type of a column, what is put in, how it is stated, what comes out. */
type Case = readonly [type: string, written: string, stated: string | JsonObject, read: unknown]

const shared: readonly Case[] = [
  ['bigint', '9007199254740993', 'integer', '9007199254740993'],
  ['decimal(38,30)', '12345678.123456789012345678901234567891', 'decimal', '12345678.123456789012345678901234567891'],
  ['decimal(10,2)', '-0.10', 'decimal', '-0.10'],
  ['integer', '7', 'text', '7'],
  ['char(9)', "'12345   '", 'text', '12345'],
  ['varchar(20)', "'012345672'", 'text', '012345672'],
  ['varchar(40)', "'Zoë € 😀 \\ '' \"'", 'text', `Zoë € 😀 \\ ' "`],
  ['date', "'0001-01-01'", 'date', '0001-01-01'],
  ['date', "'9999-12-31'", 'date', '9999-12-31'],
  ['time', "'13:45:00'", 'text', '13:45:00'],
  ['varchar(40)', "'geen'", { type: 'text', list: true }, 'geen'],
]

const postgres: readonly Case[] = [
  ['timestamp', "'2026-07-01 10:00:00.123456'", 'datetime', '2026-07-01 10:00:00.123456'],
  ['timestamptz', "'2026-07-01 10:00:00.123456+02'", 'datetime', '2026-07-01 08:00:00.123456+00'],
  ['timestamptz', "'2026-06-30 22:30:00Z'", 'date', '2026-06-30 22:30:00+00'],
  ['timestamp', "'2026-07-01 00:00:00'", 'date', '2026-07-01'],
  ['date', "'infinity'", 'date', 'infinity'],
  ['numeric', "'NaN'", 'decimal', 'NaN'],
  ['money', "'1234.56'", 'decimal', '1234.56'],
  ['real', '0.1', 'decimal', '0.1'],
  ['double precision', '1e20', 'decimal', '1e+20'],
  ['boolean', 'true', 'boolean', true],
  ['boolean', 'false', 'text', 'false'],
  ['uuid', "'AAAAAAAA-0000-4000-8000-000000000001'", 'uuid', 'aaaaaaaa-0000-4000-8000-000000000001'],
  ['interval', "'1 year 2 months 3 days 04:05:06.7'", 'duration', 'P1Y2M3DT4H5M6.7S'],
  ['integer[]', "'{1,null,3}'", { type: 'integer', list: true }, ['1', null, '3']],
  ['text[]', `'{a,"b,c"}'`, { type: 'text', list: true }, ['a', 'b,c']],
  ['jsonb', `'{"a": [1, 2]}'`, 'text', '{"a": [1, 2]}'],
  ['wmo.stand', "'open'", 'text', 'open'],
  ['wmo.bedrag', '1.50', 'decimal', '1.50'],
]

const mariadb: readonly Case[] = [
  ['datetime(6)', "'2026-07-01 10:00:00.123456'", 'datetime', '2026-07-01 10:00:00.123456'],
  ['timestamp(6) null', "'2026-07-01 10:00:00.123456'", 'datetime', '2026-07-01 10:00:00.123456Z'],
  ['datetime', "'0000-00-00 00:00:00'", 'datetime', null],
  ['date', "'0000-00-00'", 'date', null],
  ['date', "'2026-00-00'", 'date', '2026-00-00'],
  ['bigint unsigned', '18446744073709551615', 'decimal', '18446744073709551615'],
  ['float', '0.1', 'decimal', '0.10000000149011612'],
  ['double', '0.1', 'decimal', '0.1'],
  ['tinyint(1)', '1', 'boolean', true],
  ['tinyint(1)', '2', 'boolean', '2'],
  ['bit(1)', "b'0'", 'boolean', false],
  ['bit(12)', "b'100000000001'", 'integer', '2049'],
  ['binary(16)', "unhex('AAAAAAAA000040008000000000000001')", 'uuid', 'aaaaaaaa-0000-4000-8000-000000000001'],
  ['uuid', "'AAAAAAAA-0000-4000-8000-000000000001'", 'uuid', 'aaaaaaaa-0000-4000-8000-000000000001'],
  ['time(3)', "'-838:59:59.5'", 'text', '-838:59:59.500'],
  ['year', '2026', 'integer', '2026'],
  ["enum('nieuw', 'open')", "'open'", 'text', 'open'],
  ['varchar(10) character set latin1', "'café'", 'text', 'café'],
  ['varchar(10)', "'a\\0b'", 'text', 'a\0b'],
]

onEachServer((start, name) => {
  let source: SqlSource
  beforeAll(async () => {
    source = await start()
    await source.execute(
      name === 'PostgreSQL'
        ? `create type wmo.stand as enum ('nieuw', 'open'); create domain wmo.bedrag as numeric(10,2) check (value >= 0)`
        : "set session sql_mode = '', session time_zone = '+00:00'",
    )
  })
  afterAll(() => source?.stop())

  let tables = 0
  /** A table of one row. */
  async function rowOf(columns: readonly Case[], zone?: 'UTC'): Promise<{ [field: string]: unknown }> {
    tables += 1
    const table = `wmo.waarden_${tables}`
    await source.execute(`
      create table ${table} (id integer primary key, ${columns.map(([type], n) => `c${n} ${type}`).join(', ')});
      insert into ${table} values (1, ${columns.map(([, written]) => (name === 'MariaDB' ? written.replaceAll('\\ ', '\\\\ ') : written)).join(', ')});`)
    const types = Object.fromEntries(columns.map(([, , stated], n) => [`c${n}`, stated]))
    const rows = await rowsOf(source, { table, key: 'id', record: record({ id: 'integer', ...types }) }, zone ? { zone } : {})
    return rows[0]!
  }

  test('every value comes as the server has it, to the last digit', async () => {
    const cases = [...shared, ...(name === 'PostgreSQL' ? postgres : mariadb)]
    const row = await rowOf(cases)
    for (const [n, [type, written, , read]] of cases.entries()) expect([type, written, row[`c${n}`]]).toEqual([type, written, read])
  })

  test('a moment without a zone is one of a Dutch clock, or of UTC where the source file says so', async () => {
    const type = name === 'PostgreSQL' ? 'timestamp' : 'datetime'
    const moment: Case = [type, "'2026-07-01 23:30:00'", 'datetime', undefined]
    const day: Case = [type, "'2026-07-01 23:30:00'", 'date', undefined]
    const dutch = await rowOf([moment, day])
    expect(scalars.datetime(dutch.c0)).toBe('2026-07-01T21:30:00.000000Z')
    expect(scalars.date(dutch.c1)).toBe('2026-07-01')
    const utc = await rowOf([moment, day], 'UTC')
    expect(scalars.datetime(utc.c0)).toBe('2026-07-01T23:30:00.000000Z')
    expect(scalars.date(utc.c1)).toBe('2026-07-02')
  })

  test('JSON becomes the fields that are stated of it, its numbers exact', async () => {
    const fields = { bedrag: { type: 'decimal', kind: 'none' }, soort: { type: 'text', kind: 'none' } }
    const json = `'{"bedrag": 0.123456789012345678901, "soort": "x"}'`
    const row = await rowOf([
      [name === 'PostgreSQL' ? 'json' : 'json', json, { fields }, undefined],
      ['varchar(100)', json, { fields }, undefined],
    ])
    for (const value of [row.c0, row.c1] as { bedrag: unknown; soort: unknown }[]) {
      expect(isLosslessNumber(value.bedrag) && value.bedrag.value).toBe('0.123456789012345678901')
      expect(value.soort).toBe('x')
    }
  })

  describe('what cannot land', () => {
    test('bytes are refused with what to do, and left alone where nobody states them', async () => {
      await source.execute(`create table wmo.foto (id integer primary key, beeld ${name === 'PostgreSQL' ? 'bytea' : 'blob'})`)
      await source.execute("insert into wmo.foto values (1, 'x')")
      const stream = (types: { [field: string]: string }) => ({ table: 'wmo.foto', key: 'id', record: record({ id: 'integer', ...types }) })
      await expect(rowsOf(source, stream({ beeld: 'text' }))).rejects.toThrow(/column 'beeld' is .*, which has no text.*have a view made/)
      expect(await rowsOf(source, stream({}))).toEqual([{ id: '1' }])
    })

    test('a column without a kind is not asked for', async () => {
      const stream = {
        table: 'wmo.voorziening',
        key: 'voorziening_id',
        record: { ...record({ voorziening_id: 'integer' }), bsn: { type: 'text' } },
      }
      await source.execute(`insert into wmo.voorziening values (1, '999990019', 'x', 1, null, null)`)
      expect(await rowsOf(source, stream)).toEqual([{ voorziening_id: '1' }])
    })
  })
})
