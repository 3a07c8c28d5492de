import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWaterdam, type Waterdam } from '../../support/waterdam.js'
import { uuidAtEnd } from './fixture.js'

const streams = [
  'informatieobjecttypen',
  'besluittypen',
  'enkelvoudiginformatieobjecten',
  'objectinformatieobjecten',
  'gebruiksrechten',
  'besluiten',
  'besluitinformatieobjecten',
] as const
const documents = 'enkelvoudiginformatieobjecten'

// The contract that a person writes who wants to know nothing more.
const contract = (stream: string) => `from: open-zaak/${stream}\n${stream.endsWith('typen') ? '' : 'activity: sturing-dienstverlening\n'}`

let waterdam: Waterdam
beforeAll(async () => {
  const files = Object.fromEntries(streams.map((stream) => [`datasets/papieren/${stream}.yaml`, contract(stream)]))
  waterdam = await openWaterdam({ zaken: 200, broken: 0 }, files)
  for (const stream of streams) await waterdam.read(stream)
})
afterAll(() => waterdam?.close())

const rowsOf = (stream: string) => waterdam.rows<{ uuid: string; [column: string]: unknown }>(`select * from papieren.${stream}`)
const shown = (stream: (typeof streams)[number]) => waterdam.zgw.snapshot()[stream].map(({ url }) => uuidAtEnd(url))

test('documents, besluiten and what connects them land by the shortest contract, with nothing that a rule has against them', async () => {
  for (const stream of streams) {
    const rows = await rowsOf(stream)
    expect(rows.map(({ uuid }) => uuid).sort(), stream).toEqual(shown(stream).sort())
    expect(
      rows.flatMap(({ _findings }) => _findings),
      stream,
    ).toEqual([])
  }
})

test('nothing of them lands that says something of a person', async () => {
  const names = waterdam.zgw.personalValues().filter((value) => value.length >= 6)
  for (const stream of streams) {
    const text = JSON.stringify(await rowsOf(stream))
    expect(
      names.filter((name) => text.includes(name)),
      stream,
    ).toEqual([])
    expect(text).not.toContain('download')
  }
})

test('a document that changes is one row in its new version, and one that is deleted goes with its rights', async () => {
  const { gebruiksrechten } = waterdam.zgw.snapshot()
  const gone = uuidAtEnd(gebruiksrechten[0]!.informatieobject)
  const changed = shown(documents).find((uuid) => uuid !== gone)!
  waterdam.zgw.changeDocument(changed, { status: 'gearchiveerd' })
  waterdam.zgw.deleteDocument(gone)
  for (const stream of [documents, 'gebruiksrechten'] as const) {
    await waterdam.read(stream)
    expect((await rowsOf(stream)).map(({ uuid }) => uuid).sort()).toEqual(shown(stream).sort())
  }
  const [row] = await waterdam.rows<{ versie: number; status: string }>(
    `select versie, status from papieren.${documents} where uuid = '${changed}'`,
  )
  const { versie } = waterdam.zgw.snapshot()[documents].find(({ url }) => uuidAtEnd(url) === changed)!
  expect([Number(row!.versie), row!.status]).toEqual([versie, 'gearchiveerd'])
})
