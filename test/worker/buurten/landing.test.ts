import { afterAll, beforeAll, expect, test } from 'vitest'
import { examplesOf } from '../../docs/pages.js'
import { type FeaturesServer, startFeatures } from '../../sources/ogc-features/server.js'
import { seedMunicipality } from '../../sources/zgw/seed.js'
import { startZgw, type ZgwServer } from '../../sources/zgw/server.js'
import { balanceOf, openProject, type TestProject } from '../../support/project.js'

const gemaal = `
gemaal: 1
organisation: { name: Gemeente Waterdam, code: 0363, rsin: 002564440 }
contact: { data: datateam@waterdam.example, fg: fg@waterdam.example }
`
const activities = `
wijkmonitor:
  purpose: Volgen hoeveel zaken er per buurt zijn.
  basis: algemeen belang
  law: Gemeentewet art. 160
  until: 2028-12-31
  personal: { locatie: buurt }
`
/** Twice: a rule of the second one refuses some of what has a place, so that quarantine holds it. */
const plekken = `
from: open-zaak/zaken
activity: wijkmonitor
personal: [locatie]
history: true
columns: { buurt: { from: zaakgeometrie, description: CBS-buurt waarin de zaak speelt } }
`
const geweigerd = `${plekken}holds: { quarantined: 100 % }
rules:
  own:
    afgesloten:
      check: einddatum != null
      severity: reject
      nl: De zaak is afgesloten.
      en: The case is closed.
      examples: { valid: [{ einddatum: 2026-03-01 }], invalid: [{ einddatum: null }] }
`

const seeded = seedMunicipality({ zaken: 120 })
let zgw: ZgwServer
let features: FeaturesServer
let project: TestProject

beforeAll(async () => {
  zgw = await startZgw({ seeded })
  features = await startFeatures()
  const page = examplesOf('docs/connectors/ogc-features.md')
  project = await openProject(
    {
      'gemaal.yaml': `${gemaal}buurten: gebieden.buurten\n`,
      'activities.yaml': activities,
      'sources/open-zaak.yaml': `connector: zgw\nbaseUrl: ${zgw.url}\n`,
      'sources/pdok-buurten.yaml': page['sources/pdok-buurten.yaml']!.replace(/baseUrl: .*/, `baseUrl: ${features.url}`),
      'datasets/gebieden/buurten.yaml': page['datasets/gebieden/buurten.yaml']!,
      'datasets/wmo/plekken.yaml': plekken,
      'datasets/wmo/afgesloten.yaml': geweigerd,
    },
    { GEMAAL_OPEN_ZAAK_CLIENT_ID: zgw.clientId, GEMAAL_OPEN_ZAAK_SECRET: zgw.secret },
  )
})
afterAll(async () => {
  await project?.close()
  await features?.stop()
  await zgw?.stop()
})

interface Place {
  type: string
  coordinates: unknown
}
interface Landed {
  uuid: string
  buurt: string | null
  _findings: string[]
}
const landed = () => project.rows<Landed>('select uuid::text, buurt, _findings from wmo.plekken order by uuid')

/** The places of the zaken by uuid, as the source holds them. */
function places(): Map<string, Place | null> {
  return new Map(seeded.world.municipality.zaken.rows.map(({ uuid, zaakgeometrie }) => [uuid, zaakgeometrie as Place | null]))
}

/** In which of the made-up buurten a point in degrees lies, by their corners. */
function buurtBy([x, y]: readonly [number, number]): string {
  if (x >= 5.01 && x <= 5.02 && y >= 52.31 && y <= 52.32) return 'BU03630102'
  if (y < 52.3 && x < 5.02) return 'BU03630000'
  if (y < 52.3 && x < 5.06) return 'BU03630001'
  if (y < 52.285) return 'BU03630100'
  return y > 52.3 && x < 5.05 ? 'BU03630100' : 'BU03630101'
}

test('before the boundaries were read, what needs them is refused, and says what to do', async () => {
  await expect(project.read('open-zaak/zaken')).rejects.toThrow(
    /wmo\.\w+ lands the buurt of a place, and gebieden\.buurten, .* was not read in full yet; run `gemaal run gebieden\.buurten --full`/,
  )
})

test('each place lands as the buurt that it lies in, whatever the system of the boundaries', async () => {
  await project.read('pdok-buurten/buurten')
  await project.read('open-zaak/zaken')
  const rows = await landed()
  const there = places()
  expect(rows.filter(({ buurt }) => buurt !== null).length).toBeGreaterThan(20)
  expect(new Set(rows.map(({ buurt }) => buurt)).size).toBeGreaterThan(4)
  for (const { uuid, buurt, _findings } of rows) {
    const place = there.get(uuid)!
    expect(_findings).not.toContain('shield.buurt')
    if (place?.type === 'Point') expect(buurt).toBe(buurtBy(place.coordinates as [number, number]))
    else expect(buurt === null).toBe(place === null)
  }
})

test('no coordinate stands anywhere in the warehouse, but for those of the boundaries', async () => {
  const needles = [...places().values()].flatMap((place) => JSON.stringify(place?.coordinates ?? []).match(/5\d?\.\d{5,}/g) ?? [])
  expect(needles.length).toBeGreaterThan(50)
  const tables = await project.rows<{ name: string }>(
    `select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema', 'gebieden')`,
  )
  expect((await project.rows(`select from gemaal.quarantine where dataset = 'wmo.afgesloten'`)).length).toBeGreaterThan(5)
  for (const { name } of tables) {
    const found = await project.rows(`select from ${name} t where t::text ~ $1 limit 1`, [
      needles.map((n) => n.replace('.', '\\.')).join('|'),
    ])
    expect(found, name).toHaveLength(0)
  }
})

test('the same boundaries give the same codes: a release that only numbers features anew changes nothing', async () => {
  features.release('buurten')
  expect(balanceOf(await project.read('pdok-buurten/buurten'), 'gebieden.buurten')).toMatchObject({ unchanged: 5, changed: 0, new: 0 })
  expect(balanceOf(await project.read('open-zaak/zaken'), 'wmo.plekken')).toMatchObject({ changed: 0, new: 0 })
})

test('boundaries that moved are those of the next full reading, and a place outside of them is null with a finding', async () => {
  const before = (await landed()).filter(({ buurt }) => buurt === 'BU03630000')
  expect(before.length).toBeGreaterThan(0)
  features.release('buurten', ({ features: all }) => {
    const haven = all.find(({ properties }) => properties.buurtcode === 'BU03630000')!
    // A hectare on the edge of the old harbour; no zaak lies in it.
    const corner = [
      [
        [127887, 475850],
        [127987, 475850],
        [127987, 475950],
        [127887, 475950],
        [127887, 475850],
      ],
    ]
    haven.geometry = { ...haven.geometry!, rd: { type: 'Polygon', coordinates: corner } }
  })
  await project.read('pdok-buurten/buurten')
  await project.read('open-zaak/zaken')
  const after = new Map((await landed()).map((row) => [row.uuid, row]))
  for (const { uuid } of before) expect(after.get(uuid)).toMatchObject({ buurt: null, _findings: expect.arrayContaining(['shield.buurt']) })
})

test('a project that asks for a buurt and names no boundaries, or ones that say no area, is refused', async () => {
  const refusal = (files: { [path: string]: string }) =>
    project.apply(files).then(
      () => '',
      (error: Error) => error.message,
    )
  expect(await refusal({ 'gemaal.yaml': gemaal })).toContain("'locatie' lands as its CBS buurt, and gemaal.yaml does not name the dataset")
  expect(await refusal({ 'gemaal.yaml': `${gemaal}buurten: gebieden.buurtn\n` })).toContain("there is no dataset 'gebieden.buurtn'")
  expect(await refusal({ 'gemaal.yaml': `${gemaal}buurten: wmo.plekken\n` })).toContain(
    "dataset 'wmo.plekken' cannot say where buurten are",
  )
  const without = 'from: pdok-buurten/buurten\ncolumns: [buurtcode]\n'
  expect(await refusal({ 'gemaal.yaml': `${gemaal}buurten: gebieden.buurten\n`, 'datasets/gebieden/buurten.yaml': without })).toContain(
    'it lands no geometry',
  )
})
