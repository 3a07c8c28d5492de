import { afterAll, beforeAll, expect, test } from 'vitest'
import { accept, freeze, list, reject, show } from '../../cli/holds.js'
import type { Hold } from '../../sql/holds.js'
import type { Ended } from './gemaal.js'
import { openSmall, type Small } from './small.js'

let small: Small

beforeAll(async () => {
  small = await openSmall({ zaken: 300 })
  await small.running.worker()
})
afterAll(() => small?.close())

const reason = 'nagevraagd bij de leverancier'
const yes = { reason, yes: true }
/** Holds that wait, of one dataset. */
const holds = (dataset = 'zaken.zaken') => small.gemaal.read<Hold[], { dataset: string }>(list, [], { dataset })
const zaken = async () => (await small.waterdam.rows<{ uuid: string }>('select uuid from zaken.zaken order by uuid')).map((r) => r.uuid)
const readAll = () => small.running.run({ sync: 'dataset zaken.zaken', streams: ['zaken'], reading: 'full' })

/** Deletes zaken at the source, so many that the next full reading is held. Returns those that stood in the dataset. */
async function deleteMany(): Promise<string[]> {
  const standing = await zaken()
  const gone = Array.from({ length: 35 }, () => small.waterdam.zgw.deleteZaakAt(0))
  return gone.filter((uuid) => standing.includes(uuid))
}

test('a hold says why it waits, for which rows, and what each decision would do', async () => {
  await readAll()
  const gone = await deleteMany()
  expect((await readAll()).status).toBe('held')
  const [hold] = await holds()
  expect(hold).toMatchObject({ why: 'deletes', withholds: 'deletes', keys: gone.length, status: 'open' })
  const shown = await small.gemaal.run('holds', 'show', String(hold!.id))
  expect(shown.code).toBe(0)
  expect(shown.stdout).toContain(`The listing lacks ${gone.length} of the `)
  expect(gone.some((uuid) => shown.stdout.includes(uuid))).toBe(true)
  for (const decision of ['accept', 'freeze', 'reject']) expect(shown.stderr).toContain(`gemaal holds ${decision} ${hold!.id} --reason`)
  const asked = await small.gemaal.run('holds', 'accept', String(hold!.id), '--reason', reason)
  expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('Nothing was done. Give --yes to do it.') })
  const unknown = await small.gemaal.verb(show, ['4711'])
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("there is no hold '4711'") })
})

test('reject leaves the rows, and the next full reading holds again', async () => {
  const [hold] = await holds()
  const before = await zaken()
  expect((await small.gemaal.verb(reject, [String(hold!.id)], yes)).code).toBe(0)
  expect(await holds()).toEqual([])
  expect((await readAll()).status).toBe('held')
  expect(await zaken()).toEqual(before)
  expect((await holds())[0]).toMatchObject({ why: 'deletes', keys: hold!.keys })
})

test('freeze keeps the rows, whatever later listings show, until it is accepted after all', async () => {
  const [hold] = await holds()
  const before = await zaken()
  await small.gemaal.verb(freeze, [String(hold!.id)], { reason })
  expect((await readAll()).status).toBe('synced')
  expect(await zaken()).toEqual(before)
  const { code } = await small.gemaal.verb(accept, [String(hold!.id)], yes)
  expect(code).toBe(0)
  expect((await zaken()).length).toBe(before.length - hold!.keys)
})

test('two people who accept at once decide once, and what is gone is deleted once', async () => {
  const gone = await deleteMany()
  await readAll()
  const [hold] = await holds()
  const before = await zaken()
  const both = await Promise.all([accept, accept].map((verb) => small.gemaal.verb(verb, [String(hold!.id)], yes)))
  expect(both.map((b) => b.code)).toEqual([0, 0])
  expect((await zaken()).length).toBe(before.length - gone.length)
  expect(hold!.keys).toBe(gone.length)
  const audit = await small.waterdam.rows(
    "select who, reason from gemaal.audit_trail where action = 'hold accept' and detail->>'hold' = $1",
    [String(hold!.id)],
  )
  expect(audit).toEqual([{ who: expect.any(String), reason }])
  const again = await small.gemaal.verb(accept, [String(hold!.id)], yes)
  expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining(`hold ${hold!.id} was accepted by `) })
  expect(await holds()).toEqual([])
})

test('of two people who decide otherwise the first one has it, and the other is told', async () => {
  await deleteMany()
  await readAll()
  const [hold] = await holds()
  const [one, other] = (await Promise.all([
    small.gemaal.verb(freeze, [String(hold!.id)], yes),
    small.gemaal.verb(reject, [String(hold!.id)], yes),
  ])) as [Ended, Ended]
  expect([one.code, other.code].sort()).toEqual([0, 1])
  const lost = one.code === 1 ? one : other
  expect(lost.stderr).toMatch(/was (frozen|rejected) by .*: nagevraagd bij de leverancier/)
})

test('a decision that was cut off before it was carried out is carried out by accepting again', async () => {
  await deleteMany()
  await readAll()
  const [hold] = await holds()
  const before = await zaken()
  // As when the command dies between the two.
  await small.waterdam.rows(
    "update gemaal.holds set status = 'accepted', decided_at = now(), decided_by = 'x', reason = 'y' where id = $1",
    [hold!.id],
  )
  expect((await small.gemaal.verb(list)).stdout).toContain(`not carried out yet (gemaal holds accept ${hold!.id} goes on)`)
  await small.gemaal.verb(accept, [String(hold!.id)], yes)
  expect((await zaken()).length).toBe(before.length - hold!.keys)
  expect(await holds()).toEqual([])
})

test('a hold that a newer reading superseded cannot be decided any more', async () => {
  await deleteMany()
  await readAll()
  const [hold] = await holds()
  await readAll()
  const late = await small.gemaal.verb(accept, [String(hold!.id)], yes)
  expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('superseded by a newer reading') })
  const [newer] = await holds()
  expect(newer!.id).toBeGreaterThan(hold!.id)
  await small.gemaal.verb(accept, [String(newer!.id)], yes)
})

test('too many refused records hold everything; accepted, what passed lands and the rest is in quarantine', async () => {
  const { waterdam } = small
  const file = 'datasets/zaken/zaken.yaml'
  const plain = 'from: open-zaak/zaken\nactivity: sturing-dienstverlening\n'
  await waterdam.apply({ [file]: `${plain}holds: { quarantined: 1 % }\n` })
  const made = waterdam.zgw.addZaken(10)
  for (const uuid of made.slice(0, 6)) waterdam.zgw.changeZaak(uuid, { bronorganisatie: '123456789' })
  expect((await readAll()).status).toBe('held')
  const [hold] = await holds()
  expect(hold).toMatchObject({ why: 'quarantined', withholds: 'all' })
  expect((await zaken()).filter((uuid) => made.includes(uuid))).toEqual([])
  expect(await small.gemaal.verb(freeze, [String(hold!.id)], yes)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('accept or reject it'),
  })
  expect((await small.gemaal.run('holds', 'accept', String(hold!.id), '--reason', reason, '--yes')).code).toBe(0)
  expect((await zaken()).filter((uuid) => made.includes(uuid)).length).toBe(4)
  const refused = await waterdam.rows('select key from gemaal.quarantine where closed_at is null and key[1] = any($1)', [made])
  expect(refused.length).toBe(6)
  const [left] = await waterdam.rows(
    "select count(*)::int as n from pg_class where relnamespace = 'staging'::regnamespace and relkind = 'r'",
  )
  expect(left).toEqual({ n: 0 })
  await waterdam.apply({ [file]: plain })
})
