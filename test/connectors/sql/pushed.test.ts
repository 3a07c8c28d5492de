import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PushedCondition } from '../../../connectors/connector.js'
import type { SqlSource } from '../../sources/sql/source.js'
import { sliceContext } from '../reading.js'
import { openRows, record } from './reading.js'
import { onEachServer } from './servers.js'

onEachServer((start, name) => {
  let source: SqlSource
  beforeAll(async () => {
    source = await start()
    const moment = name === 'PostgreSQL' ? 'timestamp' : 'datetime'
    await source.execute(
      `
      create table wmo.keuze (id integer primary key, "soortCode" varchar(20), aantal integer, dag date, moment ${moment});
      insert into wmo.keuze values
        (1, 'B0337', 1, '2026-01-01', '2026-01-01 00:30:00'),
        (2, 'B0338', 2, '2026-06-01', '2026-06-01 00:30:00'),
        (3, null, null, null, null),
        (4, '0003', 40, '2026-12-31', '2026-12-31 23:30:00');`.replaceAll('"', name === 'PostgreSQL' ? '"' : '`'),
    )
    // Older versions of MySQL stored so that there is no date.
    if (name === 'MariaDB')
      await source.execute(`set session sql_mode = ''; insert into wmo.keuze values (5, 'x', 5, '0000-00-00', '0000-00-00')`)
  })
  afterAll(() => source?.stop())

  async function idsWhere(...where: PushedCondition[]): Promise<number[]> {
    const types = { id: 'integer', soortCode: 'text', aantal: 'integer', dag: 'date', moment: 'datetime' }
    const open = openRows(source, { table: 'wmo.keuze', key: 'id', record: record(types) })
    for (const condition of where) expect(open.streams.rijen!.pushDown).toHaveProperty(condition.column)
    const context = { ...sliceContext(open, 'rijen', {}), where }
    const [slice] = await open.stream('rijen').slices(context)
    const pages = open.stream('rijen').read({ ...context, slice: slice!, cursor: undefined })
    const read = []
    for await (const { records } of pages) read.push(...records)
    open.close()
    return read.map(({ id }) => Number(id))
  }

  test('what every dataset wants is asked of the server: a code, no value, a range', async () => {
    expect(await idsWhere({ column: 'soort_code', in: ['B0337', '0003'] })).toEqual([1, 4])
    expect(await idsWhere({ column: 'soort_code', is: null })).toEqual([3])
    expect(await idsWhere({ column: 'aantal', from: '2' }, { column: 'aantal', to: '39' })).toEqual(name === 'MariaDB' ? [2, 5] : [2])
    expect(await idsWhere({ column: 'dag', from: '2026-01-02', to: '2026-12-31' })).toEqual([2, 4])
  })

  test('no value is asked for with what stands for none', async () => {
    expect(await idsWhere({ column: 'dag', is: null })).toEqual(name === 'MariaDB' ? [3, 5] : [3])
  })

  test('a value that the column cannot hold is equal to none of its rows, and no error', async () => {
    expect(await idsWhere({ column: 'aantal', in: ['geen', '2'] })).toEqual([2])
    expect(await idsWhere({ column: 'aantal', in: ['99999999999999999999'] })).toEqual([])
    expect(await idsWhere({ column: 'aantal', in: ['geen'] })).toEqual([])
  })

  test('a moment in UTC is compared with that of a Dutch clock, and nothing within it is left out', async () => {
    expect(await idsWhere({ column: 'moment', from: '2025-12-31T23:30:00.000000Z', to: '2026-05-31T22:30:00.000000Z' })).toEqual([1, 2])
    expect(await idsWhere({ column: 'moment', from: '2026-06-02T00:00:00.000000Z' })).toEqual([4])
  })

  test('a date that a table keeps as text is not compared as one', async () => {
    const open = openRows(source, { table: 'wmo.keuze', key: 'id', record: record({ id: 'integer', soortCode: 'date' }) })
    const context = { ...sliceContext(open, 'rijen', {}), where: [{ column: 'soort_code', from: '2026-01-01' }] }
    const [slice] = await open.stream('rijen').slices(context)
    const pages = open.stream('rijen').read({ ...context, slice: slice!, cursor: undefined })
    const { value } = await pages.next()
    expect((value as { records: unknown[] }).records).toHaveLength(name === 'MariaDB' ? 5 : 4)
    await pages.return({ complete: false })
    open.close()
  })
})
