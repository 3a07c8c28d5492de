import { afterAll, beforeAll, expect, test } from 'vitest'
import { cancel } from '../../cli/runs-cancel.js'
import { pause, resume } from '../../cli/schedules.js'
import * as status from '../../cli/status.js'
import type { DatasetStatus, SyncStatus } from '../../worker/status.js'
import { until } from '../support/until.js'
import { type Gemaal, gemaalFor } from './gemaal.js'
import { openSmall, type Small } from './small.js'

let small: Small
let gemaal: Gemaal

beforeAll(async () => {
  small = await openSmall()
  gemaal = small.gemaal
})
afterAll(() => small?.close())

interface Told {
  datasets: DatasetStatus[]
  syncs: SyncStatus[]
  workers: { alive: number }
  temporal: { answers: boolean; failure: string | null }
}

const told = () => gemaal.read<Told, { check?: boolean }>(status.run)
const of = async (dataset: string) => (await told()).datasets.find((d) => d.dataset === dataset)!
const word = async (dataset: string) => (await of(dataset)).status
const check = () => gemaal.verb(status.run, [], { check: true })
const idOf = async (workflowId: string) => {
  let id: number | undefined
  await until(async () => {
    const [run] = await small.waterdam.rows<{ id: number }>('select id from gemaal.runs where workflow_id = $1', [workflowId])
    id = run?.id
    return id !== undefined
  }, 'the run is on record')
  return id!
}

test('a dataset that was never read says so, and when its next run is', async () => {
  const { datasets, syncs } = await gemaal.json<Told>('status')
  expect(datasets.map((d) => [d.dataset, d.status])).toEqual([
    ['catalogi.zaaktypen', 'Never read'],
    ['zaken.rollen', 'Never read'],
    ['zaken.zaken', 'Never read'],
  ])
  expect(syncs.map((s) => [s.sync, s.status])).toEqual([
    ['open-zaak/daily', 'never run'],
    ['open-zaak/weekly', 'never run'],
  ])
  expect(Date.parse(String(datasets[0]!.nextRun))).toBeGreaterThan(Date.now())
  expect(datasets[0]!.next).toBe('gemaal run catalogi.zaaktypen')
})

test('a run that no worker takes is seen, since when, and by monitoring', async () => {
  const workflowId = await small.running.start({ sync: 'daily' })
  await until(async () => (await word('zaken.zaken')) === 'No worker', 'the run is seen')
  const checked = await check()
  expect(checked.code).toBe(1)
  expect(checked.stdout).toContain('no worker: zaken.zaken: no worker was ever seen')
  expect(checked.stdout).toContain('worker: none so far; nothing is read before one is started')
  await small.running.worker()
  await small.running.ended(workflowId)
})

test('a dataset that was read is synced, whatever single records wait in quarantine', async () => {
  const { stdout, stderr } = await gemaal.verb(status.run)
  expect(stdout).toMatch(/catalogi\.zaaktypen +Synced +\d+ seconds? ago/)
  expect(stderr).not.toContain('No worker')
  const { datasets } = await told()
  expect(datasets.map((d) => d.status)).toEqual(['Synced', 'Synced', 'Synced'])
  expect(datasets.find((d) => d.dataset === 'zaken.zaken')!.quarantined).toBeGreaterThan(0)
  expect(await check()).toMatchObject({ code: 0, stdout: 'ok: 3 datasets, none late, failed or held\n' })
})

test('a dataset whose last reading refused more than the threshold is synced with quarantine', async () => {
  const { zgw } = small.waterdam
  const wrong = zgw.addZaken(25)
  for (const uuid of wrong) zgw.changeZaak(uuid, { bronorganisatie: '123456789' })
  expect((await small.running.run({ sync: 'daily', reading: 'full' })).status).toBe('quarantine')
  expect(await of('zaken.zaken')).toMatchObject({
    status: 'Synced with quarantine',
    next: 'gemaal quarantine list --dataset zaken.zaken',
  })
  expect((await check()).code).toBe(3)
  for (const uuid of wrong) zgw.changeZaak(uuid, { bronorganisatie: '002564440' })
  await small.running.run({ sync: 'daily', reading: 'full' })
  expect(await word('zaken.zaken')).toBe('Synced')
})

test('without Temporal it says what the warehouse knows, and that it does not know the rest', async () => {
  const unreachable = { TEMPORAL_ADDRESS: '127.0.0.1:9' }
  const gemaalWithout = gemaalFor(small.waterdam, small.running, unreachable)
  const { datasets, temporal } = await gemaalWithout.read<Told, object>(status.run)
  expect(temporal).toEqual({ answers: false, failure: expect.stringContaining('Temporal does not answer') })
  expect(datasets.find((d) => d.dataset === 'catalogi.zaaktypen')).toMatchObject({ status: 'Synced', nextRun: null })
  const checked = await gemaalWithout.verb(status.run, [], { check: true })
  expect(checked.code).toBe(1)
  expect(checked.stdout).toContain('no schedule begins a run')
})

test('a stream that is read runs; a run that wants it too waits for its turn and says for which', async () => {
  const held = small.waterdam.zgw.hold({ list: 'zaken' })
  const first = await small.running.start({ sync: 'dataset zaken.zaken', streams: ['zaken'] })
  const firstId = await idOf(first)
  await until(async () => (await word('zaken.zaken')) === 'Running', 'the stream is read')
  const second = await small.running.start({ sync: 'daily' })
  await until(async () => (await word('zaken.rollen')) === 'Queued', 'the second run waits')
  expect(await of('zaken.rollen')).toMatchObject({ why: `open-zaak/zaken waits for run ${firstId}, which reads it` })
  expect((await gemaal.verb(status.run)).stdout).toContain(`Queued (waits for run ${firstId})`)
  held.release()
  await small.running.ended(first)
  await small.running.ended(second)
  expect(await word('zaken.rollen')).not.toBe('Queued')
})

test('a source that asks for time is waited for, until when it said; a cancel stops the waiting at once', async () => {
  small.waterdam.zgw.fail({ fault: { kind: 'tooMany', retryAfter: '3600' }, times: 1000 })
  const workflowId = await small.running.start({ sync: 'daily' })
  await until(async () => (await word('zaken.zaken')) === 'Waiting', 'the run waits')
  const waiting = await of('zaken.zaken')
  expect(waiting.why).toContain('429')
  const ahead = Date.parse(String(waiting.until)) - Date.now()
  expect(ahead).toBeGreaterThan(3_000_000)
  expect(ahead).toBeLessThan(3_700_000)
  const id = await idOf(workflowId)
  const cancelled = await gemaal.verb(cancel, [String(id)])
  expect(cancelled.code).toBe(0)
  expect(cancelled.stderr).toContain(`run ${id} of open-zaak/daily is cancelled`)
  small.waterdam.zgw.reset()
  await small.waterdam.rows('update gemaal.budgets set blocked_until = null')
})

test('a wrong secret fails until a person acts, and says what to do', async () => {
  const { environment } = small.waterdam
  const right = environment.GEMAAL_OPEN_ZAAK_SECRET!
  environment.GEMAAL_OPEN_ZAAK_SECRET = 'a-wrong-secret-of-some-length-0123456789'
  const run = await small.running.run({ sync: 'daily' })
  const failed = await of('zaken.zaken')
  expect(failed).toMatchObject({ status: 'Failed', next: `gemaal runs show ${run.id}` })
  expect(failed.why).toContain('GEMAAL_OPEN_ZAAK_SECRET')
  expect((await gemaal.verb(status.run)).stdout).toContain('Failed (a person must act)')
  const checked = await gemaal.run('status', '--check')
  expect(checked.code).toBe(5)
  expect(checked.stdout).toContain('failed: zaken.zaken: ')
  environment.GEMAAL_OPEN_ZAAK_SECRET = right
  await small.running.run({ sync: 'daily' })
  expect(await word('zaken.zaken')).toMatch(/^Synced/)
})

test('a source that stays away longer than is waited for leaves a dataset incomplete, and says when it goes on', async () => {
  const { waterdam } = small
  const source = 'sources/open-zaak.yaml'
  const text = 'connector: zgw\nbaseUrl: { env: OPEN_ZAAK_URL }\n'
  await waterdam.apply({ [source]: `${text}giveUpAfter: 3 seconds\n` })
  waterdam.zgw.fail({ fault: { kind: 'status', status: 503 }, times: 1000 })
  const run = await small.running.run({ sync: 'daily' })
  expect(run.status).toBe('incomplete')
  const { status: stands, until: goesOn, nextRun } = await of('zaken.zaken')
  expect([stands, goesOn]).toEqual(['Incomplete', nextRun])
  expect((await gemaal.verb(status.run)).stdout).toMatch(/Incomplete \(goes on at [\d: -]+\)/)
  expect((await check()).code).toBe(6)
  waterdam.zgw.reset()
  await waterdam.apply({ [source]: text })
  await small.running.run({ sync: 'daily' })
})

test('a dataset whose schedules are all paused says by whose note', async () => {
  await gemaal.verb(pause, ['open-zaak/daily'], { note: 'werk aan de zaakserver' })
  expect(await word('zaken.zaken')).toMatch(/^Synced/)
  await gemaal.verb(pause, ['open-zaak'], { note: 'werk aan de zaakserver' })
  const { status: stands, why, nextRun } = await of('zaken.zaken')
  expect([stands, nextRun]).toEqual(['Paused', null])
  expect(why).toContain('werk aan de zaakserver')
  await gemaal.verb(resume, ['open-zaak'])
  expect(await word('zaken.zaken')).toMatch(/^Synced/)
})

test('a dataset that is older than its contract allows is late', async () => {
  const { waterdam } = small
  const file = 'datasets/catalogi/zaaktypen.yaml'
  await waterdam.apply({ [file]: 'from: open-zaak/zaaktypen\nfresh: 1 second\n' })
  await until(async () => (await word('catalogi.zaaktypen')) === 'Late', 'a second has passed')
  expect((await of('catalogi.zaaktypen')).why).toBe('its contract allows 1 second after the reading that it is of')
  const checked = await check()
  expect(checked).toMatchObject({ code: 1, stdout: expect.stringContaining('late: catalogi.zaaktypen: ') })
  await waterdam.apply({ [file]: 'from: open-zaak/zaaktypen\n' })
})

test('many deletes at once are held for a person', async () => {
  const { waterdam, running } = small
  for (let i = 0; i < 20; i++) waterdam.zgw.deleteZaakAt(0)
  await running.run({ sync: 'weekly' })
  const held = await of('zaken.zaken')
  expect(held).toMatchObject({ status: 'Held', next: expect.stringMatching(/^gemaal holds show \d+$/) })
  expect(held.why).toContain('(deletes)')
  expect((await check()).code).toBe(7)
})
