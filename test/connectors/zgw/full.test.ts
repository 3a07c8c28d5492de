import { afterEach, describe, expect, test } from 'vitest'
import type { SourceRecord } from '../../../connectors/connector.js'
import type { ZgwOptions } from '../../sources/zgw/server.js'
import { plain, startWaterdam, uuidAtEnd, uuids, type Waterdam, withoutEmptyText } from './fixture.js'
import { fieldNames, readAll, readAsFar, readKeys, readSlice, type StreamName } from './reading.js'

const streams = [
  'zaken',
  'statussen',
  'resultaten',
  'rollen',
  'zaakeigenschappen',
  'zaakobjecten',
  'zaakinformatieobjecten',
  'catalogussen',
  'zaaktypen',
  'statustypen',
  'resultaattypen',
  'roltypen',
  'eigenschappen',
  'informatieobjecttypen',
  'besluittypen',
  'enkelvoudiginformatieobjecten',
  'objectinformatieobjecten',
  'gebruiksrechten',
  'besluiten',
  'besluitinformatieobjecten',
] as const satisfies readonly StreamName[]

let waterdam: Waterdam | undefined
afterEach(async () => {
  await waterdam?.stop()
  waterdam = undefined
})

async function start(options?: ZgwOptions, http?: Parameters<typeof startWaterdam>[1]): Promise<Waterdam> {
  waterdam = await startWaterdam(options, http)
  return waterdam
}

const added: { [stream in StreamName]?: readonly string[] } = {
  zaken: ['zaaktypeIdentificatie', 'zaaktypeOmschrijving'],
  statussen: ['statustypeOmschrijving', 'isEindstatus'],
  rollen: ['verblijfsadres', 'subVerblijfBuitenland'],
  zaakobjecten: ['verblijfsadres', 'subVerblijfBuitenland'],
  zaakeigenschappen: ['zaakUuid'],
  informatieobjecttypen: [
    'informatieobjecttypeOmschrijvingGeneriek',
    'definitieInformatieobjecttypeOmschrijvingGeneriek',
    'herkomstInformatieobjecttypeOmschrijvingGeneriek',
    'hierarchieInformatieobjecttypeOmschrijvingGeneriek',
    'opmerkingInformatieobjecttypeOmschrijvingGeneriek',
  ],
  enkelvoudiginformatieobjecten: ['heeftInhoud', 'informatieobjecttypeOmschrijving'],
  objectinformatieobjecten: ['objectUuid'],
  besluiten: ['besluittypeOmschrijving'],
}

/** What is shown and goes no further: the parts of a file that is being uploaded. */
const unread = ['bestandsdelen']

/** The record as the source showed it: without what the connector adds, and with the addresses where they came from. */
function asShown(name: StreamName, { uuid, ...record }: SourceRecord, shown: SourceRecord): SourceRecord {
  const own = Object.fromEntries(Object.entries(record).filter(([field]) => !added[name]?.includes(field)))
  for (const group of ['betrokkeneIdentificatie', 'objectIdentificatie']) {
    const before = shown[group] as SourceRecord | null | undefined
    for (const address of ['verblijfsadres', 'subVerblijfBuitenland'])
      if (before && address in before) own[group] = { ...(own[group] as SourceRecord), [address]: record[address] }
  }
  return 'uuid' in shown ? { uuid, ...own } : own
}

describe('the reading full', () => {
  test('gives each record of each stream as the source shows it, and claims to have listed all', async () => {
    const { server, source } = await start()
    const snapshot = server.snapshot()
    for (const name of streams) {
      const { records, ends } = await readAll(source, name)
      expect(uuids(records), name).toEqual(uuids(snapshot[name]))
      expect(ends.map(({ complete }) => complete)).toEqual(ends.map(() => 'all'))
      const shown = new Map(snapshot[name].map((record) => [uuidAtEnd(record.url), withoutEmptyText(record)]))
      for (const record of records) {
        const of = { ...shown.get(uuidAtEnd(record.uuid))! }
        for (const field of unread) delete of[field]
        expect(asShown(name, plain(record), of), name).toEqual(of)
      }
    }
  })

  test('describes each field that the source shows', async () => {
    const { server } = await start()
    const snapshot = server.snapshot()
    for (const name of streams) {
      const undescribed = new Set(snapshot[name].flatMap((record) => Object.keys(record).filter((field) => !fieldNames(name).has(field))))
      expect([...undescribed], name).toEqual([])
    }
  })

  test('makes zaken and statussen readable by their catalogus', async () => {
    const { server, source } = await start()
    const { zaaktypen, statustypen } = server.snapshot()
    const byUuid = new Map([...zaaktypen, ...statustypen].map((record) => [uuidAtEnd(record.url), record]))
    const published = zaaktypen.filter((zaaktype) => !zaaktype.concept)
    for (const zaak of (await readAll(source, 'zaken')).records) {
      const zaaktype = byUuid.get(uuidAtEnd(zaak.zaaktype))!
      const newest = published
        .filter((version) => version.identificatie === zaaktype.identificatie)
        .sort((a, b) => String(b.beginGeldigheid).localeCompare(String(a.beginGeldigheid)))[0]!
      expect(zaak).toMatchObject({ zaaktypeIdentificatie: zaaktype.identificatie, zaaktypeOmschrijving: newest.omschrijving })
    }
    for (const status of (await readAll(source, 'statussen')).records) {
      const statustype = byUuid.get(uuidAtEnd(status.statustype))
      expect(status).toMatchObject({
        statustypeOmschrijving: statustype?.omschrijving ?? null,
        isEindstatus: statustype?.isEindstatus ?? null,
      })
    }
  })

  test('asks nothing of the catalogi when no dataset takes what they give', async () => {
    const { server, source } = await start()
    await readAll(source, 'zaken', { fields: new Set(['uuid', 'einddatum']) })
    expect(server.requests().filter(({ path }) => path.startsWith('/catalogi'))).toEqual([])
  })

  test('goes on from any cursor to the same set', async () => {
    const { source } = await start({ zaken: 1_300 })
    for (const name of streams) {
      const whole = await readAll(source, name)
      for (const slice of whole.slices) {
        const pages = whole.pages.get(slice.name)!
        for (const [at, { cursor }] of pages.entries()) {
          if (cursor === undefined) continue
          const rest = await readSlice(source, name, slice, {}, cursor)
          const together = [...pages.slice(0, at + 1), ...rest.pages].flatMap((page) => page.records)
          expect(new Set(uuids(together)), `${name} ${slice.name}`).toEqual(new Set(uuids(pages.flatMap((page) => page.records))))
          expect(rest.end.complete).toBe('all')
        }
      }
    }
  })

  test('divides many zaken into windows that can be read at once, and loses none between them', async () => {
    const { server, source } = await start({ zaken: 12_000 })
    const fields = new Set(['uuid'])
    const { records, slices, pages } = await readAll(source, 'zaken', { fields })
    expect(slices.length).toBeGreaterThan(1)
    expect(uuids(records)).toEqual(uuids(server.snapshot().zaken))
    const totals = [...pages.values()].map((each) => each.at(-1)!.total!)
    expect(totals.reduce((sum, total) => sum + total, 0)).toBe(12_000)
  })

  test('keeps the day of registration up to which it saw, and no day that is still to come', async () => {
    const { server, source } = await start()
    const days = server.snapshot().zaken.map((zaak) => String(zaak.registratiedatum))
    expect((await readAll(source, 'zaken')).checkpoint).toBe(
      days
        .filter((day) => day <= new Date().toISOString().slice(0, 10))
        .sort()
        .at(-1),
    )
    server.changeZaak(String(server.snapshot().zaken[0]!.uuid), { registratiedatum: '2199-01-01' })
    expect((await readAll(source, 'zaken')).checkpoint! <= new Date().toISOString().slice(0, 10)).toBe(true)
  })
})

describe('a list that moves while it is read', () => {
  test('loses no zaak that lives on when others are deleted and added between two pages', async () => {
    const { server, source } = await start({ zaken: 1_300 })
    server.onRequest({ list: 'zaken', on: 'pageSize=500', nth: 1, when: 'after' }, () => void server.deleteZaakAt(3))
    server.onRequest({ list: 'zaken', on: 'page=2', nth: 1, when: 'after' }, () => {
      server.deleteZaakAt(0)
      server.addZaken(1)
    })
    const { records, pages } = await readAll(source, 'zaken')
    const living = uuids(server.snapshot().zaken)
    expect(new Set(uuids(records))).toEqual(new Set([...uuids(records), ...living]))
    expect(pages.get('all')!.at(-1)!.total).toBe(living.length)
  })

  test('gives what came in meanwhile as well', async () => {
    const { server, source } = await start({ zaken: 1_300 })
    let later: string[] = []
    server.onRequest({ list: 'zaken', on: 'page=2', nth: 1 }, () => {
      later = server.addZaken(3)
    })
    const { records } = await readAll(source, 'zaken')
    expect(uuids(records)).toEqual(expect.arrayContaining(later))
  })

  test('stops at a page that repeats, and at a link to itself, with the address', async () => {
    const { server, source } = await start({ zaken: 1_300 })
    server.behave({ repeatedPages: [2] })
    await expect(readAll(source, 'zaken')).rejects.toThrow(/page=2.*repeats the one before it/)
    server.behave({ repeatedPages: [], pagesLinkedToThemselves: [2] })
    await expect(readAll(source, 'zaken')).rejects.toThrow(/page=2.*next link leads to a page that was read before/)
  })

  test('goes on over empty and short pages', async () => {
    const { server, source } = await start({ zaken: 1_300 })
    server.behave({ emptyPages: [2], shortPages: { 3: 7 } })
    expect(uuids((await readAll(source, 'zaken')).records)).toEqual(uuids(server.snapshot().zaken))
  })

  test('is read whole by its fuzzy counts, which never claim more than there is', async () => {
    const { server, source } = await start({ zaken: 1_300, behaviours: { fuzzyCounts: true } })
    for (const name of ['zaken', 'statussen', 'rollen'] as const) {
      const { records, pages } = await readAll(source, name)
      expect(uuids(records)).toEqual(uuids(server.snapshot()[name]))
      for (const [slice, each] of pages)
        for (const { total } of each) if (total !== undefined) expect(total, slice).toBe(each.flatMap((page) => page.records).length)
    }
  })

  test('is read in the pages of a server that gives fewer than asked, and of one that knows no size', async () => {
    const { server, source } = await start({ zaken: 1_300 })
    for (const behaviours of [{ largestPage: 70 }, { knowsPageSize: false }]) {
      server.reset()
      server.behave(behaviours)
      expect(uuids((await readAll(source, 'zaken')).records)).toEqual(uuids(server.snapshot().zaken))
      expect(uuids((await readAll(source, 'statussen')).records)).toEqual(uuids(server.snapshot().statussen))
    }
  })
})

describe('a record that the source fails on', () => {
  test('is told by its place, and all others are read', async () => {
    const { server, source } = await start()
    for (const name of ['zaken', 'statussen', 'rollen', 'zaaktypen'] as const) {
      server.reset()
      const shown = server.snapshot()[name]
      const bad = uuidAtEnd(shown[5]!.url)
      server.breakRecord(bad)
      const { records, unreadable } = await readAll(source, name, { fields: new Set(['uuid']) })
      expect(uuids(records)).toEqual(uuids(shown.filter((record) => uuidAtEnd(record.url) !== bad)))
      expect(unreadable).toEqual([{ key: null, reason: 'the source answers 500 for record 6 of the list' }])
    }
  })

  test('does not keep the zaken from being counted when it is the newest', async () => {
    const { server, source } = await start()
    server.breakRecord(uuidAtEnd(server.snapshot().zaken[0]!.url))
    expect((await readAll(source, 'zaken')).records).toHaveLength(299)
  })

  test('that is down as a whole has no bad records: the reading fails', async () => {
    const { server, source } = await start()
    server.fail({ list: 'zaken', times: 10_000, fault: { kind: 'status', status: 500 } })
    await expect(readAll(source, 'zaken')).rejects.toThrow(/500/)
  })
})

describe('a page that fails', () => {
  test('never shortens the listing: the reading fails there, and later goes on from where it was', async () => {
    const { server, source } = await start({ zaken: 1_300 })
    const slice = { name: 'all', params: { day: '2026-11-25' } }
    for (const fault of [{ kind: 'gateway' }, { kind: 'truncated' }, { kind: 'reset' }] as const) {
      server.reset()
      server.fail({ list: 'zaken', on: 'page=2', times: 50, fault })
      const first = await readAsFar(source, 'zaken', slice)
      expect(first.end).toBeUndefined()
      expect(String(first.failure)).toMatch(/page=2/)
      server.reset()
      const rest = await readSlice(source, 'zaken', slice, {}, first.pages.at(-1)!.cursor)
      expect(uuids([...first.pages, ...rest.pages].flatMap((page) => page.records))).toEqual(uuids(server.snapshot().zaken))
    }
  })
})

describe('addresses', () => {
  test('inside links that are those of another route are read by our own', async () => {
    const linksAs = {
      zaken: 'https://zaken.leverancier.example/api/v1',
      catalogi: 'https://catalogi.leverancier.example/api/v1',
    }
    const { server, source } = await start(
      { zaken: 1_300, split: true, linksAs },
      { knownAs: { [linksAs.zaken]: 'zaken', [linksAs.catalogi]: 'catalogi' } },
    )
    for (const name of ['zaken', 'statussen', 'zaakeigenschappen', 'zaakinformatieobjecten'] as const) {
      const { records, pages } = await readAll(source, name)
      expect(uuids(records)).toEqual(uuids(server.snapshot()[name]))
      expect(JSON.stringify([...pages.values()].flat().map((page) => page.cursor))).not.toContain('leverancier')
    }
  })
})

describe('re-reading by key', () => {
  test('answers for each record of each stream as the full reading gave it', async () => {
    const { source } = await start({ zaken: 40 })
    for (const name of streams) {
      const { records } = await readAll(source, name)
      const keyed = records.slice(0, 130).map((record) => ({
        key: { ...(name === 'zaakeigenschappen' ? { zaakUuid: String(record.zaakUuid) } : {}), uuid: String(record.uuid) },
        record: plain(record),
      }))
      const answers = await readKeys(
        source,
        name,
        keyed.map(({ key }) => key),
      )
      const found = new Map(answers.map((answer) => [JSON.stringify(answer.key), 'found' in answer ? plain(answer.found) : answer]))
      for (const { key, record } of keyed) expect(found.get(JSON.stringify(key)), name).toEqual(record)
    }
  })

  test('tells what is gone, what we may not see, and what the source fails on, apart', async () => {
    const { server, source } = await start()
    const { zaken, rollen, zaakeigenschappen } = server.snapshot()
    const zaakOf = (record: SourceRecord) => zaken.find((zaak) => uuidAtEnd(zaak.uuid) === uuidAtEnd(record.zaak))!
    const [gone, hidden, bad] = ['gone', 'hidden', 'bad'].map(
      (_, at) =>
        zaken.filter(
          (zaak) =>
            (zaak.rollen as string[]).length > 0 && (zaak.eigenschappen as string[]).length > 0 && zaak.zaaktype !== zaken[0]!.zaaktype,
        )[at * 3]!,
    )
    const firstRol = (zaak: SourceRecord) => ({ uuid: uuidAtEnd(rollen.find((rol) => zaakOf(rol) === zaak)!.url) })
    const firstEigenschap = (zaak: SourceRecord) => ({
      zaakUuid: String(zaak.uuid),
      uuid: uuidAtEnd(zaakeigenschappen.find((each) => zaakOf(each) === zaak)!.url),
    })
    const keys = { zaken: (zaak: SourceRecord) => ({ uuid: String(zaak.uuid) }), rollen: firstRol, zaakeigenschappen: firstEigenschap }
    server.deleteZaak(String(gone!.uuid))
    server.breakRecord(String(bad!.uuid))
    for (const name of ['zaken', 'rollen', 'zaakeigenschappen'] as const) {
      expect(await readKeys(source, name, [keys[name](gone!)])).toEqual([{ key: keys[name](gone!), gone: true }])
    }
    expect(await readKeys(source, 'zaken', [keys.zaken(bad!)])).toMatchObject([{ unreadable: expect.stringContaining('500') }])
    const visible = server.snapshot().zaaktypen.find((zaaktype) => zaaktype.url === hidden!.zaaktype)!.identificatie
    const others = [...new Set(server.snapshot().zaaktypen.map((zaaktype) => String(zaaktype.identificatie)))].filter(
      (each) => each !== visible,
    )
    server.grant(others.map((zaaktype) => ({ zaaktype, atMost: 'zeer_geheim' as const })))
    for (const name of ['zaken', 'rollen', 'zaakeigenschappen'] as const) {
      expect(await readKeys(source, name, [keys[name](hidden!)])).toEqual([{ key: keys[name](hidden!), forbidden: true }])
    }
  })
})

test('no log of a reading holds a secret or a value of a person', async () => {
  const { server, source } = await start()
  for (const name of streams) await readAll(source, name)
  const text = source.log.lines.join('\n')
  expect(text).not.toContain(server.secret)
  for (const value of server.personalValues().filter((each) => /^\d{8,9}$/.test(each))) expect(text).not.toContain(value)
})
