import { afterEach, describe, expect, test } from 'vitest'
import type { Json, SourceRecord } from '../../../connectors/connector.js'
import { SourceRefused, SourceUnavailable } from '../../../connectors/errors.js'
import zgw from '../../../connectors/zgw/connector.js'
import type { ZgwOptions } from '../../sources/zgw/server.js'
import { json, probe, serve } from '../loopback.js'
import { plain, startWaterdam, uuidAtEnd, uuids, type Waterdam } from './fixture.js'
import { contextOf, openSource, readAll, readAsFar, readKeys, readSlice, type StreamName, streamOf } from './reading.js'

const documents = 'enkelvoudiginformatieobjecten'
const arrays = ['objectinformatieobjecten', 'gebruiksrechten', 'besluitinformatieobjecten'] as const
const papers = [documents, 'besluiten', ...arrays] as const satisfies readonly StreamName[]

let waterdam: Waterdam | undefined
afterEach(async () => {
  await waterdam?.stop()
  waterdam = undefined
})

async function start(options?: ZgwOptions, http?: Parameters<typeof startWaterdam>[1]): Promise<Waterdam> {
  waterdam = await startWaterdam(options, http)
  return waterdam
}

const byUuid = (records: readonly SourceRecord[]): Map<string, SourceRecord> =>
  new Map(records.map((record) => [String(record.uuid), plain(record)]))
const listRequests = ({ server }: Waterdam, list: string) => server.requests().filter(({ path }) => path.endsWith(`/api/v1/${list}`))

describe('of a document', () => {
  test('what stands in it is never read: its address does not land, and is not asked for', async () => {
    const { server, source } = await start()
    const { records } = await readAll(source, documents)
    for (const name of ['inhoud', 'bestandsdelen'])
      expect(streamOf(documents).fields.find(({ path }) => path[0] === name)).toMatchObject({ lands: false })
    expect(records.filter((record) => 'bestandsdelen' in record)).toEqual([])
    expect(server.requests().filter(({ path }) => path.includes('download'))).toEqual([])
    const shown = new Map(server.snapshot()[documents].map((record) => [uuidAtEnd(record.url), record.inhoud !== null]))
    for (const { uuid, heeftInhoud } of records) expect(heeftInhoud).toBe(shown.get(String(uuid)))
  })

  test('a file that a server puts where its address should be goes no further', async () => {
    const file = 'JVBERi0xLjcKJeLjz9MKMSAwIG9iago8PC9UeXBlL0NhdGFsb2c+PgplbmRvYmoK'
    const record = { url: 'http://x/enkelvoudiginformatieobjecten/0f0e5f1c-90ea-4f7b-9d16-3a1f0d6a0f5e', inhoud: file, versie: 1 }
    const another = { ...record, url: record.url.replace('0f', '1f'), inhoud: `data:application/pdf;base64,${file}` }
    const server = await serve(json({ count: 2, next: null, results: [record, another] as Json }))
    const source = { ...(await start()).source, http: probe({ documenten: server.url, catalogi: server.url }) }
    const { records } = await readAll(source, documents, { fields: new Set(['uuid']) })
    expect(records).toHaveLength(2)
    expect(JSON.stringify(records)).not.toContain(file)
    expect(JSON.stringify(streamOf(documents).prepare({ ...record }))).not.toContain(file)
    await server.close()
  })

  test('a change makes a version: the next reading gives the new one, and one record of it', async () => {
    const { server, source } = await start()
    const before = byUuid((await readAll(source, documents)).records)
    const changed = [...before.values()].find(({ status }) => status === 'in_bewerking')!
    server.changeDocument(String(changed.uuid), { status: 'definitief' })
    const { records } = await readAll(source, documents)
    const after = byUuid(records).get(String(changed.uuid))!
    expect(after).toMatchObject({ status: 'definitief', versie: Number(changed.versie) + 1 })
    expect(String(after.beginRegistratie) > String(changed.beginRegistratie)).toBe(true)
    expect(records).toHaveLength(before.size)
  })

  test('only the newest version comes from a server that lists the older ones too, and the count is of documents', async () => {
    const { server, source } = await start({ zaken: 1_300, behaviours: { listsOldVersions: true } })
    const newest = new Map(server.snapshot()[documents].map((record) => [uuidAtEnd(record.url), record.versie]))
    const { records, pages } = await readAll(source, documents)
    expect(records).toHaveLength(newest.size)
    for (const [uuid, { versie }] of byUuid(records)) expect(versie).toBe(newest.get(uuid))
    const totals = [...pages.values()].flat().flatMap(({ total }) => total ?? [])
    expect(totals.at(-1)).toBe(newest.size)
    const asked = [...newest.keys()].slice(0, 150).map((uuid) => ({ uuid }))
    for (const answer of await readKeys(source, documents, asked)) {
      expect('found' in answer && plain(answer.found).versie).toBe(newest.get(answer.key.uuid!))
    }
  })

  test('a reading that was broken off among older versions begins anew, so that none of them passes for the newest', async () => {
    const { server, source } = await start({ zaken: 1_300, behaviours: { listsOldVersions: true } })
    const newest = new Map(server.snapshot()[documents].map((record) => [uuidAtEnd(record.url), record.versie]))
    server.fail({ list: documents, on: 'page=3', times: 50, fault: { kind: 'gateway' } })
    const { pages, failure } = await readAsFar(source, documents, { name: 'all' })
    expect(failure).toBeInstanceOf(SourceUnavailable)
    server.reset()
    server.behave({ listsOldVersions: true })
    const rest = await readSlice(source, documents, { name: 'all' }, {}, pages.at(-1)!.cursor)
    const after = byUuid(rest.pages.flatMap(({ records }) => records))
    expect(new Map([...after].map(([uuid, { versie }]) => [uuid, versie]))).toEqual(newest)
  })

  test('one that is changed behind the walk comes to the front, and is given nevertheless', async () => {
    const { server, source } = await start({ zaken: 1_300 })
    const last = uuidAtEnd(server.snapshot()[documents].at(-1)!.url)
    server.onRequest({ list: documents, on: 'page=2', nth: 1, when: 'after' }, () =>
      server.changeDocument(last, { status: 'gearchiveerd' }),
    )
    const { records } = await readAll(source, documents)
    expect(byUuid(records).get(last)).toMatchObject({ status: 'gearchiveerd' })
    expect(new Set(uuids(records))).toEqual(new Set(uuids(server.snapshot()[documents])))
  })

  test('a quiet list costs one small request more than its pages', async () => {
    const { server, source } = await start({ zaken: 1_300 })
    const pages = Math.ceil(server.snapshot()[documents].length / 500)
    server.clearRequests()
    await readAll(source, documents, { fields: new Set(['uuid']) })
    expect(listRequests(waterdam!, documents).map(({ search }) => new URLSearchParams(search).get('pageSize'))).toEqual([
      ...Array.from({ length: pages }, () => '500'),
      '1',
    ])
  })

  test('its type is told in words, and that of a besluit', async () => {
    const { server, source } = await start()
    const { informatieobjecttypen, besluittypen } = server.snapshot()
    const omschrijving = new Map([...informatieobjecttypen, ...besluittypen].map((type) => [type.url, type.omschrijving]))
    for (const record of (await readAll(source, documents)).records)
      expect(record.informatieobjecttypeOmschrijving).toBe(omschrijving.get(String(record.informatieobjecttype)))
    for (const record of (await readAll(source, 'besluiten')).records)
      expect(record.besluittypeOmschrijving).toBe(omschrijving.get(String(record.besluittype)))
  })
})

describe('conditions of the datasets', () => {
  const where = [{ column: 'creatiedatum', from: '2026-01-01', to: '2026-06-30' }]

  test('on creatiedatum are asked of Open Zaak, and what they leave out is not read', async () => {
    const { server, source } = await start()
    const wanted = server
      .snapshot()
      [documents].filter(({ creatiedatum }) => String(creatiedatum) >= '2026-01-01' && String(creatiedatum) <= '2026-06-30')
    expect(uuids((await readAll(source, documents, { where })).records)).toEqual(uuids(wanted))
  })

  test('that a server does not know are left to us: the list is read whole', async () => {
    const { server, source } = await start({ behaviours: { knowsExperimentalFilters: false } })
    expect(uuids((await readAll(source, documents, { where })).records)).toEqual(uuids(server.snapshot()[documents]))
    expect(source.log.lines.join()).toContain('no filter on creatiedatum')
  })

  test('hold for the front of the list too: one small request tells that nothing came to it', async () => {
    for (const knowsExperimentalFilters of [true, false]) {
      const { server, source, stop } = await startWaterdam({ behaviours: { knowsExperimentalFilters } })
      await readAll(source, documents, { where, fields: new Set(['uuid']) })
      const asked = server.requests().filter(({ path, status }) => path.endsWith(documents) && status === 200)
      expect(asked.map(({ search }) => new URLSearchParams(search).get('pageSize'))).toEqual(['500', '1'])
      expect(new Set(asked.map(({ search }) => new URLSearchParams(search).get('creatiedatum__gte')))).toEqual(
        new Set([knowsExperimentalFilters ? '2026-01-01' : null]),
      )
      await stop()
    }
  })

  test('on one organisation are asked of every server, and on several of none', async () => {
    const { server, source } = await start()
    for (const [stream, column] of [
      [documents, 'bronorganisatie'],
      ['besluiten', 'verantwoordelijke_organisatie'],
    ] as const) {
      expect((await readAll(source, stream, { where: [{ column, in: ['123456782'] }] })).records).toEqual([])
      const both = await readAll(source, stream, { where: [{ column, in: ['123456782', '002564440'] }] })
      expect(uuids(both.records)).toEqual(uuids(server.snapshot()[stream]))
    }
  })
})

describe('what is gone', () => {
  test('is in no list any more, and said to be gone by its key', async () => {
    const { server, source } = await start()
    const { gebruiksrechten, besluitinformatieobjecten, objectinformatieobjecten } = server.snapshot()
    const document = gebruiksrechten[0]!.informatieobject
    const besluit = besluitinformatieobjecten.find(({ informatieobject }) => informatieobject !== document)!.besluit
    server.deleteDocument(uuidAtEnd(document))
    server.deleteBesluit(uuidAtEnd(besluit))
    const gone = {
      [documents]: [document],
      besluiten: [besluit],
      objectinformatieobjecten: objectinformatieobjecten
        .filter(({ informatieobject, object }) => informatieobject === document || object === besluit)
        .map(({ url }) => url),
      gebruiksrechten: gebruiksrechten.filter(({ informatieobject }) => informatieobject === document).map(({ url }) => url),
      besluitinformatieobjecten: besluitinformatieobjecten.filter((record) => record.besluit === besluit).map(({ url }) => url),
    }
    for (const name of papers) {
      const keys = gone[name].map((url) => ({ uuid: uuidAtEnd(url) }))
      expect(keys.length, name).toBeGreaterThan(0)
      const { records, ends } = await readAll(source, name)
      expect(uuids(records)).toEqual(uuids(server.snapshot()[name]))
      expect(ends).toEqual([{ complete: 'all' }])
      for (const { uuid } of keys) expect(uuids(records)).not.toContain(uuid)
      expect(await readKeys(source, name, keys)).toEqual(expect.arrayContaining(keys.map((key) => ({ key, gone: true }))))
    }
  })
})

describe('rights', () => {
  const narrow = [{ informatieobjecttype: 'Advies', atMost: 'zeer_geheim' as const }, { besluittype: 'Toekenning' }]

  test('that get narrower show in the scope, each by its type', async () => {
    const { server, source } = await start()
    server.grant(narrow)
    const { informatieobjecttypen, besluittypen } = server.snapshot()
    const typeOf = (types: readonly SourceRecord[], omschrijving: string) =>
      uuidAtEnd(types.find((type) => type.omschrijving === omschrijving && !type.concept)!.url)
    expect(await zgw.scope(contextOf(source, documents))).toEqual({
      [`drc documenten.lezen ${typeOf(informatieobjecttypen, 'Advies')}`]: 8,
      [`brc besluiten.lezen ${typeOf(besluittypen, 'Toekenning')}`]: 1,
      'ztc catalogi.lezen *': 1,
    })
  })

  test('hide records without a word, which are forbidden by their key, and not gone', async () => {
    const { server, source } = await start()
    const before = server.snapshot()
    server.grant(narrow)
    for (const name of papers) {
      const visible = new Set(uuids(server.snapshot()[name]))
      const hidden = uuids(before[name]).filter((uuid) => !visible.has(uuid))
      expect(hidden.length, name).toBeGreaterThan(0)
      expect(new Set(uuids((await readAll(source, name)).records)), name).toEqual(visible)
      const keys = hidden.slice(0, 3).map((uuid) => ({ uuid }))
      expect(await readKeys(source, name, keys)).toEqual(keys.map((key) => ({ key, forbidden: true })))
    }
  })

  test('that are none at all end the reading, and no list passes for empty', async () => {
    const { server, source } = await start()
    server.grant([{ zaaktype: 'B0337', atMost: 'zeer_geheim' }])
    for (const name of papers) await expect(readAll(source, name), name).rejects.toThrow(SourceRefused)
  })
})

describe('lists that are one bare array', () => {
  test('are read as a stream, in one request', async () => {
    const { server, source } = await start({ zaken: 2_000 })
    for (const name of arrays) {
      server.clearRequests()
      const { records, pages } = await readAll(source, name)
      expect(uuids(records)).toEqual(uuids(server.snapshot()[name]))
      expect(server.requests()).toHaveLength(1)
      expect([...pages.values()].flat().at(-1)!.total).toBe(records.length)
    }
  })

  test('are read parent by parent when the one answer never comes or breaks off', async () => {
    const { server, source } = await start()
    for (const name of arrays) {
      for (const fault of [{ kind: 'gateway' }, { kind: 'reset' }] as const) {
        server.reset()
        server.fail({ list: name, times: 4, fault })
        const { records, ends } = await readAll(source, name)
        expect(new Set(uuids(records)), name).toEqual(new Set(uuids(server.snapshot()[name])))
        expect(ends).toEqual([{ complete: 'all' }])
      }
    }
    expect(source.log.lines.join()).toContain('read document by document')
    expect(source.log.lines.join()).toContain('read besluit by besluit')
  })

  test('of gebruiksrechten ask then only of documents that have some', async () => {
    const { server, source } = await start()
    server.fail({ list: 'gebruiksrechten', times: 4, fault: { kind: 'gateway' } })
    const { gebruiksrechten } = server.snapshot()
    await readAll(source, 'gebruiksrechten')
    const asked = listRequests(waterdam!, 'gebruiksrechten').filter(({ search }) => search.includes('informatieobject='))
    expect(asked).toHaveLength(new Set(gebruiksrechten.map(({ informatieobject }) => informatieobject)).size)
  })

  test('go on parent by parent from any cursor to the same set', async () => {
    const { server, source } = await start({ zaken: 700 })
    server.fail({ list: 'objectinformatieobjecten', times: 4, fault: { kind: 'gateway' } })
    const whole = await readAll(source, 'objectinformatieobjecten')
    const pages = whole.pages.get('all')!
    expect(pages.length).toBeGreaterThan(1)
    for (const [at, { cursor }] of pages.entries()) {
      const rest = await readSlice(source, 'objectinformatieobjecten', whole.slices[0]!, {}, cursor)
      const together = [...pages.slice(0, at + 1), ...rest.pages].flatMap(({ records }) => records)
      expect(new Set(uuids(together))).toEqual(new Set(uuids(whole.records)))
    }
  })

  test('with a record that the source fails on are read parent by parent, and that one is told', async () => {
    const { server, source } = await start()
    const bad = server.snapshot().besluitinformatieobjecten[2]!
    server.breakRecord(uuidAtEnd(bad.url))
    const { records, unreadable } = await readAll(source, 'besluitinformatieobjecten')
    expect(uuids(records)).not.toContain(uuidAtEnd(bad.url))
    expect(unreadable).toEqual([{ key: null, reason: `the source answers 500 on the children of besluit ${uuidAtEnd(bad.besluit)}` }])
  })
})

describe('a source that asks to wait', () => {
  test('is asked again, and everything is read', async () => {
    const { server, source } = await start()
    for (const name of papers) {
      server.fail({ list: name, fault: { kind: 'tooMany', retryAfter: '1' } })
      expect(new Set(uuids((await readAll(source, name)).records)), name).toEqual(new Set(uuids(server.snapshot()[name])))
      server.reset()
    }
  })

  test('for long is left alone: no array is taken for too much, and nothing is asked parent by parent', async () => {
    const { server, source } = await start()
    for (const name of arrays) {
      server.reset()
      server.fail({ list: name, times: 50, fault: { kind: 'tooMany', retryAfter: '3600' } })
      const { failure } = await readAsFar(source, name, { name: 'all' })
      expect(failure).toBeInstanceOf(SourceUnavailable)
      expect((failure as SourceUnavailable).retryAt).toBeDefined()
      expect(server.requests().filter(({ path }) => !path.endsWith(name))).toEqual([])
    }
  })
})

describe('a host for each API', () => {
  test('is called by its own address, whatever addresses its links have', async () => {
    const linksAs = {
      zaken: 'https://zaken.leverancier.example/api/v1',
      catalogi: 'https://catalogi.leverancier.example/api/v1',
      documenten: 'https://documenten.leverancier.example/api/v1',
      besluiten: 'https://besluiten.leverancier.example/api/v1',
    }
    const knownAs = Object.fromEntries(Object.entries(linksAs).map(([api, address]) => [address, api]))
    const { server, source } = await start({ zaken: 1_300, split: true, linksAs }, { knownAs })
    for (const name of [...papers, 'informatieobjecttypen', 'besluittypen'] as const) {
      const { records, pages } = await readAll(source, name)
      expect(uuids(records), name).toEqual(uuids(server.snapshot()[name]))
      expect(JSON.stringify([...pages.values()].flat().map((page) => page.cursor))).not.toContain('leverancier')
    }
    // One by one as well, where the whole array is too much: by the filter as this server spells addresses.
    server.fail({ list: 'besluitinformatieobjecten', times: 4, fault: { kind: 'gateway' } })
    expect(uuids((await readAll(source, 'besluitinformatieobjecten')).records)).toEqual(uuids(server.snapshot().besluitinformatieobjecten))
  })

  test('that is not given is named, with where to add it', async () => {
    const { server } = await start({ split: true })
    const { zaken, catalogi } = server.urls
    const source = openSource({ zaken, catalogi }, server)
    await expect(readAll(source, documents)).rejects.toThrow(/no base URL for API 'documenten'.*Add it under baseUrl/)
    await expect(readAll(source, 'besluiten')).rejects.toThrow(/no base URL for API 'besluiten'/)
    source.http.close()
  })
})
