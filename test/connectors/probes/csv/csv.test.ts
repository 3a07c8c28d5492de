import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openFiles } from '../../../../connectors/source-files.js'
import { type CsvFolder, openFolder, someProvisions } from '../../../sources/csv/folder.js'
import { checkpointOf, type OpenSource, openSource, readSlice, readStream, recordsIn, sliceContext, Warehouse } from '../../reading.js'
import connector from './connector.js'
import { provisions } from './provisions.js'

const name = 'voorzieningen'
let folder: CsvFolder
let source: OpenSource
beforeEach(async () => {
  folder = await openFolder()
  source = openSource(connector, {
    baseUrl: 'http://files.invalid',
    files: openFiles({ source: 'probe', baseUrl: pathToFileURL(folder.folder).href }),
    streams: { [name]: provisions },
  })
})
afterEach(async () => {
  source.close()
  await folder.stop()
})

const numbers = (read: Awaited<ReturnType<typeof readStream>>) => recordsIn(read).map(({ NUMMER }) => String(NUMMER))

describe('a folder of files', () => {
  test('is read a file a slice: zeros stay, and amounts and dates are read by what was stated', async () => {
    await folder.deliver('voorzieningen/noord.csv', someProvisions('1', 5))
    await folder.deliver('voorzieningen/zuid/2026.csv', someProvisions('2', 250))
    await folder.deliver('anders/oost.csv', someProvisions('3', 5))
    await folder.remove('anders/oost.csv')
    const read = await readStream(source, name)
    expect(read.map(({ slice }) => slice.name)).toEqual(['voorzieningen/noord.csv', 'voorzieningen/zuid/2026.csv'])
    expect(numbers(read).sort()).toEqual(folder.numbers().sort())
    expect(recordsIn(read).slice(0, 3)).toEqual([
      { NUMMER: '010000', BEDRAG: '9.99', INGANGSDATUM: '2026-03-01', OMSCHRIJVING: 'Scootmobiel; "snel"\nvoor café € 0' },
      { NUMMER: '010001', BEDRAG: '1234.56', INGANGSDATUM: '2026-03-02', OMSCHRIJVING: 'Hulp 1' },
      { NUMMER: '010002', BEDRAG: '1234', INGANGSDATUM: '2026-03-03', OMSCHRIJVING: 'Hulp 2' },
    ])
    expect(read.every(({ end }) => end.complete === 'all')).toBe(true)
  })

  test('in UTF-8 with a byte order mark has no mark in its first column', async () => {
    await folder.deliver('voorzieningen/noord.csv', someProvisions('1', 3), 'utf-8')
    const inUtf8 = openSource(connector, {
      baseUrl: 'http://files.invalid',
      files: openFiles({ source: 'probe', baseUrl: pathToFileURL(folder.folder).href }),
      streams: { [name]: { ...provisions, charset: 'utf-8' } },
    })
    expect(recordsIn(await readStream(inUtf8, name))[0]).toMatchObject({
      NUMMER: '010000',
      OMSCHRIJVING: 'Scootmobiel; "snel"\nvoor café € 0',
    })
    inUtf8.close()
  })

  test('gives only the files that are new or have other content, whatever their times say', async () => {
    await folder.deliver('voorzieningen/a.csv', someProvisions('1', 3))
    await folder.deliver('voorzieningen/b.csv', someProvisions('2', 3))
    const first = await readStream(source, name)
    const checkpoint = checkpointOf(source.stream(name), first)
    await folder.deliver('voorzieningen/a.csv', someProvisions('1', 3))
    await folder.deliver('voorzieningen/b.csv', someProvisions('2', 4))
    await folder.deliver('voorzieningen/c.csv', someProvisions('3', 1))
    const second = await readStream(source, name, { reading: 'changes', checkpoint })
    expect(second.map(({ slice }) => slice.name)).toEqual(['voorzieningen/b.csv', 'voorzieningen/c.csv'])
    expect(second.every(({ end }) => end.complete === false)).toBe(true)
    const third = await readStream(source, name, { reading: 'changes', checkpoint: checkpointOf(source.stream(name), second) })
    expect(numbers(third)).toEqual([])
    expect(source.stream(name).compare(checkpointOf(source.stream(name), third)!, checkpoint!)).toBeGreaterThanOrEqual(0)
  })

  test('after a file went, a full reading no longer has its records', async () => {
    const warehouse = new Warehouse(source)
    await folder.deliver('voorzieningen/a.csv', someProvisions('1', 3))
    await folder.deliver('voorzieningen/b.csv', someProvisions('2', 3))
    warehouse.publish(name, await readStream(source, name))
    await folder.remove('voorzieningen/a.csv')
    warehouse.publish(name, await readStream(source, name))
    expect(warehouse.keys(name)).toEqual(folder.numbers().map((NUMMER) => JSON.stringify({ NUMMER })))
  })

  test('goes on after the records that were read, and from the start of a file that was delivered anew', async () => {
    await folder.deliver('voorzieningen/a.csv', someProvisions('1', 250))
    const [slice] = await source.stream(name).slices(sliceContext(source, name, {}))
    const whole = await readSlice(source, name, slice!)
    const rest = await readSlice(source, name, slice!, {}, whole.pages[0]!.cursor!)
    expect(numbers([rest])).toEqual(numbers([whole]).slice(100))
    await folder.deliver('voorzieningen/a.csv', someProvisions('9', 250))
    expect(numbers([await readSlice(source, name, slice!, {}, whole.pages[0]!.cursor!)])).toHaveLength(250)
  })

  test('without files of the stream is a list without records', async () => {
    await folder.deliver('anders/oost.csv', someProvisions('3', 5))
    const read = await readStream(source, name)
    expect(numbers(read)).toEqual([])
    expect(read[0]!.end.complete).toBe('all')
  })
})

describe('numbers are read by the stated notation and never guessed', () => {
  test.each([
    [',', '9,99', '9.99'],
    [',', '1.234', '1234'],
    [',', '1.234,56', '1234.56'],
    [',', '9.99', '9.99'],
    ['.', '1,234.56', '1234.56'],
    ['.', '9,99', '9,99'],
    [',', 'n.v.t.', 'n.v.t.'],
  ])('with a decimal %s, %s is %s', async (decimal, written, read) => {
    await folder.put('voorzieningen/a.csv', `NUMMER;BEDRAG\n1;${written}\n`)
    const stated = openSource(connector, {
      baseUrl: 'http://files.invalid',
      files: openFiles({ source: 'probe', baseUrl: pathToFileURL(folder.folder).href }),
      streams: { [name]: { ...provisions, decimal } },
    })
    expect(recordsIn(await readStream(stated, name))[0]!.BEDRAG).toBe(read)
    stated.close()
  })
})
