import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { accept, freeze, list, reject, show } from '../../cli/holds.js'
import type { Hold } from '../../sql/holds.js'
import type { Grant } from '../sources/zgw/grants.js'
import { openSmall, type Small } from './small.js'

let small: Small
/** Of each zaaktype, and of all but one. */
let all: Grant[]
let fewer: Grant[]

beforeAll(async () => {
  small = await openSmall({ zaken: 120 })
  await small.running.worker()
  const { zaken, zaaktypen } = small.waterdam.zgw.snapshot()
  const kinds = [...new Set(zaaktypen.map((z) => String(z.identificatie)))]
  all = kinds.map((zaaktype) => ({ zaaktype, atMost: 'zeer_geheim' }))
  const addressOf = new Map(zaaktypen.map((z) => [z.url, String(z.identificatie)]))
  const counts = new Map<string, number>()
  for (const zaak of zaken) counts.set(addressOf.get(zaak.zaaktype)!, (counts.get(addressOf.get(zaak.zaaktype)!) ?? 0) + 1)
  const largest = [...counts].sort((a, b) => b[1] - a[1])[0]![0]
  fewer = all.filter((grant) => grant.zaaktype !== largest)
})
afterAll(() => small?.close())

const yes = { reason: 'afgesproken met de FG', yes: true }
const decide = (verb: typeof accept, hold: Hold) => small.gemaal.verb(verb, [String(hold.id)], yes)
const open = () => small.gemaal.read<Hold[], object>(list)
const holdOf = async (dataset: string) => (await open()).find((h) => h.dataset === dataset)!
const zaken = async () => (await small.waterdam.rows<{ uuid: string }>('select uuid from zaken.zaken order by uuid')).map((r) => r.uuid)
const read = (reading: 'full' | 'changes' = 'full') => small.running.run({ sync: 'daily', reading })
/** Zaken that the source shows us now, and that pass. */
const shown = async () => {
  const uuids = small.waterdam.zgw.snapshot().zaken.map((zaak) => String(zaak.uuid))
  const refused = await small.waterdam.rows<{ key: string[] }>(
    "select key from gemaal.quarantine where dataset = 'zaken.zaken' and closed_at is null",
  )
  const out = new Set(refused.map((r) => r.key[0]))
  return uuids.filter((uuid) => !out.has(uuid)).sort()
}

/** The rights accepted, the datasets in step with them. */
beforeEach(async () => {
  small.waterdam.zgw.grant(all)
  await small.waterdam.rows('delete from gemaal.scopes')
  await small.waterdam.rows("update gemaal.holds set status = 'superseded' where status in ('open', 'frozen')")
  expect((await read()).status).toBe('synced')
  expect(await zaken()).toEqual(await shown())
})

test('narrower rights, accepted: what we may not see any more leaves, and later runs go by these rights', async () => {
  const before = await zaken()
  small.waterdam.zgw.grant(fewer)
  const [made] = small.waterdam.zgw.addZaken(1, { kind: fewer[0]!.zaaktype })
  expect((await read()).status).toBe('held')
  expect(await zaken()).toEqual([...before, made!].sort())
  const hold = await holdOf('zaken.zaken')
  expect(hold).toMatchObject({ why: 'scope narrower', withholds: 'deletes' })
  const told = await small.gemaal.verb(show, [String(hold.id)])
  expect(told.stdout).toMatch(/less than accepted: zrc zaken\.lezen [0-9a-f-]{36}/)
  const accepted = await small.gemaal.run('holds', 'accept', String(hold.id), '--reason', 'afgesproken', '--yes')
  expect(accepted).toMatchObject({ code: 0, stderr: expect.stringMatching(/So are those for the same rights: .*zaken\.rollen/) })
  expect(await open()).toEqual([])
  expect(await zaken()).toEqual(await shown())
  expect((await read()).status).toBe('synced')
})

test('narrower rights, frozen: the rows stay, also after later listings', async () => {
  const before = await zaken()
  small.waterdam.zgw.grant(fewer)
  await read()
  expect((await decide(freeze, await holdOf('zaken.zaken'))).code).toBe(0)
  expect(await open()).toEqual([])
  expect((await read()).status).toBe('synced')
  expect(await zaken()).toEqual(before)
})

test('narrower rights, rejected: the rows stay, and the next run holds again', async () => {
  const before = await zaken()
  small.waterdam.zgw.grant(fewer)
  await read()
  expect((await decide(reject, await holdOf('zaken.zaken'))).code).toBe(0)
  expect((await read()).status).toBe('held')
  expect(await holdOf('zaken.zaken')).toMatchObject({ why: 'scope narrower' })
  small.waterdam.zgw.grant(all)
  expect((await read()).status).toBe('synced')
  expect(await zaken()).toEqual(before)
})

test('narrower rights that only a reading of changes met cannot be accepted, since it is not known which rows are out of sight', async () => {
  small.waterdam.zgw.grant(fewer)
  await read('changes')
  const refused = await decide(accept, await holdOf('zaken.zaken'))
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('gemaal run zaken.zaken --full') })
})

test('wider rights, accepted: what was held is published, of every dataset of the source, and later runs go by them', async () => {
  small.waterdam.zgw.grant(fewer)
  await small.waterdam.rows('delete from gemaal.scopes')
  await read()
  for (const hold of await open()) await decide(accept, hold)
  const before = await zaken()
  small.waterdam.zgw.grant(all)
  const [made] = small.waterdam.zgw.addZaken(1)
  expect((await read()).status).toBe('held')
  expect(await zaken()).toEqual(before)
  const hold = await holdOf('zaken.zaken')
  expect(hold).toMatchObject({ why: 'scope wider', withholds: 'all' })
  expect(await decide(freeze, hold)).toMatchObject({ code: 2, stderr: expect.stringContaining('accept or reject it') })
  expect((await decide(accept, hold)).code).toBe(0)
  expect(await open()).toEqual([])
  expect(await zaken()).toEqual(await shown())
  expect(await zaken()).toContain(made)
  expect((await read()).status).toBe('synced')
})

test('wider rights, rejected: what was read is dropped, and the next run holds again', async () => {
  small.waterdam.zgw.grant(fewer)
  await small.waterdam.rows('delete from gemaal.scopes')
  await read()
  for (const hold of await open()) await decide(accept, hold)
  const before = await zaken()
  small.waterdam.zgw.grant(all)
  await read()
  expect((await decide(reject, await holdOf('zaken.zaken'))).code).toBe(0)
  expect(await zaken()).toEqual(before)
  const [staged] = await small.waterdam.rows(
    "select count(*)::int as n from pg_class where relnamespace = 'staging'::regnamespace and relkind = 'r'",
  )
  expect(staged).toEqual({ n: 0 })
  expect((await read()).status).toBe('held')
  expect(await holdOf('zaken.zaken')).toMatchObject({ why: 'scope wider' })
})
