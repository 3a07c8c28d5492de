import { afterEach, beforeEach, expect, test } from 'vitest'
import { openRunning, type Running, until } from '../support/running.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'

const source = (settle: string) => `connector: zgw\nbaseUrl: { env: OPEN_ZAAK_URL }\nsettle: ${settle}\n`

let waterdam: Waterdam
let running: Running
beforeEach(async () => {
  // No rule is broken yet.
  waterdam = await openWaterdam({ zaken: 60, broken: 0 }, { 'sources/open-zaak.yaml': source('none') })
  running = await openRunning(waterdam)
  await running.worker()
})
afterEach(async () => {
  await running?.close()
  await waterdam?.close()
})

const streams = ['zaken', 'statussen']
const read = (of = streams, reading: 'full' | 'changes' = 'full') => running.run({ streams: of, reading })

const findings = (run: { id: number }) =>
  waterdam.rows<{ dataset: string; rule: string; count: number; of: number; detail: string | null; examples: string[] }>(
    `select dataset, rule, count, of, detail, examples from gemaal.findings where run_id = $1 and level = 'reference' order by dataset, rule`,
    [run.id],
  )
const marked = () => waterdam.rows(`select uuid from zaken.statussen where 'zgw-zaken.zaak-bestaat' = any(_findings) order by uuid`)
const askedFor = () =>
  waterdam.rows<{ id: number; sync: string }>(`select id, sync from gemaal.runs where trigger = 'references' order by id`)
const unbalanced = () => waterdam.rows('select from gemaal.dataset_runs where balanced is false')

/** A zaak with its statussen, entered when the zaken had been listed and the statussen had not. */
function entersBetween(): string[] {
  const added: string[] = []
  waterdam.zgw.onRequest({ list: 'statussen' }, () => added.push(...waterdam.zgw.addZaken(1)))
  return added
}

test('a zaak that the listing missed is asked for by key, and nothing is left to find', async () => {
  const added = entersBetween()
  const run = await read()
  expect(run.status).toBe('synced')
  expect(added).toHaveLength(1)
  expect(await waterdam.rows('select uuid from zaken.zaken where uuid = $1', added)).toHaveLength(1)
  expect(await findings(run)).toEqual([])
  expect(await marked()).toEqual([])
  expect(await waterdam.rows('select says from gemaal.reference_answers where key[1] = $1', added)).toEqual([{ says: 'found' }])
  const [asked, ...others] = await askedFor()
  expect(others).toEqual([])
  expect(
    await waterdam.rows(
      'select dataset, read, new from gemaal.dataset_runs d join gemaal.stream_runs s on s.id = d.stream_run_id where run_id = $1 and dataset = $2',
      [asked!.id, 'zaken.zaken'],
    ),
  ).toEqual([{ dataset: 'zaken.zaken', read: 1, new: 1 }])
  expect(await unbalanced()).toEqual([])
})

test('one that is gone at the source is one finding, and is mended by the next run', async () => {
  const { zgw } = waterdam
  const added = entersBetween()
  zgw.onRequest({ on: '/zaken/_zoek' }, () => zgw.deleteZaak(added[0]!))
  const run = await read()
  const [finding, ...others] = await findings(run)
  expect(others).toEqual([])
  const statussen = await waterdam.rows<{ uuid: string }>('select uuid from zaken.statussen where zaak_uuid = $1 order by uuid', added)
  expect(statussen.length).toBeGreaterThan(0)
  expect(finding).toMatchObject({ dataset: 'zaken.statussen', rule: 'zgw-zaken.zaak-bestaat', count: statussen.length, detail: null })
  expect(finding!.examples).toEqual(statussen.map((s) => s.uuid))
  expect(await marked()).toEqual(statussen)
  expect(run.status).toBe('synced')

  expect(await findings(await read())).toEqual([])
  expect(await marked()).toEqual([])
  // It was asked once: what is known is not asked again, and what is gone is not missing.
  expect(await askedFor()).toHaveLength(1)
  expect(await unbalanced()).toEqual([])
})

test('where nothing is missing nothing is waited for and nothing is asked', async () => {
  await waterdam.apply({ 'sources/open-zaak.yaml': source('1 hour') })
  const run = await read()
  expect(run.status).toBe('synced')
  expect(await askedFor()).toEqual([])
})

test('what we may not see is not a finding', async () => {
  const { zgw } = waterdam
  const added = entersBetween()
  zgw.onRequest({ on: '/zaken/_zoek' }, () => zgw.grant([]))
  const run = await read()
  expect(await findings(run)).toEqual([])
  expect(await marked()).toEqual([])
  expect(await waterdam.rows('select says from gemaal.reference_answers where key[1] = $1', added)).toEqual([{ says: 'forbidden' }])
  expect(run.status).toBe('synced')
})

test('a source that cannot be asked is no finding, and fails nothing but the asking', async () => {
  const { zgw } = waterdam
  const added = entersBetween()
  const fault = { kind: 'status', status: 418 } as const
  zgw.onRequest({ list: 'statussen' }, () => {
    for (const on of ['/zaken/_zoek', `/zaken/${added[0]}`]) zgw.fail({ on, fault })
  })
  const run = await read()
  expect(run.status).toBe('synced')
  expect(await findings(run)).toEqual([])
  expect(await waterdam.rows(`select trigger, status from gemaal.runs order by id`)).toEqual([
    { trigger: 'manual', status: 'synced' },
    { trigger: 'references', status: 'failed' },
  ])
  expect(await waterdam.rows('select event from gemaal.notices')).toEqual([])

  // It is asked by the next run, and found by its listing.
  const next = await read()
  expect(await findings(next)).toEqual([])
  expect(await marked()).toEqual([])
})

test('a cancel while the run waits works at once, and changes nothing of what was published', async () => {
  await waterdam.apply({ 'sources/open-zaak.yaml': source('1 hour') })
  entersBetween()
  const id = await running.start({ streams, reading: 'full' })
  await until(async () => {
    const history = await running.client.workflow.getHandle(id).fetchHistory()
    return history.events!.some((event) => event.timerStartedEventAttributes)
  }, 'the run waits')
  await running.client.workflow.getHandle(id).cancel()
  const run = await running.ended(id)
  expect(run.status).toBe('synced')
  expect(await askedFor()).toEqual([])
  expect(await findings(run)).toEqual([])
})

test('a reading of the parents alone judges what refers to them', async () => {
  await read()
  const { zgw } = waterdam
  const [zaak] = await waterdam.rows<{ uuid: string }>('select zaak_uuid as uuid from zaken.statussen group by 1 order by 1 limit 1')
  zgw.deleteZaak(zaak!.uuid)
  // Its statussen were read before it went: they may have gone with it.
  const parents = await read(['zaken'])
  expect(await findings(parents)).toEqual([])
  expect(await askedFor()).toEqual([])
  await read()
  expect(await marked()).toEqual([])
})
