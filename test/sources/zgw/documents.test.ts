import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ask, askPage, codeOf, walk } from './asking.js'
import type { JsonRecord } from './model.js'
import { startZgw, type ZgwServer } from './server.js'

const documenten = '/documenten/api/v1/enkelvoudiginformatieobjecten'
const besluiten = '/besluiten/api/v1/besluiten'
const uuidOf = (url: unknown): string => String(url).split('/').at(-1)!
const array = async (server: ZgwServer, path: string): Promise<JsonRecord[]> => (await ask(server, path)).body as JsonRecord[]

describe('documents and besluiten of the ZGW server', () => {
  let server: ZgwServer
  beforeAll(async () => {
    server = await startZgw({ zaken: 300 })
  })
  beforeEach(() => server.reset())
  afterAll(() => server.stop())

  it('refer to each other and to zaken, with nothing that leads nowhere', () => {
    const all = server.snapshot()
    const documents = new Set(all.enkelvoudiginformatieobjecten.map(({ url }) => url))
    const known = new Set([...all.zaken, ...all.besluiten].map(({ url }) => url))
    const types = new Set([...all.informatieobjecttypen, ...all.besluittypen].filter(({ concept }) => !concept).map(({ url }) => url))
    for (const { informatieobject } of [
      ...all.zaakinformatieobjecten,
      ...all.objectinformatieobjecten,
      ...all.gebruiksrechten,
      ...all.besluitinformatieobjecten,
    ])
      expect(documents).toContain(informatieobject)
    for (const { object } of all.objectinformatieobjecten) expect(known).toContain(object)
    for (const { besluit } of all.besluitinformatieobjecten) expect(known).toContain(besluit)
    for (const { informatieobjecttype } of all.enkelvoudiginformatieobjecten) expect(types).toContain(informatieobjecttype)
    for (const { besluittype, zaak } of all.besluiten) {
      expect(types).toContain(besluittype)
      if (zaak !== '') expect(known).toContain(zaak)
    }
    expect(all.besluiten.some(({ zaak }) => zaak === '')).toBe(true)
  })

  it('are mirrored at the document: each relation on one side has one on the other', () => {
    const { zaakinformatieobjecten, besluitinformatieobjecten, objectinformatieobjecten } = server.snapshot()
    const own = [
      ...zaakinformatieobjecten.map(({ zaak, informatieobject }) => `${zaak} ${informatieobject}`),
      ...besluitinformatieobjecten.map(({ besluit, informatieobject }) => `${besluit} ${informatieobject}`),
    ]
    expect(objectinformatieobjecten.map(({ object, informatieobject }) => `${object} ${informatieobject}`).sort()).toEqual(own.sort())
  })

  it('keep to the rules of the standard: drc-005, one of two dates, rights that are told, reasons with dates', () => {
    const { enkelvoudiginformatieobjecten, gebruiksrechten, besluiten: all } = server.snapshot()
    const withRights = new Set(gebruiksrechten.map(({ informatieobject }) => informatieobject))
    for (const { url, status, ontvangstdatum, verzenddatum, indicatieGebruiksrecht } of enkelvoudiginformatieobjecten) {
      if (ontvangstdatum !== null) expect(['in_bewerking', 'ter_vaststelling']).not.toContain(status)
      expect(ontvangstdatum !== null && verzenddatum !== null).toBe(false)
      expect(indicatieGebruiksrecht === true).toBe(withRights.has(url!))
    }
    for (const { vervaldatum, vervalreden } of all) expect(vervaldatum === null).toBe(vervalreden === '')
  })

  it('list the newest version of a document alone, which a change brings to the front', async () => {
    const before = await walk(server, `${documenten}?pageSize=500`)
    expect(new Set(before.map(({ url }) => url)).size).toBe(before.length)
    expect(before.some(({ versie }) => Number(versie) > 1)).toBe(true)
    const uuid = uuidOf(before.at(-1)!.url)
    server.changeDocument(uuid, { status: 'gearchiveerd' })
    const [first, ...rest] = await walk(server, `${documenten}?pageSize=500`)
    expect(first).toMatchObject({ url: before.at(-1)!.url, status: 'gearchiveerd', versie: Number(before.at(-1)!.versie) + 1 })
    expect(rest).toHaveLength(before.length - 1)
    expect((await ask(server, `${documenten}/${uuid}`)).body).toEqual(first)
  })

  it('list older versions as well where the server is older', async () => {
    server.behave({ listsOldVersions: true })
    const all = await walk(server, `${documenten}?pageSize=500`)
    expect(all.length).toBeGreaterThan(new Set(all.map(({ url }) => url)).size)
  })

  it('give relations and rights as bare arrays, whole or of one document', async () => {
    for (const [stream, path] of [
      ['objectinformatieobjecten', '/documenten/api/v1/objectinformatieobjecten'],
      ['gebruiksrechten', '/documenten/api/v1/gebruiksrechten'],
      ['besluitinformatieobjecten', '/besluiten/api/v1/besluitinformatieobjecten'],
    ] as const) {
      const shown = server.snapshot()[stream]
      expect(await array(server, path)).toEqual(shown)
      const { informatieobject } = shown[0]!
      expect(await array(server, `${path}?informatieobject=${informatieobject}`)).toEqual(
        shown.filter((record) => record.informatieobject === informatieobject),
      )
      expect(codeOf(await ask(server, `${path}?page=1`))).toBe('unknown-parameters')
    }
  })

  it('can be asked for by the object that they hang on', async () => {
    const { objectinformatieobjecten: all } = server.snapshot()
    const { object } = all.find(({ objectType }) => objectType === 'besluit')!
    expect(await array(server, `/documenten/api/v1/objectinformatieobjecten?object=${object}`)).toEqual(
      all.filter((record) => record.object === object),
    )
    const { zaak } = server.snapshot().besluiten.find((besluit) => besluit.zaak !== '')!
    expect((await askPage(server, `${besluiten}?zaak=${zaak}`)).count).toBeGreaterThan(0)
    expect((await array(server, `/zaken/api/v1/zaken/${uuidOf(zaak)}/besluiten`)).length).toBeGreaterThan(0)
  })

  it('cannot be ordered or filtered on when they were registered', async () => {
    for (const query of ['ordering=-beginRegistratie', 'beginRegistratie__gt=2026-01-01'])
      expect((await ask(server, `${documenten}?${query}`)).status).toBe(400)
    const { count } = await askPage(server, `${documenten}?creatiedatum__gte=2026-01-01`)
    expect(count).toBeLessThan(server.snapshot().enkelvoudiginformatieobjecten.length)
    server.behave({ knowsExperimentalFilters: false })
    expect(codeOf(await ask(server, `${documenten}?creatiedatum__gte=2026-01-01`))).toBe('unknown-parameters')
  })

  it('are found by _zoek, without Content-Crs', async () => {
    const wanted = server
      .snapshot()
      .enkelvoudiginformatieobjecten.slice(0, 3)
      .map(({ url }) => uuidOf(url))
    const { body } = await ask(server, `${documenten}/_zoek`, { method: 'POST', body: { uuid__in: wanted } })
    expect((body as { results: JsonRecord[] }).results.map(({ url }) => uuidOf(url))).toEqual(wanted)
  })

  it('are seen by the rights in their own API', async () => {
    server.grant([{ zaaktype: 'B0255', atMost: 'zeer_geheim' }])
    for (const path of [documenten, besluiten]) expect((await ask(server, path)).status).toBe(403)
    server.grant([{ informatieobjecttype: 'Advies', atMost: 'intern' }, { besluittype: 'Toekenning' }])
    const { informatieobjecttypen, besluittypen } = server.snapshot()
    const urlOf = (types: JsonRecord[], omschrijving: string) =>
      types.find((type) => type.omschrijving === omschrijving && !type.concept)!.url
    const shown = await walk(server, `${documenten}?pageSize=500`)
    expect(shown.length).toBeGreaterThan(0)
    expect(new Set(shown.map(({ informatieobjecttype }) => informatieobjecttype))).toEqual(
      new Set([urlOf(informatieobjecttypen, 'Advies')]),
    )
    expect(shown.filter(({ vertrouwelijkheidaanduiding: level }) => level === 'zaakvertrouwelijk')).toEqual([])
    expect(new Set((await walk(server, besluiten)).map(({ besluittype }) => besluittype))).toEqual(
      new Set([urlOf(besluittypen, 'Toekenning')]),
    )
    const { body } = await ask(server, `/autorisaties/api/v1/applicaties/consumer?clientId=${server.clientId}`)
    expect((body as { autorisaties: JsonRecord[] }).autorisaties.map(({ component }) => component)).toEqual(['drc', 'brc', 'ztc', 'ac'])
  })

  it('go with their zaak, and take along what hangs on them', () => {
    const zaak = server.snapshot().besluiten.find((besluit) => besluit.zaak !== '')!.zaak
    server.deleteZaak(uuidOf(zaak))
    const left = JSON.stringify(server.snapshot())
    expect(left).not.toContain(uuidOf(zaak))
    const document = server.addDocument()
    server.deleteDocument(document)
    expect(JSON.stringify(server.snapshot())).not.toContain(document)
  })
})
