import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ByKeyInput } from '../../workflows/messages.js'
import { openRunning, type Running, until } from '../support/running.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import { expectBalanced, expectZakenEqual, quarantinedKeys } from './equal.js'
import { begin, beginByKey } from './steps.js'

let waterdam: Waterdam
beforeEach(async () => {
  await waterdam?.close()
  waterdam = await openWaterdam({ zaken: 120, broken: 0 })
})
afterAll(() => waterdam.close())

const reread = async (...uuids: string[]) => {
  const steps = await beginByKey(waterdam, 'zaken', uuids)
  return steps.finish()
}
const one = async (uuid: string, columns: string) => (await waterdam.rows(`select ${columns} from zaken.zaken where uuid = $1`, [uuid]))[0]
const verdicts = async (streamRunId: number, dataset = 'zaken.zaken') =>
  (
    await waterdam.rows(
      'select new, changed, unchanged, superseded, quarantined, removed, deleted from gemaal.dataset_runs where stream_run_id = $1 and dataset = $2',
      [streamRunId, dataset],
    )
  )[0]

describe('21: a notification re-reads a record while a long full reading runs', () => {
  test('21: a version that was read earlier does not overwrite one that was read later', async () => {
    await waterdam.read('zaken')
    const uuid = waterdam.zgw.snapshot().zaken[3]!.uuid as string
    waterdam.zgw.changeZaak(uuid, { startdatum: '2026-01-01' })
    const full = await begin(waterdam, 'zaken')
    await full.stage()
    waterdam.zgw.changeZaak(uuid, { startdatum: '2026-01-02' })
    await reread(uuid)
    await full.publish()
    expect(await one(uuid, 'startdatum')).toEqual({ startdatum: '2026-01-02' })
    expect(await verdicts(full.streamRunId)).toMatchObject({ changed: 0, superseded: 1, deleted: 0 })
    await expectZakenEqual(waterdam)
    await expectBalanced(waterdam)
  })

  test('21: a version that is as it was counts as read again, so that an older one cannot come back', async () => {
    const uuid = waterdam.zgw.snapshot().zaken[3]!.uuid as string
    const { startdatum } = waterdam.zgw.snapshot().zaken[3]!
    await waterdam.read('zaken')
    waterdam.zgw.changeZaak(uuid, { startdatum: '2026-01-01' })
    const full = await begin(waterdam, 'zaken')
    await full.stage()
    waterdam.zgw.changeZaak(uuid, { startdatum: startdatum as string })
    await reread(uuid)
    await full.publish()
    expect(await one(uuid, 'startdatum')).toEqual({ startdatum })
    expect(await verdicts(full.streamRunId)).toMatchObject({ superseded: 1 })
  })

  test('21: a record that came in after its page was read is not deleted', async () => {
    await waterdam.read('zaken')
    const full = await begin(waterdam, 'zaken')
    await full.stage()
    const [uuid] = waterdam.zgw.addZaken(1)
    await reread(uuid!)
    waterdam.zgw.clearRequests()
    await full.publish()
    expect(await one(uuid!, 'uuid')).toEqual({ uuid })
    // It was read after the listing began: there is nothing to ask.
    expect(waterdam.zgw.requests().filter((r) => r.path.includes('_zoek'))).toEqual([])
    await expectZakenEqual(waterdam)
  })

  test.each([
    ['that stood there', true],
    ['that was new', false],
  ])('21: a record %s and is gone by now does not come back with a page that was read earlier', async (_, stood) => {
    if (stood) await waterdam.read('zaken')
    const full = await begin(waterdam, 'zaken')
    await full.stage()
    const uuid = waterdam.zgw.deleteZaakAt(5)
    await reread(uuid)
    await full.publish()
    expect(await one(uuid, 'uuid')).toBeUndefined()
    await expectZakenEqual(waterdam)
    await expectBalanced(waterdam)
  })

  test.each([
    ['that stood there', true],
    ['that was new', false],
  ])('21: a record %s and has left the selection since does not come back with a page that was read earlier', async (_, stood) => {
    if (stood) await waterdam.read('zaken')
    const open = waterdam.zgw
      .snapshot()
      .zaken.find((z) => z.einddatum === null && z.hoofdzaak === null && (z.deelzaken as unknown[]).length === 0)!
    const uuid = open.uuid as string
    const full = await begin(waterdam, 'zaken')
    await full.stage()
    waterdam.zgw.closeZaak(uuid)
    await reread(uuid)
    await full.publish()
    expect(await waterdam.rows('select uuid from zaken.open_zaken where uuid = $1', [uuid])).toEqual([])
    await expectZakenEqual(waterdam)
    await expectBalanced(waterdam)
  })

  test.each([
    ['that stood there', true],
    ['that was new', false],
  ])('21: a record %s and is refused by now stays refused, whatever version a page showed earlier', async (_, stood) => {
    if (stood) await waterdam.read('zaken')
    const uuid = waterdam.zgw.snapshot().zaken[3]!.uuid as string
    const full = await begin(waterdam, 'zaken')
    await full.stage()
    waterdam.zgw.changeZaak(uuid, { einddatumGepland: '2026-02-30' })
    await reread(uuid)
    await full.publish()
    expect(await quarantinedKeys(waterdam, 'zaken.zaken')).toEqual([uuid])
    expect(await one(uuid, '_findings')).toEqual(stood ? { _findings: [expect.stringMatching(/^refused:/)] } : undefined)
    expect(await verdicts(full.streamRunId)).toMatchObject({ superseded: 1 })
    await expectBalanced(waterdam)
  })

  test('21: a record that passes by now is not sent back to quarantine by a page that was read earlier', async () => {
    const uuid = waterdam.zgw.snapshot().zaken[3]!.uuid as string
    const { einddatumGepland } = waterdam.zgw.snapshot().zaken[3]!
    waterdam.zgw.changeZaak(uuid, { einddatumGepland: '2026-02-30' })
    await waterdam.read('zaken')
    expect(await quarantinedKeys(waterdam, 'zaken.zaken')).toEqual([uuid])
    const full = await begin(waterdam, 'zaken')
    await full.stage()
    waterdam.zgw.changeZaak(uuid, { einddatumGepland: einddatumGepland as string })
    await reread(uuid)
    await full.publish()
    expect(await quarantinedKeys(waterdam, 'zaken.zaken')).toEqual([])
    await expectZakenEqual(waterdam)
  })
})

describe('21: the hourly reading of changes and the weekly full one overlap', () => {
  let running: Running
  beforeEach(async () => {
    waterdam.zgw.behave({ largestPage: 50 })
    await waterdam.read('zaken')
    running = await openRunning(waterdam)
    await running.worker()
  })
  afterEach(() => running.close())

  const listings = () =>
    waterdam.rows<{ run: number; reading: string; from: Date; to: Date | null }>(
      `select run_id as run, reading, listing_began_at as from, ended_at as to from gemaal.stream_runs where stream = 'zaken' order by id`,
    )
  const runOf = async (workflowId: string) =>
    (
      await waterdam.rows<{ id: number; status: string; message: string | null }>(
        'select id, status, message from gemaal.runs where workflow_id = $1',
        [workflowId],
      )
    )[0]

  test.each([
    ['full', 'changes'],
    ['changes', 'full'],
  ] as const)('21: a stream has one reader at a time: while %s goes on, %s waits and says for what', async (first, second) => {
    const held = waterdam.zgw.hold({ list: 'zaken', nth: 2 })
    const going = await running.start({ streams: ['zaken'], reading: first })
    await held.arrived
    const waiting = await running.start({ streams: ['zaken'], reading: second })
    const { id } = (await runOf(going))!
    await until(
      async () => (await runOf(waiting))?.message === `open-zaak/zaken waits for run ${id}, which reads it`,
      'the second run says what it waits for',
    )
    expect((await runOf(waiting))!.status).toBe('queued')
    waterdam.zgw.addZaken(2)
    held.release()
    expect((await running.ended(going)).status).toBe('synced')
    expect(await running.ended(waiting)).toMatchObject({ status: 'synced', message: null })
    const [, one, two] = await listings()
    expect([one!.reading, two!.reading]).toEqual([first, second])
    expect(one!.to!.getTime()).toBeLessThanOrEqual(two!.from.getTime())
    await expectZakenEqual(waterdam)
    await expectBalanced(waterdam)
  })

  test('21: a re-read by key goes on beside a full reading, and neither undoes the other', async () => {
    const [uuid] = waterdam.zgw.addZaken(1)
    waterdam.zgw.changeZaak(uuid!, { einddatumGepland: '2026-02-30' })
    await waterdam.read('zaken')
    const entries = await waterdam.rows<{ id: number }>('select id from gemaal.quarantine where closed_at is null')
    const held = waterdam.zgw.hold({ list: 'zaken', nth: 3 })
    const full = await running.start({ streams: ['zaken'], reading: 'full' })
    await held.arrived
    waterdam.zgw.changeZaak(uuid!, { einddatumGepland: '2029-03-30' })
    const input: ByKeyInput = {
      source: 'open-zaak',
      stream: 'zaken',
      from: { quarantine: entries.map((e) => e.id) },
      trigger: 'replay',
      askedBy: 'test',
    }
    await running.client.workflow.execute('byKey', { workflowId: 'replay', taskQueue: running.taskQueue, args: [input] })
    expect((await runOf(full))!.status).toBe('running')
    expect(await one(uuid!, '_findings')).toEqual({ _findings: [] })
    held.release()
    expect((await running.ended(full)).status).toBe('synced')
    await expectZakenEqual(waterdam)
    await expectBalanced(waterdam)
  })
})
