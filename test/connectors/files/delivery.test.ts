import { describe, expect, test } from 'vitest'
import type { Checkpoint, JsonObject } from '../../../connectors/connector.js'
import { SourceUnavailable } from '../../../connectors/errors.js'
import { compareCheckpoints } from '../../../connectors/files/delivery.js'
import { checkpointOf, openSource, readSlice, readStream, recordsIn, sliceContext, Warehouse } from '../reading.js'
import { deliveries, type Folder, fields } from './folder.js'

const settings = (more: JsonObject = {}): JsonObject => ({
  files: '**/*.csv',
  format: 'csv',
  key: 'nr',
  record: fields({ nr: 'text', stand: 'text' }),
  ...more,
})
/** Lines `<nr>;<stand>`. */
const file = (...lines: string[]) => `nr;stand\n${lines.map((line) => `${line}\n`).join('')}`

const changesFrom = (folder: Folder, checkpoint: Checkpoint | undefined, more?: JsonObject) =>
  folder.read(settings(more), { reading: 'changes', checkpoint })
const keys = ({ records }: { records: readonly { [field: string]: unknown }[] }) => records.map(({ nr }) => nr)

describe('a snapshot', () => {
  test('is all files that match, in the order of their names, and nothing else', async () => {
    const folder = await deliveries()
    await folder.put('zuid/b.csv', file('3;x'))
    await folder.put('a.csv', file('1;x', '2;x'))
    await folder.put('a.txt', 'wat anders')
    await folder.put('.verborgen.csv', file('9;x'))
    const read = await folder.read(settings())
    expect({ keys: keys(read), complete: read.complete }).toEqual({ keys: ['1', '2', '3'], complete: 'all' })
  })

  test('of which nothing changed is not read again by what changed; a new time alone is no change', async () => {
    const folder = await deliveries()
    await folder.put('a.csv', file('1;x'), new Date('2026-01-01T10:00:00Z'))
    const first = await folder.read(settings())
    const second = await changesFrom(folder, first.checkpoint)
    expect({ keys: keys(second), complete: second.complete }).toEqual({ keys: [], complete: false })
    await folder.put('a.csv', file('1;x'), new Date('2026-01-02T10:00:00Z'))
    const third = await changesFrom(folder, second.checkpoint)
    expect(keys(third)).toEqual([])
    expect(compareCheckpoints(third.checkpoint, first.checkpoint)).toBeGreaterThanOrEqual(0)
  })

  test.each([
    ['other content under the same name', (folder: Folder) => folder.put('b.csv', file('2;nieuw'))],
    ['other content of the same size', (folder: Folder) => folder.put('b.csv', file('3;x'), new Date('2026-02-01T10:00:00Z'))],
    ['a file more', (folder: Folder) => folder.put('c.csv', file('3;x'))],
    ['a file less', (folder: Folder) => folder.remove('b.csv')],
  ])('is read whole by what changed when there is %s, so that what is gone is seen', async (_, change) => {
    const folder = await deliveries()
    await folder.put('a.csv', file('1;x'))
    await folder.put('b.csv', file('2;x'))
    const { checkpoint } = await folder.read(settings())
    await change(folder)
    const changed = await changesFrom(folder, checkpoint)
    expect(changed.complete).toBe('all')
    expect(keys(changed)).toEqual(keys(await folder.read(settings())))
  })

  test('without a file is waited for: that there is nothing, only a file can say', async () => {
    const folder = await deliveries()
    await folder.put('a.txt', 'x')
    await expect(folder.read(settings())).rejects.toThrow(/there is no file '\*\*\/\*\.csv'; it is waited for/)
    await expect(folder.read(settings())).rejects.toThrow(SourceUnavailable)
  })
})

describe('of deliveries that are each a whole', () => {
  test('the last by name counts, or by time where that is stated', async () => {
    const folder = await deliveries()
    await folder.put('2026-01.csv', file('1;x', '2;x'), new Date('2026-03-01T10:00:00Z'))
    await folder.put('2026-02.csv', file('1;y'), new Date('2026-02-01T10:00:00Z'))
    const byName = await folder.read(settings({ delivery: 'newest' }))
    expect({ keys: keys(byName), complete: byName.complete }).toEqual({ keys: ['1'], complete: 'all' })
    expect(keys(await folder.read(settings({ delivery: 'newest', order: 'time' })))).toEqual(['1', '2'])
  })

  test('an older one that comes or goes is no change', async () => {
    const folder = await deliveries()
    await folder.put('2026-01.csv', file('1;x'))
    await folder.put('2026-02.csv', file('1;y'))
    const { checkpoint } = await folder.read(settings({ delivery: 'newest' }))
    await folder.remove('2026-01.csv')
    await folder.put('2025-12.csv', file('1;z'))
    expect(keys(await changesFrom(folder, checkpoint, { delivery: 'newest' }))).toEqual([])
  })
})

describe('files that add', () => {
  const add = { delivery: 'append' }

  test('give by what changed only the files that are new or have other content, and never that a record is gone', async () => {
    const folder = await deliveries()
    await folder.put('1.csv', file('1;x'))
    await folder.put('2.csv', file('2;x'))
    const first = await folder.read(settings(add))
    expect({ keys: keys(first), complete: first.complete }).toEqual({ keys: ['1', '2'], complete: 'appended' })
    await folder.put('3.csv', file('3;x'))
    const second = await changesFrom(folder, first.checkpoint, add)
    expect({ keys: keys(second), complete: second.complete }).toEqual({ keys: ['3'], complete: false })
    await folder.remove('1.csv')
    await folder.put('2.csv', file('2;x'), new Date('2026-02-01T10:00:00Z'))
    expect(keys(await changesFrom(folder, second.checkpoint, add))).toEqual([])
    await folder.put('3.csv', file('3;anders', '4;x'))
    expect(keys(await changesFrom(folder, second.checkpoint, add))).toEqual(['3', '4'])
  })

  test('of a key that comes again the later file counts, also when the earlier one is delivered anew', async () => {
    const folder = await deliveries()
    const source = folder.source(settings(add))
    const warehouse = new Warehouse(source)
    const land = async (checkpoint?: string) => {
      const read = await readStream(source, 's', { warehouse, ...(checkpoint && { reading: 'changes' as const, checkpoint }) })
      warehouse.publish('s', read)
      return checkpointOf(source.stream('s'), read)
    }
    await folder.put('1.csv', file('1;oud', '2;oud'))
    await folder.put('2.csv', file('1;nieuw'))
    const checkpoint = await land()
    await folder.put('1.csv', file('1;oud', '2;hersteld'))
    await land(checkpoint)
    expect(warehouse.records('s')).toEqual([
      { nr: '1', stand: 'nieuw' },
      { nr: '2', stand: 'hersteld' },
    ])
  })

  test('by the thousand have a checkpoint under 8 KB, by which the last ones are known by content and the older ones by their time', async () => {
    const folder = await deliveries()
    const name = (at: number) => `d${String(at).padStart(5, '0')}.csv`
    for (let at = 0; at < 1200; at += 1) await folder.put(name(at), file(`${at};x`), new Date('2026-01-01T10:00:00Z'))
    const { checkpoint } = await folder.read(settings(add))
    expect(Buffer.byteLength(checkpoint)).toBeLessThan(8 * 1024)
    expect(keys(await changesFrom(folder, checkpoint, add))).toEqual([])
    // An old file that is moved away, a new one behind the last, and one among the last that came with an old time.
    await folder.remove(name(3))
    await folder.put(name(1200), file('1200;x'), new Date('2026-01-02T10:00:00Z'))
    const second = await changesFrom(folder, checkpoint, add)
    expect(keys(second)).toEqual(['1200'])
    await folder.put(name(1198), file('1198;anders'), new Date('2026-01-01T10:00:00Z'))
    expect(keys(await changesFrom(folder, second.checkpoint, add))).toEqual(['1198', '1199', '1200'])
    // An old one that is delivered anew: it and all behind it.
    await folder.put(name(1000), file('1000;anders'), new Date('2026-01-03T10:00:00Z'))
    await folder.put(name(10), file('10;anders'), new Date('2026-01-03T10:00:00Z'))
    expect(keys(await changesFrom(folder, second.checkpoint, add))).toHaveLength(1201 - 10)
  })

  test('without any file are a list without records', async () => {
    const folder = await deliveries()
    await folder.put('a.txt', 'x')
    expect(await folder.read(settings(add))).toMatchObject({ records: [], complete: 'appended' })
  })
})

describe('a reading that broke off', () => {
  test('goes on behind the lines that were read, and begins anew when other files are there', async () => {
    const folder = await deliveries()
    await folder.put('a.csv', file(...Array.from({ length: 1100 }, (_, at) => `a${at};x`)))
    await folder.put('b.csv', file('b;x'))
    const source = folder.source(settings())
    const [slice] = await source.stream('s').slices(sliceContext(source, 's', {}))
    const whole = await readSlice(source, 's', slice!)
    const cursor = whole.pages[1]!.cursor!
    expect(recordsIn([await readSlice(source, 's', slice!, {}, cursor)])).toEqual(recordsIn([whole]).slice(1000))
    await folder.put('b.csv', file('b;y'))
    expect(recordsIn([await readSlice(source, 's', slice!, {}, cursor)])).toHaveLength(1101)
  })

  test('still knows that a record could not be read', async () => {
    const folder = await deliveries()
    await folder.put('a.csv', file('1;x', 'te;veel;waarden', ...Array.from({ length: 600 }, (_, at) => `a${at};x`)))
    const source = folder.source(settings())
    const [slice] = await source.stream('s').slices(sliceContext(source, 's', {}))
    const { pages } = await readSlice(source, 's', slice!)
    expect((await readSlice(source, 's', slice!, {}, pages[0]!.cursor!)).end.complete).toBe(false)
  })
})

test('a source without files says what its address has to be', async () => {
  const { connector } = (await deliveries()).source(settings())
  const source = openSource(connector, { baseUrl: 'http://files.invalid', streams: { s: settings() } })
  await expect(readStream(source, 's')).rejects.toThrow(/its baseUrl is no place with files/)
  source.close()
})
