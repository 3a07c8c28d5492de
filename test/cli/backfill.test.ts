import { afterAll, beforeAll, expect, test } from 'vitest'
import * as backfill from '../../cli/backfill.js'
import { openSmall, type Small } from './small.js'

let small: Small

beforeAll(async () => {
  small = await openSmall({ zaken: 80 })
  await small.running.worker()
  await small.running.run({ sync: 'daily' })
})
afterAll(() => small?.close())

interface Zaak {
  uuid: string
  registratiedatum: string
  omschrijving: string | null
}

const zaken = () =>
  small.waterdam.rows<Zaak>('select uuid, registratiedatum::text, identificatie from zaken.zaken order by registratiedatum, uuid')
const statusOf = async (uuid: string) =>
  (await small.waterdam.rows<{ communicatiekanaal: string }>('select betalingsindicatie from zaken.zaken where uuid = $1', [uuid]))[0]
const standing = () =>
  small.waterdam.rows("select dataset, checkpoint, full_at, read_at from gemaal.checkpoints where source = 'open-zaak' order by dataset")
const lastRun = async () => {
  const [run] = await small.waterdam.rows<{ id: number; trigger: string; status: string }>(
    'select id, trigger, status from gemaal.runs order by id desc limit 1',
  )
  const streams = await small.waterdam.rows<{ stream: string; reading: string; status: string; why_reading: string }>(
    'select stream, reading, status, why_reading from gemaal.stream_runs where run_id = $1 order by stream',
    [run!.id],
  )
  return { ...run!, streams }
}

test('a window reads the days that were asked for, deletes nothing, and moves no checkpoint', async () => {
  const rows = await zaken()
  const middle = rows[Math.floor(rows.length / 2)]!.registratiedatum
  const inside = rows.filter((r) => r.registratiedatum >= middle).at(-1)!
  const outside = rows.filter((r) => r.registratiedatum < middle)[0]!
  for (const { uuid } of [inside, outside]) small.waterdam.zgw.changeZaak(uuid, { betalingsindicatie: 'nog_niet' })
  const before = await Promise.all([inside, outside].map((r) => statusOf(r.uuid)))
  const gone = rows.filter((r) => r.registratiedatum >= middle && r !== inside)[0]!
  small.waterdam.zgw.deleteZaak(gone.uuid)
  const checkpoints = await standing()

  const ended = await small.gemaal.run('backfill', 'zaken.zaken', '--from', middle)
  expect(ended.code).toBe(0)
  expect(ended.stderr).toContain(
    `open-zaak/zaken: records with registratiedatum from ${middle}. A record that is gone is not noticed by this`,
  )
  expect(await lastRun()).toMatchObject({
    trigger: 'backfill',
    status: 'synced',
    streams: [{ stream: 'zaken', reading: 'window', status: 'published', why_reading: `registratiedatum from ${middle}` }],
  })
  expect(await statusOf(inside.uuid)).toEqual({ betalingsindicatie: 'nog_niet' })
  expect(await statusOf(outside.uuid)).toEqual(before[1])
  expect((await zaken()).length).toBe(rows.length)
  expect(await standing()).toEqual(checkpoints)
  const [{ read }] = (await small.waterdam.rows<{ read: number }>(
    'select read::int from gemaal.dataset_runs order by id desc limit 1',
  )) as [{ read: number }]
  expect(read).toBeLessThan(rows.length)
})

test('a stream whose source cannot select by day is read whole, and this is said before', async () => {
  const ended = await small.gemaal.verb(backfill.run, ['open-zaak'], { from: '2024-01-01', to: '2024-06-01' })
  expect(ended.code).toBe(0)
  expect(ended.stderr).toContain('open-zaak/zaken: records with registratiedatum from 2024-01-01 up to 2024-06-01.')
  expect(ended.stderr).toMatch(
    /open-zaak\/(zaaktypen|rollen), open-zaak\/(zaaktypen|rollen): everything, since the source cannot select by day\./,
  )
  expect((await lastRun()).streams.map((s) => [s.stream, s.reading])).toEqual([
    ['rollen', 'full'],
    ['zaaktypen', 'full'],
    ['zaken', 'window'],
  ])
})

test('without days everything is read again, and what is gone at the source is deleted', async () => {
  const ended = await small.gemaal.verb(backfill.run, ['zaken.zaken'], {})
  expect(ended.code).toBe(0)
  const there = small.waterdam.zgw.snapshot().zaken.map((z) => z.uuid)
  expect((await zaken()).filter((z) => !there.includes(z.uuid))).toEqual([])
  expect((await lastRun()).streams).toMatchObject([{ reading: 'full', why_reading: 'asked for' }])
})

test('days that are none, or in the wrong order, are refused', async () => {
  const refused = async (options: object) => small.gemaal.verb(backfill.run, ['zaken.zaken'], options)
  expect(await refused({ from: '2024-02-30' })).toMatchObject({ code: 2, stderr: expect.stringContaining("--from '2024-02-30' is no day") })
  expect(await refused({ from: '2024-02-01', to: '2024-02-01' })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('is not before'),
  })
  expect(await small.gemaal.verb(backfill.run, ['zaken.zakn'], {})).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("'zaken.zaken'"),
  })
})
