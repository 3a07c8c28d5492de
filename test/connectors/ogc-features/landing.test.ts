import { afterAll, beforeAll, expect, test } from 'vitest'
import { examplesOf } from '../../docs/pages.js'
import { type FeaturesServer, startFeatures } from '../../sources/ogc-features/server.js'
import { balanceOf, openProject, type TestProject } from '../../support/project.js'

/** The files of the page, as a reader would copy them. */
const page = examplesOf('docs/connectors/ogc-features.md')
const gemaal = `
gemaal: 1
organisation: { name: Gemeente Waterdam, code: 0363, rsin: 002564440 }
contact: { data: datateam@waterdam.example, fg: fg@waterdam.example }
buurten: gebieden.buurten
`

let server: FeaturesServer
let project: TestProject

beforeAll(async () => {
  server = await startFeatures()
  const source = page['sources/pdok-buurten.yaml']!.replace(/baseUrl: .*/, `baseUrl: ${server.url}`)
  project = await openProject({ ...page, 'gemaal.yaml': gemaal, 'sources/pdok-buurten.yaml': source })
})
afterAll(async () => {
  await project?.close()
  await server?.stop()
})

const read = async () => balanceOf(await project.read('pdok-buurten/buurten'), 'gebieden.buurten')
const codes = async () =>
  (await project.rows<{ buurtcode: string }>('select buurtcode from gebieden.buurten order by 1')).map((r) => r.buurtcode)

test('the files of the page land the buurten of the municipality, with their geometry, its box and its system', async () => {
  expect(Object.keys(page).sort()).toEqual(['datasets/gebieden/buurten.yaml', 'sources/pdok-buurten.yaml'])
  expect(await read()).toMatchObject({ new: 5, quarantined: 0 })
  const [haven] = await project.rows(
    `select buurtnaam, aantal_inwoners, geometry->>'type' as type, geometry_xmin, geometry_ymax, pg_typeof(geometry_xmin)::text as number, _findings,
       col_description('gebieden.buurten'::regclass, (select attnum from pg_attribute where attrelid = 'gebieden.buurten'::regclass and attname = 'geometry')) as comment
     from gebieden.buurten where buurtcode = 'BU03630000'`,
  )
  expect(haven).toMatchObject({
    buurtnaam: 'Oude Haven',
    type: 'Polygon',
    geometry_xmin: '127887.74',
    geometry_ymax: '479187.96',
    number: 'numeric',
    _findings: [],
    comment: expect.stringContaining('RD, EPSG:28992'),
  })
})

test('a release that numbers all features anew changes only what changed', async () => {
  server.release('buurten', ({ features }) => {
    features[4]!.properties.aantal_inwoners = 70
  })
  expect(await read()).toMatchObject({ new: 0, changed: 1, unchanged: 4 })
})

test('a buurt that is gone is deleted when two full readings lack it', async () => {
  server.release('buurten', (collection) => {
    collection.features = collection.features.filter(({ properties }) => properties.buurtcode !== 'BU03630102')
  })
  await read()
  expect(await codes()).toHaveLength(5)
  await read()
  expect(await codes()).toEqual(['BU03630000', 'BU03630001', 'BU03630100', 'BU03630101'])
})

test('a property that came is told, and one that another type came of refuses that record alone', async () => {
  server.release('buurten', ({ features }) => {
    for (const { properties } of features) properties.omgevingsadressendichtheid = 12
    features[0]!.properties.aantal_inwoners = 'veel'
  })
  expect(await read()).toMatchObject({ unchanged: 3, quarantined: 1 })
  expect(await project.rows(`select path from gemaal.schema_changes where source = 'pdok-buurten'`)).toContainEqual({
    path: 'omgevingsadressendichtheid',
  })
})

test('a service that we may not read any more takes nothing away', async () => {
  const before = await codes()
  server.fail(/items/, 'refused')
  await expect(read()).rejects.toMatchObject({ name: 'SourceRefused' })
  expect(await codes()).toEqual(before)
})

test('a service that is out of order takes nothing away, and one that is busy is read when it says so', async () => {
  const before = await codes()
  server.fail(/items/, 'down', 10)
  await expect(read()).rejects.toMatchObject({ name: 'SourceUnavailable' })
  server.heal()
  server.fail(/items/, 'busy')
  await read()
  expect(await codes()).toEqual(before)
})
