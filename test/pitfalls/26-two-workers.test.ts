import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { replacePseudonymKey } from '../../sql/pseudonym-keys.js'
import { fingerprintOf, newPseudonymKey, readPseudonymKey } from '../../worker/pseudonyms.js'
import { openFolder, type TestFolder } from '../support/folder.js'
import { openRunning, type Running } from '../support/running.js'
import { copySample, openWaterdam, type Waterdam } from '../support/waterdam.js'
import { expectBalanced, expectZakenEqual } from './equal.js'
import { openLists } from './lists.js'

/** The files that are not what the run began with: two contracts land a column less. */
const later = {
  'datasets/zaken/zaken.yaml':
    'from: open-zaak/zaken\nactivity: sturing-dienstverlening\nversion: 2.0.0\ncolumns: { communicatiekanaal_naam: drop }\n',
  'datasets/zaken/resultaten.yaml':
    'from: open-zaak/resultaten\nactivity: sturing-dienstverlening\nversion: 2.0.0\ncolumns: { resultaattype_uuid: drop }\n',
}
const gone = [
  ['zaken', 'communicatiekanaal_naam'],
  ['resultaten', 'resultaattype_uuid'],
] as const

let waterdam: Waterdam
let running: Running
let folders: { before: TestFolder; after: TestFolder }

beforeEach(async () => {
  waterdam = await openWaterdam({ zaken: 150, broken: 0 }, { 'datasets/wmo/zaken.yaml': undefined })
  running = await openRunning(waterdam)
  folders = { before: await openFolder(), after: await openFolder() }
  for (const { path } of Object.values(folders)) await copySample(path)
  for (const [path, text] of Object.entries(later)) await writeFile(join(folders.after.path, path), text)
})
afterEach(async () => {
  await running.close()
  await waterdam.close()
  await Promise.all(Object.values(folders).map((folder) => folder.remove()))
})

const workerWith = (folder: TestFolder) => running.workerProcess({ GEMAAL_PROJECT: folder.path })
const streams = ['zaken', 'statussen', 'resultaten']
const columns = async (table: string) =>
  (
    await waterdam.rows<{ name: string }>(
      `select column_name as name from information_schema.columns where table_schema = 'zaken' and table_name = $1`,
      [table],
    )
  ).map((c) => c.name)
const filled = async (table: string, column: string) =>
  (await waterdam.rows<{ n: number }>(`select count(${column})::int as n from zaken.${table}`))[0]!.n
const digests = () =>
  waterdam.rows(
    'select r.id, r.digest as run, array_agg(distinct s.digest) as streams from gemaal.runs r join gemaal.stream_runs s on s.run_id = r.id group by r.id order by r.id',
  )

describe('26: two workers have different files of the project', () => {
  test('26: a run that one began and the other ends lands what was applied, whatever stands on their disks', async () => {
    const one = await workerWith(folders.before)
    const held = waterdam.zgw.hold({ list: 'zaken', nth: 2 })
    const run = await running.start({ streams, reading: 'full' })
    await held.arrived
    await workerWith(folders.after)
    await one.kill()
    held.release()
    expect(await running.ended(run)).toMatchObject({ status: 'synced' })
    expect(await digests()).toEqual([{ id: 1, run: waterdam.digest, streams: [waterdam.digest] }])
    for (const [table, column] of gone) expect(await filled(table, column)).toBeGreaterThan(0)
    await expectZakenEqual(waterdam)
  })

  test('26: files that are applied while a run goes on are for the next one; what their contracts drop lands nowhere', async () => {
    const before = waterdam.digest
    const one = await workerWith(folders.before)
    await workerWith(folders.after)
    expect(await running.run({ streams, reading: 'full' })).toMatchObject({ status: 'synced' })

    const held = waterdam.zgw.hold({ list: 'zaken', nth: 2 })
    const run = await running.start({ streams, reading: 'full' })
    await held.arrived
    await waterdam.apply(later)
    held.release()
    expect(await running.ended(run)).toMatchObject({ status: 'failed', message: expect.stringContaining('run the sync again') })
    for (const [table, column] of gone) expect(await columns(table)).not.toContain(column)
    expect(
      await waterdam.rows(`select relname from pg_class where relnamespace = 'staging'::regnamespace and relname ~ '^[ds][0-9]'`),
    ).toEqual([])
    // One contract did not change; its stream is read to its end by the files that the run began with.
    expect(await waterdam.rows('select stream, status from gemaal.stream_runs where run_id = 2 order by stream')).toEqual([
      { stream: 'resultaten', status: 'abandoned' },
      { stream: 'statussen', status: 'published' },
      { stream: 'zaken', status: 'abandoned' },
    ])

    expect(await running.run({ streams, reading: 'full' })).toMatchObject({ status: 'synced' })
    await one.kill()
    expect(await running.run({ streams, reading: 'full' })).toMatchObject({ status: 'synced' })
    expect(await digests()).toEqual(
      [1, 2, 3, 4].map((id) => ({ id, run: id < 3 ? before : waterdam.digest, streams: [id < 3 ? before : waterdam.digest] })),
    )
    for (const [table, column] of gone) expect(await columns(table)).not.toContain(column)
    await expectZakenEqual(waterdam)
    await expectBalanced(waterdam)
  })
})

describe('26: what is applied while a run goes on', () => {
  beforeEach(() => running.worker())
  const status = async () => waterdam.rows('select stream, status from gemaal.stream_runs order by stream')

  test('26: a dataset that left the project gets nothing more from it', async () => {
    const held = waterdam.zgw.hold({ list: 'zaken', nth: 2 })
    const run = await running.start({ streams, reading: 'full' })
    await held.arrived
    await waterdam.apply({ 'datasets/zaken/resultaten.yaml': undefined, 'marts/zaken/doorlooptijd.sql': undefined })
    held.release()
    expect(await running.ended(run)).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('zaken.resultaten left the project since this run began'),
    })
    expect(await status()).toEqual([
      { stream: 'resultaten', status: 'abandoned' },
      { stream: 'statussen', status: 'published' },
      { stream: 'zaken', status: 'published' },
    ])
    expect(await filled('resultaten', 'uuid')).toBe(0)
  })

  test('26: an activity that was ended lets nothing more land, though the run was pinned to the files before that', async () => {
    const held = waterdam.zgw.hold({ list: 'zaken', nth: 2 })
    const run = await running.start({ streams, reading: 'full' })
    await held.arrived
    await waterdam.apply({
      'activities.yaml': `
sturing-dienstverlening:
  purpose: Sturen op doorlooptijd en werkvoorraad van de dienstverlening.
  basis: algemeen belang
  law: Gemeentewet art. 160
  until: 2026-01-31
  personal: { bsn: pseudonymise }
`,
    })
    held.release()
    expect(await running.ended(run)).toMatchObject({
      status: 'failed',
      errorCode: 'NotAllowed',
      message: expect.stringContaining('ended on 2026-01-31'),
    })
    for (const table of ['zaken', 'statussen', 'resultaten']) expect(await filled(table, 'uuid')).toBe(0)
    expect(
      await waterdam.rows(`select relname from pg_class where relnamespace = 'staging'::regnamespace and relname ~ '^[ds][0-9]'`),
    ).toEqual([])
  })
})

test('26: a connector of the project is read as it was when the run began', async () => {
  const lists = await openLists()
  try {
    const begun = await lists.begin('lists/page')
    const connector = (
      await lists.rows<{ files: { [path: string]: string } }>('select files from gemaal.config_versions where current')
    )[0]!.files['connectors/lists/connector.yaml']!
    // The same records by another way, so that no contract changes.
    await lists.apply({
      'connectors/lists/connector.yaml': connector.replace(
        /path: page\n {4}pages: .*/,
        'path: link\n    pages: { by: nextLink, next: next, records: items, total: total }',
      ),
    })
    lists.server.requests.length = 0
    await begun.stage()
    await begun.publish()
    expect(lists.server.requests.every((request) => request.startsWith('/page'))).toBe(true)
    lists.server.requests.length = 0
    await lists.read('lists/page')
    expect(lists.server.requests.every((request) => request.startsWith('/link'))).toBe(true)
    expect(await lists.ids('page')).toEqual(lists.idsThere())
  } finally {
    await lists.close()
  }
})

test('26: a worker whose pseudonym key was replaced refuses, and lands no pseudonym of the old one', async () => {
  await waterdam.read('rollen')
  const key = readPseudonymKey('sturing-dienstverlening', newPseudonymKey('sturing-dienstverlening'))!
  await waterdam.warehouse.db
    .transaction()
    .execute((trx) => replacePseudonymKey(trx, { domain: 'sturing-dienstverlening', id: key.id, fingerprint: fingerprintOf(key) }))
  const before = await waterdam.rows('select count(*) from gemaal.stream_runs')
  await expect(waterdam.read('rollen')).rejects.toThrow(
    "the pseudonym key of domain 'sturing-dienstverlening' on this worker is not the one in use",
  )
  expect(await waterdam.rows('select count(*) from gemaal.stream_runs')).toEqual(before)
})
