import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { StaleAttempt, warehouseError } from '../../sql/database.js'
import { until } from '../support/running.js'
import { filesWith, tablesWith } from '../support/search.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import { begin } from './steps.js'

const activities = (personal: string) => `
sturing-dienstverlening:
  purpose: Sturen op doorlooptijd en werkvoorraad van de dienstverlening.
  basis: algemeen belang
  law: Gemeentewet art. 160
  until: 2028-12-31
  personal: ${personal}
`
const head = (stream: string, version: number) =>
  `from: open-zaak/${stream}\nactivity: sturing-dienstverlening\nversion: ${version}.0.0\nhistory: true\n`

/** BSNs land in the clear in rollen; free text in zaken, in a column and in a child table. */
const mild = {
  'activities.yaml': activities('{ bsn: keep, vrije_tekst: keep }'),
  'datasets/zaken/rollen.yaml': `${head('rollen', 1)}personal: [bsn]\n`,
  'datasets/zaken/zaken.yaml': `${head('zaken', 1)}personal: [vrije_tekst]\ncolumns: { relevante_andere_zaken: table }\n`,
}
const pseudonymised = { 'activities.yaml': activities('{ bsn: pseudonymise, vrije_tekst: keep }') }
/** What the activity no longer allows goes, whatever the version of the contract. */
const dropped = {
  'activities.yaml': activities('{ bsn: drop, vrije_tekst: drop }'),
  'datasets/zaken/rollen.yaml': head('rollen', 2),
  'datasets/zaken/zaken.yaml': `${head('zaken', 2)}columns: { relevante_andere_zaken: table }\n`,
}

let waterdam: Waterdam
let pool: Waterdam['warehouse']['pool']
/** BSNs, malformed ones too, that stand in rollen and in no free text. */
let numbers: string[]
/** Texts that people wrote. */
let texts: string[]

beforeEach(async () => {
  waterdam = await openWaterdam({ zaken: 150, broken: 40 }, { 'datasets/wmo/zaken.yaml': undefined, ...mild })
  pool = waterdam.warehouse.pool
  const { rollen, zaken } = waterdam.zgw.snapshot()
  const written = JSON.stringify(zaken)
  numbers = rollen
    .map((rol) => (rol.betrokkeneIdentificatie as { inpBsn?: string } | null)?.inpBsn ?? '')
    .filter((bsn) => bsn !== '' && !written.includes(bsn))
  texts = zaken.flatMap(({ toelichting, relevanteAndereZaken }) => [
    toelichting as string,
    ...(relevanteAndereZaken as { toelichting: string }[]).map((z) => z.toelichting),
  ])
  texts = texts.filter((text) => text !== '')
})
afterEach(() => waterdam.close())

/** Fills dataset, history, child table and quarantine, and leaves a reading of each stream half way. */
async function readTwice() {
  await waterdam.read('zaken')
  await waterdam.read('rollen')
  const { zaken, rollen } = waterdam.zgw.snapshot()
  for (const zaak of zaken.slice(0, 10)) waterdam.zgw.changeZaak(zaak.uuid as string, { toelichting: `Gewijzigd ${zaak.identificatie}` })
  for (const rol of rollen.slice(0, 10)) waterdam.zgw.changeRol(rol.uuid as string)
  await waterdam.read('zaken')
  await waterdam.read('rollen')
  const inFlight = { zaken: await begin(waterdam, 'zaken'), rollen: await begin(waterdam, 'rollen') }
  await inFlight.zaken.stage()
  await inFlight.rollen.stage()
  return inFlight
}

describe.each([
  ['pseudonymised', pseudonymised],
  ['dropped', dropped],
] as const)('25: what was kept is now %s', (how, stricter) => {
  test('25: old values leave dataset, history, child tables, quarantine and staging with the apply, before anything lands', async () => {
    const inFlight = await readTwice()
    const staged = await stagingOf(inFlight.rollen)
    expect(await tablesWith(pool, numbers)).toEqual(
      expect.arrayContaining(['gemaal.quarantine', staged, 'zaken.rollen', 'zaken.rollen_history']),
    )
    expect(await tablesWith(pool, texts)).toEqual(
      expect.arrayContaining(['zaken.zaken', 'zaken.zaken_history', 'zaken.zaken_relevante_andere_zaken', 'gemaal.quarantine']),
    )
    await waterdam.apply(stricter)
    const kept = how === 'dropped' ? [...numbers, ...texts] : numbers
    expect(await tablesWith(pool, kept)).toEqual([])
    expect(await filesWith(pool, ['gemaal.quarantine', 'zaken.rollen', 'zaken.rollen_history'], numbers)).toEqual([])
    if (how === 'dropped') expect(await filesWith(pool, ['gemaal.quarantine', 'zaken.zaken', 'zaken.zaken_history'], kept)).toEqual([])
    await expect(inFlight.rollen.publish()).rejects.toThrow(
      'the run of zaken.rollen was discarded, because the tables of the dataset changed; run the sync again',
    )
    const { datasets } = await waterdam.read('rollen', 'changes')
    expect(datasets[0]).toMatchObject({ outcome: 'published', balance: { deleted: 0 } })
    expect(await tablesWith(pool, numbers)).toEqual([])
    expect(await waterdam.rows('select status from gemaal.stream_runs where id = $1', [inFlight.rollen.streamRunId])).toEqual([
      { status: 'abandoned' },
    ])
  })
})

test('25: a reading that is under way when the contract gets stricter writes nothing more, and the next one is whole', async () => {
  waterdam.zgw.behave({ largestPage: 100 })
  const held = waterdam.zgw.hold({ list: 'rollen', nth: 3 })
  const inFlight = await begin(waterdam, 'rollen')
  const staging = inFlight.stage()
  await held.arrived
  await waterdam.apply(pseudonymised)
  held.release()
  await expect(staging).rejects.toThrow(StaleAttempt)
  expect(await tablesWith(pool, numbers)).toEqual([])
  await waterdam.read('rollen')
  expect(await tablesWith(pool, numbers)).toEqual([])
  expect(await waterdam.rows('select count(*) from zaken.rollen')).toEqual(
    await waterdam.rows('select new as count from gemaal.dataset_runs where published_at is not null'),
  )
})

describe('25: while an apply with a stricter contract is about to commit', () => {
  /** Keeps an apply from ending: everything is changed by it, nothing is seen yet. */
  async function applyHalfWay() {
    const blocker = await pool.connect()
    await blocker.query('begin')
    await blocker.query('select from gemaal.audit_end for update')
    const applying = waterdam.apply(pseudonymised)
    await until(
      async () =>
        (await waterdam.rows(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).length > 0,
      'the apply waits',
    )
    return async () => {
      await blocker.query('rollback')
      blocker.release()
      await applying
    }
  }
  const waiting = (count: number) =>
    until(
      async () =>
        (await waterdam.rows(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).length >=
        count,
      `${count} sessions wait`,
    )

  test('25: a run by the older files that begins waits for it and is refused: it stages nothing', async () => {
    const before = waterdam.digest
    const commit = await applyHalfWay()
    const beginning = begin(waterdam, 'rollen', 'full', before)
    beginning.catch(() => {})
    await waiting(2)
    await commit()
    await expect(beginning).rejects.toThrow('the contract of zaken.rollen was changed since this run began; run the sync again')
    expect(
      await waterdam.rows(`select relname from pg_class where relnamespace = 'staging'::regnamespace and relname ~ '^[ds][0-9]'`),
    ).toEqual([])
  })

  test('25: a run that is about to publish waits for it and is refused: neither of the two fails for the other', async () => {
    await waterdam.read('rollen')
    const inFlight = await begin(waterdam, 'rollen')
    await inFlight.stage()
    const commit = await applyHalfWay()
    const publishing = inFlight.publish()
    publishing.catch(() => {})
    await waiting(2)
    await commit()
    const refused = warehouseError(await publishing.catch((error) => error), 'publishing')
    expect(refused).toMatchObject({ name: 'StaleAttempt', message: expect.stringContaining('a contract changed; nothing is written') })
    expect(await tablesWith(pool, numbers)).toEqual([])
  })
})

test('25: a publish that has begun ends, and then the apply takes out what it published', async () => {
  const inFlight = await begin(waterdam, 'rollen')
  await inFlight.stage()
  const blocker = await pool.connect()
  await blocker.query('begin')
  await blocker.query('lock table zaken.rollen in share mode') // lets publish begin and look, and not write
  const publishing = inFlight.publish()
  await until(
    async () => (await waterdam.rows(`select from pg_locks where relation = 'zaken.rollen'::regclass and not granted`)).length > 0,
    'publish waits to write',
  )
  const applying = waterdam.apply(pseudonymised)
  await until(
    async () =>
      (await waterdam.rows(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).length > 1,
    'the apply waits',
  )
  await blocker.query('rollback')
  blocker.release()
  expect((await publishing).datasets[0]?.outcome).toBe('published')
  await applying
  expect(await tablesWith(pool, numbers)).toEqual([])
  await waterdam.read('rollen')
  expect(await tablesWith(pool, numbers)).toEqual([])
})

async function stagingOf({ streamRunId }: { streamRunId: number }): Promise<string> {
  const [run] = await waterdam.rows('select id from gemaal.dataset_runs where stream_run_id = $1', [streamRunId])
  return `staging.d${run!.id}`
}
