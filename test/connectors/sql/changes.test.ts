import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { JsonObject } from '../../../connectors/connector.js'
import type { SqlSource } from '../../sources/sql/source.js'
import { checkpointOf, type OpenSource, readStream, recordsIn } from '../reading.js'
import { openRows, record } from './reading.js'
import { onEachServer } from './servers.js'

onEachServer((start, name) => {
  const moment = name === 'PostgreSQL' ? 'timestamp' : 'datetime(6)'
  let source: SqlSource
  let open: OpenSource
  beforeAll(async () => {
    source = await start()
  })
  afterAll(() => source?.stop())
  beforeEach(() =>
    source.execute(
      `create table wmo.log (id integer primary key, gewijzigd ${moment}, versie bigint); create index log_gewijzigd on wmo.log (gewijzigd);`,
    ),
  )
  afterEach(async () => {
    open.close()
    await source.execute('drop table wmo.log')
  })

  const begin = (cursor: string, overlap?: string, zone?: 'UTC') => {
    const changes: JsonObject = { cursor, ...(overlap !== undefined && { overlap }) }
    open = openRows(source, { table: 'wmo.log', key: 'id', changes, record: record({ id: 'integer' }) }, zone ? { zone } : {})
  }
  const put = (...rows: readonly (readonly [id: number, gewijzigd: string | null, versie?: number])[]) =>
    source.execute(
      rows
        .map(([id, gewijzigd, versie]) => {
          const values = `${id}, ${gewijzigd === null ? 'null' : `'${gewijzigd}'`}, ${versie ?? 'null'}`
          return `delete from wmo.log where id = ${id}; insert into wmo.log values (${values});`
        })
        .join(' '),
    )
  const full = async () => checkpointOf(open.stream('rijen'), await readStream(open, 'rijen'))
  const changed = async (checkpoint: string | undefined) => {
    const read = await readStream(open, 'rijen', { reading: 'changes', checkpoint })
    expect(read.every(({ end }) => end.complete === false)).toBe(true)
    return { ids: recordsIn(read).map(({ id }) => Number(id)), checkpoint: checkpointOf(open.stream('rijen'), read) }
  }

  test('a checkpoint is the greatest moment of the table, to the last digit, and what is later is read', async () => {
    begin('gewijzigd', 'PT0S', 'UTC')
    await put([1, '2026-03-01 10:00:00.000001'], [2, '2026-03-01 10:00:00.000002'])
    const checkpoint = await full()
    expect(checkpoint).toBe('2026-03-01 10:00:00.000002')
    await put([3, '2026-03-01 10:00:00.000003'])
    expect(await changed(checkpoint)).toEqual({ ids: [2, 3], checkpoint: '2026-03-01 10:00:00.000003' })
  })

  test('rows with the very moment of the checkpoint are read again, and one that was committed after it within the overlap', async () => {
    begin('gewijzigd', undefined, 'UTC')
    await put([1, '2026-03-01 10:00:00'], [2, '2026-03-01 09:00:00'])
    const checkpoint = await full()
    await put([3, '2026-03-01 10:00:00'], [4, '2026-03-01 09:56:00'], [5, '2026-03-01 09:54:00'])
    expect((await changed(checkpoint)).ids.sort()).toEqual([1, 3, 4])
  })

  test('a chunk that ends between rows of one moment loses none of them', async () => {
    begin('gewijzigd', undefined, 'UTC')
    await put([1, '2026-03-01 09:00:00'])
    const checkpoint = await full()
    const ids = Array.from({ length: 4_500 }, (_, n) => n + 2)
    await source.execute(`insert into wmo.log values ${ids.map((id) => `(${id}, '2026-03-01 10:00:00', null)`).join(', ')}`)
    expect((await changed(checkpoint)).ids.filter((id) => id > 1)).toEqual(ids)
  })

  test('rows without a moment are read by every reading', async () => {
    begin('gewijzigd', undefined, 'UTC')
    await put([1, '2026-03-01 10:00:00'])
    const checkpoint = await full()
    await put([2, null], [3, '2026-03-01 11:00:00'])
    const first = await changed(checkpoint)
    expect(first.ids.sort()).toEqual([1, 2, 3])
    expect((await changed(first.checkpoint)).ids.sort()).toEqual([2, 3])
  })

  test('a row that is dated in a year to come moves no checkpoint, so that it hides no change', async () => {
    begin('gewijzigd', undefined, 'UTC')
    await put([1, '2026-03-01 10:00:00'], [2, '9999-12-31 00:00:00'])
    const checkpoint = await full()
    expect(checkpoint).toMatch(/^2026-03-01 10:00:00/)
    await put([3, '2026-03-01 11:00:00'])
    const after = await changed(checkpoint)
    expect(after.ids.sort()).toEqual([1, 2, 3])
    expect(after.checkpoint).toMatch(/^2026-03-01 11:00:00/)
  })

  test('on the night on which a Dutch clock is set back, what is written in its second 02:05 is not lost', async () => {
    begin('gewijzigd')
    await put([1, '2025-10-26 02:59:00'])
    const checkpoint = await full()
    await put([2, '2025-10-26 02:05:00'])
    expect((await changed(checkpoint)).ids).toEqual([2, 1])
  })

  test('a checkpoint does not go back when the row that had it is deleted, nor when the table is empty', async () => {
    begin('gewijzigd', undefined, 'UTC')
    await put([1, '2026-03-01 10:00:00'], [2, '2026-03-01 11:00:00'])
    const checkpoint = await full()
    await source.execute('delete from wmo.log where id = 2')
    expect((await changed(checkpoint)).checkpoint).toBe(checkpoint)
    await source.execute('delete from wmo.log')
    expect(await changed(checkpoint)).toEqual({ ids: [], checkpoint })
  })

  test('a table in which nothing has a moment gives no checkpoint, so that it is read in full', async () => {
    begin('gewijzigd')
    await put([1, null])
    expect(await full()).toBeUndefined()
  })

  test('a number grows exactly, with as much overlap as is stated', async () => {
    begin('versie', '2')
    await put([1, null, 9_007_199_254_740_990])
    await source.execute('update wmo.log set versie = 9007199254740993')
    const checkpoint = await full()
    expect(checkpoint).toBe('9007199254740993')
    await source.execute('insert into wmo.log values (2, null, 9007199254740994), (3, null, 9007199254740991), (4, null, 9007199254740990)')
    const { ids, checkpoint: after } = await changed(checkpoint)
    expect(ids).toEqual([3, 1, 2])
    expect(after).toBe('9007199254740994')
  })

  test('an overlap that does not go with its cursor is refused in words', async () => {
    begin('versie', '1 day')
    await put([1, null, 5])
    await expect(changed('5')).rejects.toThrow(/overlap '1 day' does not go with the cursor 'versie'.*Give a whole number/)
  })

  test('what changes while it is read is read, now or by the next reading', async () => {
    begin('gewijzigd', 'PT0S', 'UTC')
    const ids = Array.from({ length: 2_500 }, (_, n) => n + 1)
    await source.execute(`insert into wmo.log values ${ids.map((id) => `(${id}, '2026-03-01 10:00:00', null)`).join(', ')}`)
    const stream = open.stream('rijen')
    const context = {
      ...open.context('rijen'),
      reading: 'full' as const,
      checkpoint: undefined,
      where: [],
      known: { keys: () => undefined, keysOf: () => undefined },
    }
    const [slice] = await stream.slices(context)
    const reading = stream.read({ ...context, slice: slice!, cursor: undefined })
    await reading.next()
    await put([1, '2026-03-02 10:00:00'])
    let end = await reading.next()
    while (!end.done) end = await reading.next()
    expect((await changed(end.value.checkpoint)).ids).toContain(1)
  })
})
