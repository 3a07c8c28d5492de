import { afterAll, beforeAll, expect, test } from 'vitest'
import { type EmbeddedPostgres, startPostgres } from '../../cli/embedded/postgres.js'
import { signal } from '../../cli/embedded/processes.js'
import { openFolder, type TestFolder } from '../support/folder.js'
import { openRunning, type Running, until } from '../support/running.js'
import { testBinaries } from '../support/settings.js'
import { openSmallDisk, type SmallDisk } from '../support/small-disk.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import { expectBalanced, expectZakenEqual } from './equal.js'

let disk: SmallDisk | undefined
let folder: TestFolder
let postgres: EmbeddedPostgres
let leaveIt: () => Promise<void>
let waterdam: Waterdam
let running: Running
const told: string[] = []
beforeAll(async () => {
  folder = await openFolder()
  disk = await openSmallDisk(180)
  postgres = await startPostgres({
    folder: disk?.path ?? folder.path,
    log: (line) => told.push(line),
    binaries: testBinaries,
    settings: { fsync: 'off', max_wal_size: '48MB', min_wal_size: '32MB' },
  })
  leaveIt = postgres.keepUp()
  waterdam = await openWaterdam({ zaken: 400 }, {}, { url: postgres.url, close: async () => {} })
  running = await openRunning(waterdam)
  await running.worker()
  expect((await running.run({ streams: ['zaken'], reading: 'full' })).status).toBe('synced')
})
afterAll(async () => {
  await disk?.room()
  await running?.close()
  await waterdam?.close()
  await leaveIt?.()
  await postgres?.stop()
  await disk?.remove()
  await folder.remove()
})

/** Rows find no room and are refused; the log has some left, until its next file cannot be made. */
async function useUpLog(): Promise<void> {
  for (let file = 0; file < 100; file++) {
    const ended = await waterdam.rows(`select pg_logical_emit_message(false, 'test', 'full'), pg_switch_wal()`).then(
      () => false,
      () => true,
    )
    if (ended) return
  }
}

test('27: on one machine whose disk is full Postgres ends by itself; when there is room it is started again, and the run ends', async () => {
  const { zgw } = waterdam
  zgw.addZaken(6_000)
  const held = zgw.hold({ list: 'zaken', nth: 2 })
  const run = await running.start({ streams: ['zaken'], reading: 'full' })
  await held.arrived
  if (disk) {
    await disk.fill(0)
    await useUpLog()
  }
  // Where nobody may mount, Postgres is ended as a full disk ends it.
  else signal(postgres.pid!, 'SIGABRT')
  held.release()
  await until(async () => told.some((line) => line.startsWith('Postgres ended by itself')), 'Postgres ends')
  await disk?.room()
  expect(await running.ended(run)).toMatchObject({ status: 'synced', message: null })
  await expectZakenEqual(waterdam)
  await expectBalanced(waterdam)
})
