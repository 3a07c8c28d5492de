import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { decideHold } from '../../sql/hold-decisions.js'
import { findHold, type Hold, listHolds } from '../../sql/holds.js'
import { publishHeld } from '../../worker/steps.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import { expectBalanced, expectZakenEqual } from './equal.js'
import { begin, beginByKey } from './steps.js'

/** Nothing of a reading is published when more than one in a hundred is refused. */
const careful = 'from: open-zaak/zaken\nactivity: sturing-dienstverlening\nholds: { quarantined: 1 % }\n'

let waterdam: Waterdam
beforeEach(async () => {
  waterdam = await openWaterdam({ zaken: 150, broken: 0 }, { 'datasets/wmo/zaken.yaml': undefined, 'datasets/zaken/zaken.yaml': careful })
  await waterdam.read('zaken')
})
afterEach(() => waterdam.close())

const db = () => waterdam.warehouse.db
const openHolds = async () => (await listHolds(db(), { dataset: 'zaken.zaken' })).filter((h) => h.status === 'open')
const zaken = () => waterdam.zgw.snapshot().zaken
const alone = (open: boolean) =>
  zaken()
    .filter((z) => (z.einddatum === null) === open && z.hoofdzaak === null && (z.deelzaken as unknown[]).length === 0)
    .map((z) => z.uuid as string)
const keys = async (hold: Hold) =>
  (await waterdam.rows<{ key: string[] }>('select key from gemaal.hold_keys where hold_id = $1 order by key', [hold.id])).map(
    (r) => r.key[0],
  )
const rows = () => waterdam.rows<{ uuid: string; startdatum: string }>('select uuid, startdatum from zaken.zaken order by uuid')
const checkpoint = async () => (await waterdam.rows(`select checkpoint, full_at from gemaal.checkpoints where dataset = 'zaken.zaken'`))[0]!
const staged = () => waterdam.rows(`select relname from pg_class where relnamespace = 'staging'::regnamespace and relname ~ '^[ds][0-9]'`)

/** A weekly full reading after which a person has to look: so many records broke at once. */
async function holdAll(): Promise<{ hold: Hold; broken: string[] }> {
  const broken = alone(false).slice(0, 8)
  for (const uuid of broken) waterdam.zgw.changeZaak(uuid, { einddatumGepland: '2026-02-30' })
  await waterdam.read('zaken')
  const [hold] = await openHolds()
  expect(hold).toMatchObject({ why: 'quarantined', withholds: 'all' })
  return { hold: hold!, broken }
}

/** A weekly full reading that lacks more rows than go without a look. */
async function holdDeletes(): Promise<{ hold: Hold; gone: string[] }> {
  const gone = alone(false).slice(0, 40)
  for (const uuid of gone) waterdam.zgw.deleteZaak(uuid)
  await waterdam.read('zaken')
  const [hold] = await openHolds()
  expect(hold).toMatchObject({ why: 'deletes', withholds: 'deletes' })
  return { hold: hold!, gone: [...gone].sort() }
}

async function release(hold: Hold) {
  await decideHold(db(), hold.id, 'accept', 'jan', 'gezien')
  return carryOut(hold)
}
function carryOut(hold: Hold) {
  const input = { hold: hold.id, source: hold.source, stream: hold.stream, forbiddenLeaves: false, askedBy: 'jan' }
  return publishHeld({ workspace: waterdam.workspace, dev: true }, input, new AbortController().signal)
}

describe('23: a hold on deletes that a weekly full reading made', () => {
  test('23: stays as it is while readings of changes go on from day to day', async () => {
    const { hold, gone } = await holdDeletes()
    for (let day = 1; day <= 3; day++) {
      waterdam.zgw.applyChanges(20, day)
      const { datasets } = await waterdam.read('zaken', 'changes')
      expect(datasets.find((d) => d.dataset === 'zaken.zaken')).toMatchObject({ outcome: 'published' })
    }
    expect((await openHolds()).map((h) => h.id)).toEqual([hold.id])
    expect(await keys(hold)).toEqual(gone)
    await expectBalanced(waterdam)
  })

  test('23: is superseded by the next full one, which makes its own judgement', async () => {
    const { hold, gone } = await holdDeletes()
    waterdam.zgw.addZaken(1)
    await waterdam.read('zaken')
    const [newer] = await openHolds()
    expect(newer!.id).not.toBe(hold.id)
    expect(await keys(newer!)).toEqual(gone)
    expect(await findHold(db(), hold.id)).toMatchObject({ status: 'superseded', superseded_by: newer!.dataset_run_id })
    expect(await decideHold(db(), hold.id, 'accept', 'jan', 'te laat')).toMatchObject({ decided: [] })
    await expect(carryOut(hold)).resolves.toEqual({ byKey: false })
    expect((await rows()).filter((r) => gone.includes(r.uuid))).toHaveLength(40)
  })
})

describe('23: a hold that keeps a whole full reading', () => {
  test('23: while it waits readings of changes are published; released, it publishes what it held, but for what was read later', async () => {
    const changedBefore = alone(false).slice(10, 20)
    for (const uuid of changedBefore) waterdam.zgw.changeZaak(uuid, { startdatum: '2026-01-01' })
    const open = alone(true)
    const [closesLater, goesLater, changesLater] = open
    waterdam.zgw.changeZaak(changesLater!, { startdatum: '2026-02-01' })
    const { hold, broken } = await holdAll()
    const before = await rows()
    expect(before.some((r) => r.startdatum === '2026-01-01')).toBe(false)

    waterdam.zgw.changeZaak(changesLater!, { startdatum: '2026-02-02' })
    waterdam.zgw.closeZaak(closesLater!)
    waterdam.zgw.deleteZaak(goesLater!)
    const [newer] = waterdam.zgw.addZaken(1)
    await waterdam.read('zaken', 'changes')
    const moved = await checkpoint()
    expect((await openHolds()).map((h) => h.id)).toEqual([hold.id])

    expect(await release(hold)).toEqual({ byKey: false })
    const after = new Map((await rows()).map((r) => [r.uuid, r.startdatum]))
    for (const uuid of changedBefore) expect(after.get(uuid)).toBe('2026-01-01')
    expect(after.get(changesLater!)).toBe('2026-02-02')
    expect(after.has(goesLater!)).toBe(false)
    expect(after.has(newer!)).toBe(true)
    expect(await waterdam.rows('select uuid from zaken.open_zaken where uuid = $1', [closesLater])).toEqual([])
    expect(
      (
        await waterdam.rows(
          `select count(*)::int as n from gemaal.quarantine where dataset = 'zaken.zaken' and closed_at is null and key[1] = any($1)`,
          [broken],
        )
      )[0],
    ).toEqual({ n: 8 })
    // It is where the later reading left it, and a full reading counts.
    expect(await checkpoint()).toMatchObject({ checkpoint: moved.checkpoint, full_at: expect.any(Date) })
    expect(await staged()).toEqual([])
    expect(await findHold(db(), hold.id)).toMatchObject({ status: 'accepted', carriedOut: true })
    await expectZakenEqual(waterdam)
    await expectBalanced(waterdam)
  })

  test('23: what was re-read by key while it waited stands, also where it was gone or refused', async () => {
    const uuids = alone(false).slice(20, 24)
    for (const uuid of uuids) waterdam.zgw.changeZaak(uuid, { startdatum: '2026-01-01' })
    const { hold } = await holdAll()
    const [changes, goes, breaks, same] = uuids as [string, string, string, string]
    waterdam.zgw.changeZaak(changes, { startdatum: '2026-01-02' })
    waterdam.zgw.deleteZaak(goes)
    waterdam.zgw.changeZaak(breaks, { einddatumGepland: '2026-02-30' })
    await (await beginByKey(waterdam, 'zaken', [changes, goes, breaks, same])).finish()
    await release(hold)
    await expectZakenEqual(waterdam)
    await expectBalanced(waterdam)
  })

  test('23: is superseded by the next full one; what it kept is dropped, and the newer one publishes', async () => {
    const { hold, broken } = await holdAll()
    for (const uuid of broken) waterdam.zgw.changeZaak(uuid, { einddatumGepland: '2029-03-30' })
    await waterdam.read('zaken')
    expect(await findHold(db(), hold.id)).toMatchObject({ status: 'superseded' })
    expect(await openHolds()).toEqual([])
    expect(await staged()).toEqual([])
    await expectZakenEqual(waterdam)
  })

  test('23: accepted, but overtaken by a full reading that was published before it could be, it drops what it kept', async () => {
    const { hold, broken } = await holdAll()
    await decideHold(db(), hold.id, 'accept', 'jan', 'gezien')
    for (const uuid of broken) waterdam.zgw.changeZaak(uuid, { einddatumGepland: '2029-03-30' })
    waterdam.zgw.applyChanges(20, 1)
    const [came] = waterdam.zgw.addZaken(1)
    waterdam.zgw.deleteZaak(came!)
    await waterdam.read('zaken')
    await expectZakenEqual(waterdam)
    expect(await findHold(db(), hold.id)).toMatchObject({ status: 'superseded' })
    expect(await carryOut(hold)).toEqual({ byKey: false })
    await expectZakenEqual(waterdam)
    expect(await staged()).toEqual([])
    await expectBalanced(waterdam)
  })

  test('23: released while a newer full reading is under way, both are published, in either order of their ends', async () => {
    const { hold, broken } = await holdAll()
    const newer = await begin(waterdam, 'zaken')
    await newer.stage()
    await release(hold)
    for (const uuid of broken) waterdam.zgw.changeZaak(uuid, { einddatumGepland: '2029-03-30' })
    await newer.publish().catch(() => expect.unreachable('the newer reading is published too'))
    await waterdam.read('zaken')
    await expectZakenEqual(waterdam)
    expect(await staged()).toEqual([])
    await expectBalanced(waterdam)
  })

  test('23: released twice at once, it is published once', async () => {
    const { hold } = await holdAll()
    await decideHold(db(), hold.id, 'accept', 'jan', 'gezien')
    await Promise.all([carryOut(hold), carryOut(hold), carryOut(hold)])
    expect(await waterdam.rows('select status from gemaal.dataset_runs where id = $1', [hold.dataset_run_id])).toEqual([
      { status: 'published' },
    ])
    await expectZakenEqual(waterdam)
  })

  test('23: when the contract got stricter while it waited there is nothing left to release', async () => {
    const { hold } = await holdAll()
    await waterdam.apply({
      'datasets/zaken/zaken.yaml': careful.replace('holds:', 'version: 2.0.0\ncolumns: { communicatiekanaal: drop }\nholds:'),
    })
    expect(await findHold(db(), hold.id)).toMatchObject({ status: 'superseded' })
    expect(await staged()).toEqual([])
    expect(await decideHold(db(), hold.id, 'accept', 'jan', 'te laat')).toMatchObject({ decided: [] })
  })

  test('23: when it was accepted and the contract got stricter before it could be published, it is dropped', async () => {
    const { hold } = await holdAll()
    await decideHold(db(), hold.id, 'accept', 'jan', 'gezien')
    await waterdam.apply({
      'datasets/zaken/zaken.yaml': careful.replace('holds:', 'version: 2.0.0\ncolumns: { communicatiekanaal: drop }\nholds:'),
    })
    expect(await findHold(db(), hold.id)).toMatchObject({ status: 'superseded', carriedOut: false })
    expect(await carryOut(hold)).toEqual({ byKey: false })
    expect(await staged()).toEqual([])
  })

  test('23: when its activity ended while it waited it is not released', async () => {
    const { hold } = await holdAll()
    const before = await rows()
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
    await decideHold(db(), hold.id, 'accept', 'jan', 'gezien')
    await expect(carryOut(hold)).rejects.toThrow("activity 'sturing-dienstverlening' ended on 2026-01-31")
    expect(await rows()).toEqual(before)
  })
})
