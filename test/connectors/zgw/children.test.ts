import { afterEach, describe, expect, test } from 'vitest'
import type { SourceRecord } from '../../../connectors/connector.js'
import { SourceUnavailable } from '../../../connectors/errors.js'
import type { ZgwOptions } from '../../sources/zgw/server.js'
import { knownAfter, startWaterdam, uuidAtEnd, uuids, type Waterdam } from './fixture.js'
import { type Asked, type KnownRow, readAll, readSlice, type StreamName } from './reading.js'

let waterdam: Waterdam | undefined
afterEach(async () => {
  await waterdam?.stop()
  waterdam = undefined
})

async function start(options?: ZgwOptions, http?: Parameters<typeof startWaterdam>[1]): Promise<Waterdam> {
  waterdam = await startWaterdam(options, http)
  return waterdam
}

const checkpoint = '2026-11-25T03:00:00.000Z'
/** Rows that were published before the last reading, and after it. */
const [before, since] = [new Date('2026-11-20T00:00:00Z'), new Date('2026-11-25T04:00:00Z')]

/** A warehouse in which these zaken changed since the last reading, and no zaak is open. */
function changedZaken(stream: StreamName, zaken: readonly unknown[], all: readonly SourceRecord[], own: readonly KnownRow[] = []): Asked {
  const closed = all.map((zaak): SourceRecord => ({ ...zaak, einddatum: '2026-01-01' }))
  const [changed, others] = [closed.filter(({ uuid }) => zaken.includes(uuid)), closed.filter(({ uuid }) => !zaken.includes(uuid))]
  const [fresh, old] = [knownAfter(stream, changed, own, since)!, knownAfter(stream, others, own, before)!]
  return {
    reading: 'changes',
    checkpoint,
    known: {
      keys: (conditions) => old.keys(conditions),
      keysOf: (name, conditions, moment) => {
        const both = [fresh, old].map((known) => known.keysOf(name, conditions, moment))
        return both.some((keys) => keys === undefined) ? undefined : joined(both.map((keys) => keys!))
      },
    },
  }
}

async function* joined<T>(all: readonly AsyncIterable<T>[]): AsyncGenerator<T> {
  for (const each of all) yield* each
}

/** Zaken that have such children, newest first. */
const withChildren = (zaken: readonly SourceRecord[], field: string) => zaken.filter((zaak) => (zaak[field] as unknown[]).length > 0)
const ofZaken = (records: readonly SourceRecord[], zaken: readonly unknown[]) =>
  records.filter((record) => zaken.includes(uuidAtEnd(record.zaak)))

describe('changes of children with a list of their own', () => {
  test('are read zaak by zaak when few zaken changed, each listed whole', async () => {
    const { server, source } = await start({ zaken: 2_000 })
    const { zaken, statussen } = server.snapshot()
    const changed = zaken.slice(100, 103).map(({ uuid }) => String(uuid))
    server.clearRequests()
    const {
      records,
      parents,
      slices,
      ends,
      checkpoint: moment,
    } = await readAll(source, 'statussen', {
      ...changedZaken('statussen', changed, zaken),
      fields: new Set(['uuid', 'zaak']),
    })
    expect(slices.map(({ name }) => name)).toEqual(['by zaak'])
    expect(uuids(records)).toEqual(uuids(ofZaken(statussen, changed)))
    expect([...parents].sort()).toEqual([...changed].sort())
    expect(ends).toEqual([{ complete: 'parents', checkpoint: moment }])
    expect(moment! > checkpoint).toBe(true)
    // How many there are, and whether the filter on a zaak does what it says.
    expect(server.requests()).toHaveLength(2 + changed.length)
  })

  test('are read as a whole list when that takes fewer requests', async () => {
    const { server, source } = await start()
    const { zaken, rollen } = server.snapshot()
    const { records, slices, ends } = await readAll(
      source,
      'rollen',
      changedZaken(
        'rollen',
        zaken.slice(0, 20).map(({ uuid }) => uuid),
        zaken,
      ),
    )
    expect(slices.map(({ name }) => name)).toEqual(['all'])
    expect(uuids(records)).toEqual(uuids(rollen))
    expect(ends.map(({ complete }) => complete)).toEqual(['all'])
  })

  test('are read of open zaken too, since a rol or eigenschap that changes does not change its zaak', async () => {
    const { server, source } = await start({ zaken: 3_000 })
    const { zaken } = server.snapshot()
    const open = zaken.slice(0, 3).map((zaak): SourceRecord => ({ ...zaak, einddatum: null }))
    const closed = zaken.slice(3).map((zaak): SourceRecord => ({ ...zaak, einddatum: '2026-01-01' }))
    const zaak = String(open[1]!.uuid)
    server.addRol(zaak)
    const { records, parents } = await readAll(source, 'rollen', {
      reading: 'changes',
      checkpoint,
      known: knownAfter('rollen', [...open, ...closed], [], before)!,
    })
    expect(parents).toContain(zaak)
    expect(uuids(ofZaken(records, [zaak]))).toEqual(uuids(ofZaken(server.snapshot().rollen, [zaak])))
  })

  test('show by absence what was deleted below a zaak that was listed whole', async () => {
    const { server, source } = await start({ zaken: 2_000 })
    const { zaken, rollen } = server.snapshot()
    const zaak = String(withChildren(zaken, 'rollen')[7]!.uuid)
    const gone = uuidAtEnd(ofZaken(rollen, [zaak])[0]!.url)
    server.deleteRol(gone)
    const { records, parents } = await readAll(source, 'rollen', changedZaken('rollen', [zaak], zaken))
    expect(parents).toEqual([zaak])
    expect(uuids(records)).not.toContain(gone)
  })

  test('of a zaak that is gone are none', async () => {
    const { server, source } = await start({ zaken: 2_000 })
    const { zaken } = server.snapshot()
    const [gone, there] = [String(zaken[40]!.uuid), String(zaken[41]!.uuid)]
    server.deleteZaak(gone)
    const { records, parents } = await readAll(source, 'statussen', changedZaken('statussen', [gone, there], zaken))
    expect(new Set(parents)).toEqual(new Set([gone, there]))
    expect(ofZaken(records, [gone])).toEqual([])
    expect(ofZaken(records, [there]).length).toBeGreaterThan(0)
  })

  test('go on from any cursor to the same set', async () => {
    const { server, source } = await start({ zaken: 30_000 })
    const { zaken, resultaten } = server.snapshot()
    const changed = zaken
      .slice(0, 4_000)
      .filter((zaak) => zaak.resultaat !== null)
      .slice(0, 55)
      .map(({ uuid }) => String(uuid))
    const asked = changedZaken('resultaten', changed.slice(0, 52), zaken)
    expect(resultaten.length).toBeGreaterThan(52 * 400)
    const whole = await readAll(source, 'resultaten', asked)
    expect(whole.slices.map(({ name }) => name)).toEqual(['by zaak'])
    const pages = whole.pages.get('by zaak')!
    expect(pages.length).toBeGreaterThan(1)
    for (const [at, { cursor }] of pages.entries()) {
      const rest = await readSlice(source, 'resultaten', whole.slices[0]!, asked, cursor)
      const together = [...pages.slice(0, at + 1), ...rest.pages]
      expect(uuids(together.flatMap((page) => page.records))).toEqual(uuids(whole.records))
      expect(together.flatMap((page) => page.completeParents ?? [])).toEqual(whole.parents)
    }
  })

  test('ask with the address of a zaak as the server spells it, also when we know it by another', async () => {
    const linksAs = { zaken: 'https://zaken.leverancier.example/api/v1', catalogi: 'https://catalogi.leverancier.example/api/v1' }
    const { server, source } = await start({ zaken: 2_000, split: true, linksAs })
    const { zaken, statussen } = server.snapshot()
    const changed = [String(zaken[10]!.uuid)]
    const { records, slices } = await readAll(source, 'statussen', {
      ...changedZaken('statussen', changed, zaken),
      fields: new Set(['uuid']),
    })
    expect(slices.map(({ name }) => name)).toEqual(['by zaak'])
    expect(uuids(records)).toEqual(uuids(ofZaken(statussen, changed)))
  })

  test('are estimated by what the warehouse has where the source counts by estimate', async () => {
    const { server, source } = await start({ zaken: 2_000, behaviours: { fuzzyCounts: true } })
    const { zaken, statussen } = server.snapshot()
    const own = statussen.map((status) => ({ key: { uuid: String(status.uuid) } }))
    const changed = zaken.slice(0, 3).map(({ uuid }) => String(uuid))
    const { slices, records } = await readAll(source, 'statussen', changedZaken('statussen', changed, zaken, own))
    expect(slices.map(({ name }) => name)).toEqual(['by zaak'])
    expect(uuids(records)).toEqual(uuids(ofZaken(statussen, changed)))
  })
})

describe('zaakeigenschappen, which have no list', () => {
  test('are read from expanded zaken', async () => {
    const { server, source } = await start()
    server.clearRequests()
    const { records } = await readAll(source, 'zaakeigenschappen')
    expect(uuids(records)).toEqual(uuids(server.snapshot().zaakeigenschappen))
    expect(records.every((record) => record.zaakUuid === uuidAtEnd(record.zaak))).toBe(true)
    expect(server.requests().filter(({ path }) => path.endsWith('/zaakeigenschappen'))).toEqual([])
  })

  test('are read in smaller and smaller pages where the source is too slow for large ones', async () => {
    const { server, source } = await start({ zaken: 200 }, { idleTimeoutMs: 500 })
    // One is not answered at all, the other by a gateway that does not wait.
    server.fail({ list: 'zaken', on: 'pageSize=64', times: 2, fault: { kind: 'silence' } })
    server.fail({ list: 'zaken', on: 'pageSize=32', after: 2, times: 50, fault: { kind: 'gateway' } })
    const { records } = await readAll(source, 'zaakeigenschappen')
    expect(uuids(records)).toEqual(uuids(server.snapshot().zaakeigenschappen))
    const sizes = server.requests().map(({ search }) => new URLSearchParams(search).get('pageSize'))
    expect(sizes).toEqual(expect.arrayContaining(['64', '32', '16']))
  })

  test('are asked for zaak by zaak of a source that expands nothing, and only of zaken that have some', async () => {
    const { server, source } = await start({ behaviours: { knowsExpand: false } })
    const { zaken, zaakeigenschappen } = server.snapshot()
    const { records } = await readAll(source, 'zaakeigenschappen')
    expect(uuids(records)).toEqual(uuids(zaakeigenschappen))
    expect(server.requests().filter(({ path }) => path.endsWith('/zaakeigenschappen'))).toHaveLength(
      withChildren(zaken, 'eigenschappen').length,
    )
  })

  test('of zaken that we may not see are neither read nor claimed', async () => {
    const { server, source } = await start({ zaken: 1_000 })
    const { zaken, zaaktypen } = server.snapshot()
    const [hidden, ...others] = withChildren(zaken, 'eigenschappen')
    const shown = others.find(({ zaaktype }) => zaaktype !== hidden!.zaaktype)
    const { identificatie } = zaaktypen.find(({ url }) => url === shown!.zaaktype)!
    server.grant([{ zaaktype: String(identificatie), atMost: 'zeer_geheim' }])
    const { parents } = await readAll(source, 'zaakeigenschappen', changedZaken('zaakeigenschappen', [hidden!.uuid, shown!.uuid], zaken))
    expect(parents).toEqual([shown!.uuid])
  })

  test('of a source that fails on zaak after zaak are not read as a source of bad records', async () => {
    const { server, source } = await start({ zaken: 1_000 })
    const { zaken } = server.snapshot()
    server.fail({ list: 'zaakeigenschappen', times: 10_000, fault: { kind: 'status', status: 500 } })
    const changed = withChildren(zaken, 'eigenschappen')
      .slice(0, 30)
      .map(({ uuid }) => uuid)
    await expect(readAll(source, 'zaakeigenschappen', changedZaken('zaakeigenschappen', changed, zaken))).rejects.toThrow(SourceUnavailable)
  })

  test('of zaken that changed are read by themselves, and show what was changed', async () => {
    const { server, source } = await start({ zaken: 1_000 })
    const { zaken, zaakeigenschappen } = server.snapshot()
    const changed = withChildren(zaken, 'eigenschappen')
      .slice(0, 30)
      .map(({ uuid }) => String(uuid))
    const eigenschap = uuidAtEnd(ofZaken(zaakeigenschappen, changed)[0]!.url)
    server.changeZaakeigenschap(eigenschap, 'een andere waarde')
    server.deleteZaak(changed[29]!)
    const { records, parents, ends } = await readAll(source, 'zaakeigenschappen', changedZaken('zaakeigenschappen', changed, zaken))
    expect(records.find((record) => record.uuid === eigenschap)).toMatchObject({ waarde: 'een andere waarde' })
    expect(uuids(records)).toEqual(uuids(ofZaken(server.snapshot().zaakeigenschappen, changed)))
    expect([...parents].sort()).toEqual([...changed].sort())
    expect(ends.map(({ complete }) => complete)).toEqual(['parents'])
  })

  test('go on from any cursor to the same set, whichever way they are read', async () => {
    for (const behaviours of [{}, { knowsExpand: false }]) {
      const { source, stop } = await startWaterdam({ zaken: 200, behaviours })
      const whole = await readAll(source, 'zaakeigenschappen')
      const pages = whole.pages.get('all')!
      for (const [at, { cursor }] of pages.entries()) {
        const rest = await readSlice(source, 'zaakeigenschappen', whole.slices[0]!, {}, cursor)
        const together = [...pages.slice(0, at + 1), ...rest.pages].flatMap((page) => page.records)
        expect(new Set(uuids(together))).toEqual(new Set(uuids(whole.records)))
      }
      await stop()
    }
  })
})

describe('zaakinformatieobjecten, which are one bare array', () => {
  test('are read as a stream, in one request', async () => {
    const { server, source } = await start({ zaken: 2_000 })
    server.clearRequests()
    const { records, pages } = await readAll(source, 'zaakinformatieobjecten')
    expect(uuids(records)).toEqual(uuids(server.snapshot().zaakinformatieobjecten))
    expect(server.requests()).toHaveLength(1)
    expect(pages.get('all')!.length).toBeGreaterThan(2)
    expect(pages.get('all')!.at(-1)!.total).toBe(records.length)
  })

  test('are read through the zaken when the one answer never comes or breaks off', async () => {
    for (const fault of [{ kind: 'gateway' }, { kind: 'reset' }] as const) {
      const { server, source, stop } = await startWaterdam({ zaken: 700 })
      server.fail({ list: 'zaakinformatieobjecten', times: 4, fault })
      const { records, ends } = await readAll(source, 'zaakinformatieobjecten')
      expect(new Set(uuids(records))).toEqual(new Set(uuids(server.snapshot().zaakinformatieobjecten)))
      expect(ends.map(({ complete }) => complete)).toEqual(['all'])
      expect(source.log.lines.join()).toContain('read zaak by zaak')
      await stop()
    }
  })

  test('with one that the source fails on are read through the zaken, and that one is told', async () => {
    const { server, source } = await start()
    const { zaakinformatieobjecten } = server.snapshot()
    const bad = uuidAtEnd(zaakinformatieobjecten[3]!.url)
    server.breakRecord(bad)
    const { records, unreadable } = await readAll(source, 'zaakinformatieobjecten')
    const zaak = uuidAtEnd(zaakinformatieobjecten[3]!.zaak)
    expect(uuids(records)).toEqual(
      expect.arrayContaining(uuids(zaakinformatieobjecten.filter((record) => uuidAtEnd(record.zaak) !== zaak))),
    )
    expect(unreadable).toEqual([{ key: null, reason: `the source answers 500 on the children of zaak ${zaak}` }])
  })

  test('of few changed zaken are asked for by zaak, without a request for the whole table', async () => {
    const { server, source } = await start({ zaken: 2_000 })
    const { zaken, zaakinformatieobjecten } = server.snapshot()
    const changed = withChildren(zaken, 'zaakinformatieobjecten')
      .slice(0, 5)
      .map(({ uuid }) => String(uuid))
    const own = zaakinformatieobjecten.map((record) => ({ key: { uuid: String(record.uuid) } }))
    server.clearRequests()
    const { records, slices } = await readAll(source, 'zaakinformatieobjecten', changedZaken('zaakinformatieobjecten', changed, zaken, own))
    expect(slices.map(({ name }) => name)).toEqual(['by zaak'])
    expect(uuids(records)).toEqual(uuids(ofZaken(zaakinformatieobjecten, changed)))
    expect(server.requests().filter(({ path, search }) => path.endsWith('/zaakinformatieobjecten') && !search.includes('zaak='))).toEqual(
      [],
    )
  })
})
