import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SourceRefused, SourceUnavailable } from '../../connectors/errors.js'
import { type FilesOptions, openFiles } from '../../connectors/source-files.js'
import { impatientClock } from './loopback.js'
import { textOf } from './place.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gemaal-folder-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const client = (more: Partial<FilesOptions> = {}) => openFiles({ source: 'probe', baseUrl: pathToFileURL(folder).href, ...more })

async function put(path: string, content: string | Uint8Array = 'x', changedAt = new Date(Date.now() - 60_000)): Promise<void> {
  await mkdir(join(folder, path, '..'), { recursive: true })
  await writeFile(join(folder, path), content)
  await utimes(join(folder, path), changedAt, changedAt)
}

const paths = async (patterns?: string[], files = client()) => (await files.list(patterns)).map(({ path }) => path)

describe('a listing of a folder', () => {
  test('has its files by path, without hidden ones and those of an upload that goes on', async () => {
    for (const path of ['b.csv', 'a/c.csv', '.verborgen/x.csv', '.x.csv', 'd.csv.part', 'e.tmp', 'f.csv.filepart']) await put(path)
    expect((await client().list()).map(({ path, size }) => ({ path, size }))).toEqual([
      { path: 'a/c.csv', size: 1 },
      { path: 'b.csv', size: 1 },
    ])
  })

  test('has what a pattern asks for and looks into no deeper folder', async () => {
    for (const path of ['a/1.csv', 'a/2.txt', 'a/oud/3.csv', 'b/4.csv']) await put(path)
    expect(await paths(['a/*.csv'])).toEqual(['a/1.csv'])
    expect(await paths(['a/**/*.csv'])).toEqual(['a/1.csv', 'a/oud/3.csv'])
    expect(await paths(['*/[34].csv', 'a/2.txt'])).toEqual(['a/2.txt', 'b/4.csv'])
    expect(await paths(['{a/1,b/{3,4}}.csv'])).toEqual(['a/1.csv', 'b/4.csv'])
  })

  test.each([
    'export (1).csv',
    'levering + naam.csv',
    "d'Hondt & co.csv",
    'café €.csv',
    '100% %41.csv',
    'x#y?.csv',
    '-rf.csv',
    'regel\neinde.csv',
  ])('has a file named %j, which can be read', async (name) => {
    await put(`map/${name}`, 'inhoud')
    expect(await paths(['map/*'])).toEqual([`map/${name}`])
    expect(await textOf(client().read(`map/${name}`))).toBe('inhoud')
  })

  test('has ten thousand files', async () => {
    await mkdir(join(folder, 'veel'))
    for (let at = 0; at < 10_000; at += 500)
      await Promise.all(Array.from({ length: 500 }, (_, n) => writeFile(join(folder, 'veel', `${at + n}.csv`), '')))
    expect(await client({ settleMs: 0 }).list(['veel/*.csv'])).toHaveLength(10_000)
  })

  test('of a folder with nothing in it, as a share that is not mounted, is no empty listing', async () => {
    await expect(client().list()).rejects.toThrow(SourceUnavailable)
    await put('anders/x.csv')
    await mkdir(join(folder, 'share'))
    await expect(client().list(['share/*.csv'])).rejects.toThrow(/A share that is not mounted looks so too/)
    await expect(client().list(['weg/*.csv'])).rejects.toThrow(/whether the share is mounted/)
  })

  test('is empty where other files are there, or a hidden one says that it may be', async () => {
    await put('map/x.txt')
    expect(await paths(['map/*.csv'])).toEqual([])
    await put('leeg/.keep')
    expect(await paths(['leeg/*.csv'])).toEqual([])
  })

  test('by a pattern that leads out is refused', async () => {
    await put('a.csv')
    for (const pattern of ['../*.csv', '/etc/*', 'a/../../b']) await expect(client().list([pattern])).rejects.toThrow(SourceRefused)
  })
})

describe('a file that may still be written', () => {
  test('is waited for until it has come to rest', async () => {
    const changedAt = new Date()
    await put('a.csv', 'x', changedAt)
    const error = await client()
      .list()
      .catch((caught) => caught)
    expect(error).toBeInstanceOf(SourceUnavailable)
    expect(error.retryAt.getTime()).toBeCloseTo(changedAt.getTime() + 30_000, -3)
    expect(await paths(undefined, client({ settleMs: 0 }))).toEqual(['a.csv'])
  })

  test('keeps no stream waiting that does not ask for it', async () => {
    await put('a/1.csv')
    await put('b/2.csv', 'x', new Date())
    expect(await paths(['a/*.csv'])).toEqual(['a/1.csv'])
  })

  test('of a share whose clock is ahead has come to rest when it did not change for as long', async () => {
    let now = Date.now()
    const files = client({ clock: { ...impatientClock, now: () => new Date(now) } })
    await put('a.csv', 'x', new Date(now + 3_600_000))
    await expect(files.list()).rejects.toThrow(SourceUnavailable)
    now += 31_000
    expect(await paths(undefined, files)).toEqual(['a.csv'])
    await put('a.csv', 'xy', new Date(now + 3_600_000))
    await expect(files.list()).rejects.toThrow(SourceUnavailable)
  })

  test('is whole when its marker is there, however lately it came, and not by a marker of an earlier delivery', async () => {
    const files = client({ ready: '{file}.ok' })
    await put('a.csv', 'x', new Date())
    await expect(files.list(['*.csv'])).rejects.toThrow(/the marker that says that it is whole, 'a.csv.ok', is not/)
    await put('a.csv.ok', '', new Date(Date.now() - 3_600_000))
    await expect(files.list(['*'])).rejects.toThrow(/is older/)
    await put('a.csv.ok', '', new Date(Date.now() + 1))
    expect(await paths(['*'], files)).toEqual(['a.csv'])
  })
})

describe('a file', () => {
  test('that changes while it is read is read again', async () => {
    await put('a.csv', 'x'.repeat(300_000))
    const reading = async () => {
      for await (const _ of client().read('a.csv')) await put('a.csv', 'anders', new Date())
    }
    await expect(reading()).rejects.toThrow(/was changed while it was read/)
  })

  test('that is replaced by one of the same size and time is another version', async () => {
    const at = new Date(Date.now() - 60_000)
    await put('a.csv', 'een', at)
    const [before] = await client().list()
    await put('b.csv', 'twe', at)
    await rename(join(folder, 'b.csv'), join(folder, 'a.csv'))
    const [after] = await client().list()
    expect(after).toMatchObject({ size: before!.size, changedAt: before!.changedAt })
    expect(after!.version).not.toBe(before!.version)
  })

  test('that is opened gives its bytes in any order, until it is another one', async () => {
    await put('a.bin', '0123456789')
    const open = await client().open('a.bin')
    expect(open.size).toBe(10)
    expect(Buffer.from(await open.bytes(7, 10)).toString()).toBe('789')
    expect(Buffer.from(await open.bytes(0, 2)).toString()).toBe('01')
    expect(await open.bytes(3, 3)).toHaveLength(0)
    await put('a.bin', '9876543210', new Date())
    await expect(open.bytes(0, 2)).rejects.toThrow(SourceUnavailable)
  })

  test('outside is reached by no path and by no link', async () => {
    await symlink('/etc', join(folder, 'etc'))
    await put('a.csv')
    for (const path of ['../../etc/hostname', 'etc/hostname']) await expect(client().checksum(path)).rejects.toThrow(SourceRefused)
    await expect(client().list()).rejects.toThrow(SourceRefused)
    await symlink(join(folder, 'a.csv'), join(folder, 'b.csv'))
    await rm(join(folder, 'etc'))
    expect(await paths()).toEqual(['a.csv', 'b.csv'])
  })

  test('that is not there says what to check', async () => {
    await put('a.csv')
    await expect(client().checksum('weg.csv')).rejects.toThrow(SourceUnavailable)
    await expect(client({ baseUrl: pathToFileURL(join(folder, 'weg')).href }).list()).rejects.toThrow(/whether the share is mounted/)
  })

  test('is not read on when the run is cancelled', async () => {
    await put('a.csv', 'x'.repeat(300_000))
    const stop = new AbortController()
    const reading = async () => {
      for await (const _ of client().of({ signal: stop.signal }).read('a.csv')) stop.abort(new Error('afgebroken'))
    }
    await expect(reading()).rejects.toThrow('afgebroken')
  })
})
