import { afterAll, beforeAll, expect, test } from 'vitest'
import { SourceRefused } from '../../../connectors/errors.js'
import type { SqlSource } from '../../sources/sql/source.js'
import { readSlice, readStream, recordsIn, sliceContext } from '../reading.js'
import { openRows, record, rowsOf } from './reading.js'
import { onEachServer } from './servers.js'

onEachServer((start, name) => {
  const isPostgres = name === 'PostgreSQL'
  let source: SqlSource
  beforeAll(async () => {
    source = await start()
  })
  afterAll(() => source?.stop())

  const texts = (rows: readonly { [field: string]: unknown }[], field: string) => rows.map((row) => String(row[field]))
  const insert = (table: string, keys: readonly string[]) =>
    source.execute(`insert into wmo.${table} values ${keys.map((key) => `('${key}')`).join(', ')}`)

  test('texts that the server takes for equal are all read, also where a chunk ends between them', async () => {
    const loose = isPostgres ? 'collate wmo.los' : 'collate utf8mb4_general_ci'
    if (isPostgres) await source.execute(`create collation wmo.los (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`)
    await source.execute(`create table wmo.los (code varchar(20) ${loose}); create view wmo.los_gezien as select code from wmo.los`)
    // The one that comes first moves each pair across the end of a chunk.
    const keys = ['a', ...Array.from({ length: 1_100 }, (_, n) => [`b${n}x`, `B${n}X`]).flat(), 'z', 'Z', ...(isPostgres ? [] : ['z '])]
    await insert('los', keys)
    const rows = await rowsOf(source, { table: 'wmo.los_gezien', key: 'code', record: record({ code: 'text' }) })
    expect(texts(rows, 'code').sort()).toEqual([...keys].sort())
  })

  test('keys are walked in the order of the server, whatever it is for text, numbers and UUIDs', async () => {
    await source.execute(`
      create table wmo.namen (naam varchar(40) primary key);
      create table wmo.nummers (nummer decimal(20,4) primary key);
      create table wmo.kenmerken (kenmerk uuid primary key)`)
    const namen = Array.from({ length: 2_500 }, (_, n) => ['Ål', 'zee', 'Zee', '-é', 'ij', 'IJ', '10', '9'][n % 8]! + n)
    const nummers = Array.from({ length: 2_500 }, (_, n) => `${(n - 1_250) * 7}.${String(n % 10_000).padStart(4, '0')}`)
    const kenmerken = Array.from(
      { length: 2_500 },
      (_, n) => `${((n * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0')}-0000-4000-8000-${String(n).padStart(12, '0')}`,
    )
    await insert('namen', namen)
    await insert('nummers', nummers)
    await insert('kenmerken', kenmerken)
    for (const [table, key, type, keys] of [
      ['namen', 'naam', 'text', namen],
      ['nummers', 'nummer', 'decimal', nummers],
      ['kenmerken', 'kenmerk', 'uuid', kenmerken],
    ] as const) {
      const rows = await rowsOf(source, { table: `wmo.${table}`, key, record: record({ [key]: type }) })
      expect(texts(rows, key).sort()).toEqual([...keys].sort())
    }
  })

  test('codes of which the server knows an order are walked in the one by which it compares them', async () => {
    const codes = ['zeer', 'matig', 'a', 'licht', 'b']
    const list = codes.map((code) => `'${code}'`).join(', ')
    if (isPostgres) await source.execute(`create type wmo.code as enum (${list})`)
    await source.execute(`create table wmo.gecodeerd (code ${isPostgres ? 'wmo.code' : `enum(${list})`}, n integer, primary key (code, n))`)
    const rows = codes.flatMap((code) => Array.from({ length: 150 }, (_, n) => `('${code}', ${n})`))
    await source.execute(`insert into wmo.gecodeerd values ${rows.join(', ')}`)
    const read = await rowsOf(source, { table: 'wmo.gecodeerd', key: ['code', 'n'], record: record({ code: 'text', n: 'integer' }) })
    expect(read.map(({ code, n }) => `('${code}', ${n})`).sort()).toEqual([...rows].sort())
  })

  test('a large table is cut into slices of rows as many, which together are the table, and each goes on from its cursors', async () => {
    const rows = 256_000
    await source.execute(
      isPostgres
        ? `create table wmo.groot (id uuid primary key); insert into wmo.groot select md5(n::text)::uuid from generate_series(1, ${rows}) n`
        : `create table wmo.groot (id char(36) primary key); insert into wmo.groot select md5(seq) from wmo.seq_1_to_${rows}`,
    )
    const open = openRows(source, { table: 'wmo.groot', key: 'id', record: record({ id: isPostgres ? 'uuid' : 'text' }) })
    const slices = await open.stream('rijen').slices(sliceContext(open, 'rijen', {}))
    expect(slices.map((slice) => slice.name)).toEqual(['part 1', 'part 2'])
    const seen = new Set<unknown>()
    for (const slice of slices) {
      const { pages, end } = await readSlice(open, 'rijen', slice)
      expect(end.complete).toBe('all')
      for (const { records } of pages) for (const { id } of records) seen.add(id)
      const rest = await readSlice(open, 'rijen', slice, {}, pages.at(-3)!.cursor!)
      expect(recordsIn([rest])).toEqual(recordsIn([{ slice, pages: pages.slice(-2), end }]))
    }
    expect(seen.size).toBe(rows)
    open.close()
  })

  test('a table of which the key says something of a person is one slice: slices are kept', async () => {
    const key = { table: 'wmo.groot', key: 'id' }
    const open = openRows(source, { ...key, record: { id: { type: isPostgres ? 'uuid' : 'text', kind: 'identificatie' } } })
    const slices = await open.stream('rijen').slices(sliceContext(open, 'rijen', {}))
    expect(slices.map((slice) => slice.name)).toEqual(['all'])
    open.close()
  })

  test('a key of two columns in another order than its index is read along the index, and whole', async () => {
    await source.execute('create table wmo.paren (a integer, b varchar(10), primary key (a, b))')
    const pairs = Array.from({ length: 50 }, (_, a) => Array.from({ length: 50 }, (_, b) => `(${a}, '${b}')`)).flat()
    await source.execute(`insert into wmo.paren values ${pairs.join(', ')}`)
    const rows = await rowsOf(source, { table: 'wmo.paren', key: ['b', 'a'], record: record({ a: 'integer', b: 'text' }) })
    expect(new Set(rows.map(({ a, b }) => `(${a}, '${b}')`))).toEqual(new Set(pairs))
    expect(rows).toHaveLength(pairs.length)
  })

  test('rows of a view without a key are told and not lost in silence; the others are read', async () => {
    await source.execute(
      'create table wmo.gaten (nummer integer, tekst varchar(10)); create view wmo.gaten_gezien as select * from wmo.gaten',
    )
    await source.execute(`insert into wmo.gaten values (null, 'a'), (null, 'b'), (1, 'c'), (2, 'd')`)
    const open = openRows(source, { table: 'wmo.gaten_gezien', key: 'nummer', record: record({ nummer: 'integer', tekst: 'text' }) })
    const read = await readStream(open, 'rijen')
    expect(recordsIn(read).map(({ tekst }) => tekst)).toEqual(['c', 'd'])
    expect(read[0]!.pages.flatMap(({ unreadable = [] }) => unreadable)).toEqual([{ key: null, reason: '2 rows have no nummer' }])
    open.close()
  })

  test('rows that share a key that is none all come, and too many of them are an error that says so', async () => {
    await source.execute('create table wmo.dubbel (nummer integer, tekst varchar(10))')
    const rows = [
      ...Array.from({ length: 499 }, (_, n) => [n, 'x']),
      ...Array.from({ length: 700 }, (_, n) => [499, `y${n}`]),
      [3_000, 'd'],
    ]
    await source.execute(`insert into wmo.dubbel values ${rows.map(([n, t]) => `(${n}, '${t}')`).join(', ')}`)
    const stream = { table: 'wmo.dubbel', key: 'nummer', record: record({ nummer: 'integer', tekst: 'text' }) }
    expect((await rowsOf(source, stream)).map(({ tekst }) => tekst).sort()).toEqual(rows.map(([, t]) => t).sort())
    await source.execute(`insert into wmo.dubbel values ${Array.from({ length: 2_100 }, () => "(4000, 'e')").join(', ')}`)
    await expect(rowsOf(source, stream)).rejects.toThrow(/more than 2000 rows have one key.*State further columns/)
  })

  test('a key that would land in another spelling than the table has is refused', async () => {
    const stream = { table: 'wmo.namen', key: 'naam', record: record({ naam: 'integer' }) }
    await expect(rowsOf(source, stream)).rejects.toThrow(SourceRefused)
    await expect(rowsOf(source, stream)).rejects.toThrow(/the key 'naam' is stated as integer, and is .*State it as text/)
  })

  test('by key, a text that is equal to the server and written otherwise is gone, and so is what the column cannot hold', async () => {
    await source.execute(`create table wmo.codes (code varchar(10) primary key, nummer integer unique)`)
    await source.execute(`insert into wmo.codes values ('A1', 7)`)
    const byKey = async (key: string, type: string, asked: string[]) => {
      const open = openRows(source, { table: 'wmo.codes', key, record: record({ code: 'text', nummer: 'integer', [key]: type }) })
      const answers: string[] = []
      for await (const answer of open.stream('rijen').byKey!(
        open.context('rijen'),
        asked.map((each) => ({ [key]: each })),
      ))
        answers.push(`${answer.key[key]} ${'found' in answer ? 'found' : 'gone'}`)
      open.close()
      return answers
    }
    expect(await byKey('code', 'text', ['A1', 'a1', 'A1 ', 'A\u0000', 'x'.repeat(300)])).toEqual([
      'A1 found',
      'a1 gone',
      'A1  gone',
      'A\u0000 gone',
      `${'x'.repeat(300)} gone`,
    ])
    expect(await byKey('nummer', 'integer', ['7', '8', 'weg', '99999999999999999999', '7.5'])).toEqual([
      '7 found',
      '8 gone',
      'weg gone',
      '99999999999999999999 gone',
      '7.5 gone',
    ])
  })

  test('a row whose key changes behind our back is another record: the old key is gone, the new one comes with the next reading', async () => {
    await source.execute('create table wmo.verhuisd (id integer primary key)')
    await insert(
      'verhuisd',
      Array.from({ length: 4_500 }, (_, n) => String(n + 1)),
    )
    const open = openRows(source, { table: 'wmo.verhuisd', key: 'id', record: record({ id: 'integer' }) })
    const [slice] = await open.stream('rijen').slices(sliceContext(open, 'rijen', {}))
    const reading = open.stream('rijen').read({ ...sliceContext(open, 'rijen', {}), slice: slice!, cursor: undefined })
    const ids: unknown[] = []
    for (;;) {
      const next = await reading.next()
      if (next.done) break
      if (ids.length === 0)
        await source.execute(
          'update wmo.verhuisd set id = -1 where id = 4000; delete from wmo.verhuisd where id = 3; insert into wmo.verhuisd values (5000)',
        )
      ids.push(...next.value.records.map(({ id }) => id))
    }
    const expected = Array.from({ length: 4_500 }, (_, n) => String(n + 1)).filter((id) => id !== '4000')
    expect(ids).toEqual([...expected, '5000'])
    expect(recordsIn(await readStream(open, 'rijen')).map(({ id }) => id)).toContain('-1')
    open.close()
  })
})
