import { afterAll, beforeAll, expect, test } from 'vitest'
import { newPseudonymKey } from '../../worker/pseudonyms.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'
import { searchFor, tablesOf } from './search.js'

const activity = (name: string, personal: string, more = '') => `
${name}:
  purpose: Proef van de tests
  basis: algemeen belang
  law: Gemeentewet art. 160
  until: 2028-12-31
  personal: ${personal}
${more}`

const contract = (name: string, personal: string) => `from: open-zaak/rollen\nactivity: ${name}\npersonal: ${personal}\n`

// Four purposes of one stream: two of one domain, one of another, and one that keeps what it asks for.
const files = {
  'activities.yaml': [
    activity('sturing-dienstverlening', '{ bsn: pseudonymise }'),
    activity('wmo-monitor', '{ bsn: pseudonymise, geboortedatum: year, postcode: pc4 }', '  domain: sociaal\n  special: [gezondheid]\n'),
    activity('schuldhulp', '{ bsn: pseudonymise }', '  domain: sociaal\n'),
    activity('klantbeeld', '{ bsn: keep, naam: keep }'),
  ].join(''),
  'datasets/zaken/rollen.yaml': contract('sturing-dienstverlening', '[bsn]'),
  'datasets/wmo/rollen.yaml': contract('wmo-monitor', '[bsn, geboortedatum, postcode]'),
  'datasets/schuld/rollen.yaml': contract('schuldhulp', '[bsn]'),
  'datasets/klant/rollen.yaml': contract('klantbeeld', '[bsn, naam]'),
}

let waterdam: Waterdam
beforeAll(async () => {
  waterdam = await openWaterdam({ zaken: 400, broken: 0.3 }, files)
  for (const stream of ['roltypen', 'zaken', 'rollen']) await waterdam.read(stream)
})
afterAll(() => waterdam?.close())

const column = 'betrokkene_identificatie_inp_bsn'

async function count(sql: string): Promise<number> {
  const [row] = await waterdam.rows<{ n: string }>(sql)
  return Number(row!.n)
}

test('what a contract keeps is in its dataset and in what that dataset refused, and in no other place', async () => {
  const { rollen } = waterdam.zgw.snapshot()
  const of = rollen.map((rol) => (rol.betrokkeneIdentificatie ?? {}) as { inpBsn?: string; geslachtsnaam?: string })
  const values = of
    .flatMap(({ inpBsn, geslachtsnaam }) => [inpBsn, geslachtsnaam])
    .filter((value) => value !== undefined && value.length >= 6) as string[]
  const found = searchFor(values)(await tablesOf(waterdam.warehouse.pool))
  expect(new Set(found.map(({ place }) => place))).toEqual(new Set(['klant.rollen', 'gemaal.quarantine']))
  // Nearly every one of them: a person without a rol in the list that was read is in none.
  expect(new Set(found.map(({ value }) => value)).size).toBeGreaterThan(new Set(values).size * 0.9)
  const others = await waterdam.rows<{ row: string }>(`select q::text as row from gemaal.quarantine q where dataset <> 'klant.rollen'`)
  expect(others.length).toBeGreaterThan(0)
  expect(searchFor(values)(new Map([['others', Buffer.from(others.map(({ row }) => row).join('\n'))]]))).toEqual([])
})

test('datasets of one domain can be joined by person', async () => {
  const joined = await count(
    `select count(*) as n from wmo.rollen w join schuld.rollen s using (uuid, ${column}) where ${column} is not null`,
  )
  expect(joined).toBe(await count(`select count(${column}) as n from wmo.rollen`))
  expect(joined).toBeGreaterThan(100)
  // And only by person: as many pseudonyms as there are numbers.
  expect(await count(`select count(distinct ${column}) as n from wmo.rollen`)).toBe(
    await count(`select count(distinct ${column}) as n from klant.rollen`),
  )
})

test('datasets of two domains cannot, not even without the id of the key in front', async () => {
  const bare = (table: string) =>
    `select distinct substr(${column}, strpos(${column}, '_') + 1) as person from ${table} where ${column} is not null`
  expect(await count(`select count(*) as n from (${bare('zaken.rollen')}) a join (${bare('wmo.rollen')}) b using (person)`)).toBe(0)
  expect(await count(`select count(*) as n from zaken.rollen z join klant.rollen k on z.${column} = k.${column}`)).toBe(0)
})

test('a birth date lands as its year and a postcode as its digits, however the source writes them', async () => {
  const rows = await waterdam.rows<{ uuid: string; year: number | null; pc4: string | null }>(
    `select uuid, betrokkene_identificatie_geboortedatum as year, verblijfsadres_aoa_postcode as pc4 from wmo.rollen`,
  )
  const source = new Map(
    waterdam.zgw
      .snapshot()
      .rollen.map((rol) => [
        rol.uuid,
        rol.betrokkeneIdentificatie as { geboortedatum?: string; verblijfsadres?: { aoaPostcode?: string } | null } | null,
      ]),
  )
  const written = new Set<string>()
  for (const { uuid, year, pc4 } of rows) {
    const { geboortedatum, verblijfsadres } = source.get(uuid) ?? {}
    if (geboortedatum) written.add(geboortedatum.replaceAll(/\d/g, '0'))
    expect(Number(year) || null).toBe(geboortedatum ? Number(geboortedatum.slice(0, 4)) : null)
    expect(pc4).toBe(verblijfsadres?.aoaPostcode?.slice(0, 4) ?? null)
  }
  expect(written).toEqual(new Set(['0000-00-00', '00000000']))
})

test('a key that two domains share is refused before a record is read', async () => {
  const shared = { ...waterdam.environment, GEMAAL_KEY_SCHULDHULP_2: waterdam.environment.GEMAAL_KEY_SOCIAAL! }
  Object.assign(waterdam.environment, shared)
  await waterdam.apply({
    'activities.yaml': `${files['activities.yaml']}${activity('schuldhulp-2', '{ bsn: pseudonymise }')}`,
    'datasets/schuld/tweede.yaml': contract('schuldhulp-2', '[bsn]'),
  })
  await expect(waterdam.session('rollen')).rejects.toThrow(
    /domain 'schuldhulp-2' is that of another domain too, so that the two could be joined/,
  )
  waterdam.environment.GEMAAL_KEY_SCHULDHULP_2 = newPseudonymKey('schuldhulp-2')
  await expect(waterdam.session('rollen')).resolves.toBeDefined()
})
