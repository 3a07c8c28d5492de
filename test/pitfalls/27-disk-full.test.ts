import { chown, mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type EmbeddedPostgres, startPostgres } from '../../cli/embedded/postgres.js'
import { openFolder, type TestFolder } from '../support/folder.js'
import { openRunning, type Running, until } from '../support/running.js'
import { testBinaries } from '../support/settings.js'
import { openSmallDisk } from '../support/small-disk.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import { expectBalanced, expectZakenEqual } from './equal.js'

/** A warehouse that has no room when a test says so. */
interface TightPlace {
  url: string
  /** @param client in a transaction that keeps others from writing to `zaken.zaken` */
  fill(client: pg.ClientBase): Promise<void>
  /** The same while a stream is read. */
  fillStaging(waterdam: Waterdam): Promise<void>
  room(): Promise<void>
  close(): Promise<void>
}

let folder: TestFolder
let postgres: EmbeddedPostgres
beforeAll(async () => {
  folder = await openFolder()
  postgres = await startPostgres({ folder: folder.path, log: () => {}, binaries: testBinaries, settings: { fsync: 'off' } })
})
afterAll(async () => {
  await postgres.stop()
  await folder.remove()
})

async function execute(sql: string, url = postgres.url): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(sql).finally(() => client.end())
}

function urlOf(database: string): string {
  const url = new URL(postgres.url)
  url.pathname = `/${database}`
  return url.href
}

const megabytes = 96
/** Enough for what a run says of itself, not for what it publishes. */
const leave = 64 * 1024

/** The whole database, with its control tables and temporary files, is on a disk of its own; the WAL is not. */
async function onSmallDisk(): Promise<TightPlace | undefined> {
  const disk = await openSmallDisk(megabytes)
  if (!disk) return undefined
  const place = join(disk.path, 'tablespace')
  await mkdir(place)
  const { uid, gid } = await stat(join(folder.path, 'postgres', 'data'))
  await chown(place, uid, gid)
  await execute(`create tablespace small location '${place}'`)
  await execute('create database small template template0 tablespace small')
  return {
    url: urlOf('small'),
    fill: () => disk.fill(leave),
    fillStaging: () => disk.fill(leave),
    room: disk.room,
    async close() {
      await execute('drop database small with (force)')
      await execute('drop tablespace small')
      await disk.remove()
    },
  }
}

async function refuse(client: pg.ClientBase | pg.Pool, table: string): Promise<void> {
  await client.query(
    `create sequence public.written;
     create function public.no_room() returns trigger language plpgsql as
       $$ begin if nextval('public.written') % 5 = 0 then raise exception 'no space left on device' using errcode = 'disk_full'; end if; return new; end $$;
     create trigger no_room before insert or update on ${table} for each row execute function public.no_room()`,
  )
}

/** Where nobody may mount: Postgres itself says that the disk is full, after some rows of the merge, by a trigger. */
async function withoutDisk(): Promise<TightPlace> {
  await execute('create database tight template template0')
  const url = urlOf('tight')
  return {
    url,
    fill: (client) => refuse(client, 'zaken.zaken'),
    fillStaging: async ({ warehouse }) => {
      const { rows } = await warehouse.pool.query(`select max(id) as id from gemaal.dataset_runs where dataset = 'zaken.zaken'`)
      await refuse(warehouse.pool, `staging.d${rows[0].id}`)
    },
    room: () => execute('drop function if exists public.no_room cascade; drop sequence if exists public.written', url),
    close: () => execute('drop database tight with (force)'),
  }
}

describe.each([
  ['on a disk of its own, or as Postgres says it where nobody may mount', async () => (await onSmallDisk()) ?? withoutDisk()],
  ['as Postgres says it', withoutDisk],
])('27: the disk of the warehouse is full (%s)', (_, open) => {
  let place: TightPlace
  let waterdam: Waterdam
  let running: Running
  beforeAll(async () => {
    place = await open()
    waterdam = await openWaterdam({ zaken: 400, broken: 0.1 }, {}, { url: place.url, close: async () => {} })
    running = await openRunning(waterdam)
    await running.worker()
    expect((await running.run({ streams: ['zaken'], reading: 'full' })).status).toBe('synced')
  })
  afterEach(() => place.room())
  afterAll(async () => {
    await running.close()
    await waterdam.close()
    await place.close()
  })

  /** All that a publish changes. */
  const published = () =>
    Promise.all(
      [
        'select * from zaken.zaken order by uuid',
        'select * from zaken.zaken_deleted order by uuid',
        `select id, key, closed_at, times_seen from gemaal.quarantine where dataset = 'zaken.zaken' order by id`,
        `select checkpoint, full_at, run_id from gemaal.checkpoints where dataset = 'zaken.zaken'`,
        `select run_id, rule, count from gemaal.findings where dataset = 'zaken.zaken' order by 1, 2`,
      ].map((sql) => waterdam.rows(sql)),
    )
  const account = async () =>
    (
      await waterdam.rows<{ status: string; error_code: string; error_message: string }>(
        'select status, error_code, error_message from gemaal.stream_runs order by id desc limit 1',
      )
    )[0]!
  const slice = async () =>
    (await waterdam.rows<{ read: number }>('select read from gemaal.slices order by stream_run_id desc, number limit 1'))[0]!

  test('27: in the middle of a publish: nothing is half published, the run waits and says so, and it ends by itself when there is room', async () => {
    const { zgw } = waterdam
    zgw.applyChanges(80, 1)
    zgw.addZaken(1_500)
    const before = await published()
    // The publish may begin and look, and not write, until the disk is full.
    const blocker = await waterdam.warehouse.pool.connect()
    await blocker.query('begin')
    await blocker.query('lock table zaken.zaken in share mode')
    const run = await running.start({ streams: ['zaken'], reading: 'full' })
    await until(
      async () => (await waterdam.rows(`select from pg_locks where relation = 'zaken.zaken'::regclass and not granted`)).length > 0,
      'publish waits to write',
    )
    await place.fill(blocker)
    await blocker.query('commit')
    blocker.release()
    await until(async () => (await account()).status === 'waiting', 'the run waits')
    expect(await account()).toMatchObject({
      error_code: 'WarehouseUnavailable',
      error_message: 'publishing zaken.zaken: the warehouse says 53100 (disk full); it is tried again',
    })
    expect(await published()).toEqual(before)
    await place.room()
    expect(await running.ended(run)).toMatchObject({ status: 'synced', message: null })
    await expectZakenEqual(waterdam)
    await expectBalanced(waterdam)
  })

  test('27: while a stream is read: what was committed is kept, and the reading goes on from there when there is room', async () => {
    const { zgw } = waterdam
    zgw.addZaken(1_500)
    const held = zgw.hold({ list: 'zaken', nth: 4 })
    const run = await running.start({ streams: ['zaken'], reading: 'full' })
    await held.arrived
    await until(async () => (await slice()).read > 0, 'a batch is committed')
    const { read } = await slice()
    await place.fillStaging(waterdam)
    held.release()
    await until(async () => (await account()).status === 'waiting', 'the run waits')
    expect((await account()).error_message).toMatch(
      /^staging slice 'all' of stream run \d+: the warehouse says 53100 \(disk full\); it is tried again$/,
    )
    expect((await slice()).read).toBe(read)
    zgw.clearRequests()
    await place.room()
    expect(await running.ended(run)).toMatchObject({ status: 'synced', message: null })
    // What is in the committed batch was not asked for again.
    const asked = zgw.requests().filter((r) => r.path.endsWith('/zaken'))
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.filter((r) => !/[?&]page=\d/.test(r.search))).toEqual([])
    await expectZakenEqual(waterdam)
    await expectBalanced(waterdam)
  })
})

test('27: where a limit keeps publish from sorting, the run waits too, and ends by itself when the limit is gone', async () => {
  await execute('create database limited template template0')
  const waterdam = await openWaterdam({ zaken: 1_500 }, {}, { url: urlOf('limited'), close: async () => {} })
  const running = await openRunning(waterdam)
  try {
    await execute(`alter database limited set work_mem = '64kB'; alter database limited set temp_file_limit = '64kB'`)
    await running.workerProcess()
    const run = await running.start({ streams: ['zaken'], reading: 'full' })
    const said = async () =>
      (await waterdam.rows<{ said: string }>(`select error_message as said from gemaal.stream_runs where status = 'waiting'`))[0]?.said
    await until(async () => (await said()) !== undefined, 'the run waits')
    expect(await said()).toMatch(/the warehouse says 53400 \(.*\); it is tried again$/)
    expect(await waterdam.rows('select count(*)::int as n from zaken.zaken')).toEqual([{ n: 0 }])
    await execute('alter database limited reset all')
    expect(await running.ended(run)).toMatchObject({ status: 'synced', message: null })
    await expectZakenEqual(waterdam)
  } finally {
    await running.close()
    await waterdam.close()
  }
})
