import { afterEach, expect, test } from 'vitest'
import { CheckpointExpired } from '../../../connectors/errors.js'
import type { ZgwOptions } from '../../sources/zgw/server.js'
import { json, probe, serve } from '../loopback.js'
import { knownAfter, startWaterdam, uuids, type Waterdam } from './fixture.js'
import { type Asked, contextOf, nothingKnown, type Read, readAll, readAsFar, readSlice, streamOf } from './reading.js'

let waterdam: Waterdam | undefined
afterEach(async () => {
  await waterdam?.stop()
  waterdam = undefined
})

/** A municipality that was read in full, and how its changes are asked for after that. */
async function startAfterFull(options?: ZgwOptions): Promise<Waterdam & { before: Read; asked: Asked }> {
  waterdam = await startWaterdam(options)
  const before = await readAll(waterdam.source, 'zaken')
  waterdam.server.clearRequests()
  return { ...waterdam, before, asked: { reading: 'changes', checkpoint: before.checkpoint, known: knownAfter('zaken', before.records)! } }
}

/** The dataset after a reading of changes: what came replaces what stood. */
function merged(before: Read, changes: Read): Map<string, unknown> {
  const rows = new Map(before.records.map((record) => [String(record.uuid), record]))
  for (const record of changes.records) rows.set(String(record.uuid), record)
  for (const { uuid } of changes.removed) rows.delete(uuid!)
  return rows
}

test('changes of zaken see what was opened, closed, reopened, changed while open, and removed while open', async () => {
  const { server, source, before, asked } = await startAfterFull()
  const open = server.snapshot().zaken.filter((zaak) => zaak.einddatum === null)
  const closed = server.snapshot().zaken.filter((zaak) => zaak.einddatum !== null)
  const [opened] = server.addZaken(1, { open: true })
  const [through] = server.addZaken(1, { open: true })
  server.closeZaak(through!)
  server.closeZaak(String(open[0]!.uuid))
  server.changeZaak(String(open[1]!.uuid), { omschrijving: 'Anders dan eerst' })
  server.deleteZaak(String(open[2]!.uuid))
  server.reopenZaak(String(closed[0]!.uuid))
  const changes = await readAll(source, 'zaken', asked)
  const changed = [opened, through, open[0]!.uuid, open[1]!.uuid, closed[0]!.uuid].map(String)
  expect(uuids(changes.records)).toEqual(expect.arrayContaining(changed))
  expect(changes.removed).toEqual([{ uuid: open[2]!.uuid }])
  expect(changes.ends.every(({ complete }) => complete === false)).toBe(true)
  const shown = server.snapshot().zaken
  const after = merged(before, changes)
  expect([...after.keys()].sort()).toEqual(uuids(shown))
  for (const uuid of changed) {
    const zaak = shown.find((each) => each.uuid === uuid)!
    expect(after.get(uuid)).toMatchObject({ einddatum: zaak.einddatum, omschrijving: zaak.omschrijving })
  }
})

test('a reading of changes of a quiet municipality asks for the open zaken, those of the last day, and no other', async () => {
  const { server, source, asked } = await startAfterFull({ zaken: 2_000 })
  const changes = await readAll(source, 'zaken', { ...asked, fields: new Set(['uuid']) })
  const openZaken = server.snapshot().zaken.filter((zaak) => zaak.einddatum === null)
  expect(changes.records.length).toBeLessThan(openZaken.length + 20)
  expect(server.requests().filter(({ method }) => method === 'POST')).toEqual([])
  expect(changes.checkpoint).toBe(asked.checkpoint)
})

test('the checkpoint moves on with what is registered, and never back', async () => {
  const { server, source, asked } = await startAfterFull()
  server.setToday('2026-11-25')
  server.addZaken(1)
  expect((await readAll(source, 'zaken', asked)).checkpoint! >= asked.checkpoint!).toBe(true)
  const later = { ...asked, checkpoint: '2026-11-25' }
  expect((await readAll(source, 'zaken', later)).checkpoint).toBe('2026-11-25')
})

test('changes do not see a closed zaak that is changed or removed afterwards, and say so', async () => {
  const { server, source, asked } = await startAfterFull()
  const closed = server.snapshot().zaken.filter((zaak) => zaak.einddatum !== null && String(zaak.registratiedatum) < '2026-11-01')
  server.changeZaak(String(closed[0]!.uuid), { archiefstatus: 'gearchiveerd' })
  server.deleteZaak(String(closed[1]!.uuid))
  const changes = await readAll(source, 'zaken', asked)
  expect(uuids(changes.records)).not.toContain(closed[0]!.uuid)
  expect(changes.removed).toEqual([])
  expect(streamOf('zaken').changes!.blind).toMatch(/closed zaak that is changed, or removed, after it was closed/)
})

test('open zaken that our token may no longer see are not removed', async () => {
  const { server, source, asked } = await startAfterFull()
  server.grant([{ zaaktype: 'B0337', atMost: 'zeer_geheim' }])
  const changes = await readAll(source, 'zaken', asked)
  expect(uuids(changes.records)).toEqual(uuids(server.snapshot().zaken.filter((zaak) => zaak.einddatum === null)))
  expect(changes.removed).toEqual([])
  expect(source.log.lines.join()).toContain('no longer visible to our token')
})

test('closed zaken are found one by one where _zoek is refused', async () => {
  const { server, source, asked } = await startAfterFull({ behaviours: { knowsZoek: false } })
  const open = server.snapshot().zaken.filter((zaak) => zaak.einddatum === null)
  server.closeZaak(String(open[0]!.uuid))
  server.deleteZaak(String(open[1]!.uuid))
  const changes = await readAll(source, 'zaken', asked)
  expect(changes.records.find((record) => record.uuid === open[0]!.uuid)).toMatchObject({ einddatum: expect.any(String) })
  expect(changes.removed).toEqual([{ uuid: open[1]!.uuid }])
})

test('an open zaak that the source fails on is told by its key, and is not removed', async () => {
  const { server, source, asked } = await startAfterFull()
  const open = server.snapshot().zaken.filter((zaak) => zaak.einddatum === null)
  server.breakRecord(String(open[0]!.uuid))
  server.closeZaak(String(open[1]!.uuid))
  const changes = await readAll(source, 'zaken', asked)
  expect(changes.unreadable).toContainEqual({ key: { uuid: open[0]!.uuid }, reason: 'the source answers 500 on this record' })
  expect(changes.removed).toEqual([])
  expect(uuids(changes.records)).toContain(open[1]!.uuid)
})

test('changes go on from any cursor to the same set', async () => {
  const { server, source, asked } = await startAfterFull({ zaken: 5_000 })
  const open = server.snapshot().zaken.filter((zaak) => zaak.einddatum === null)
  for (const zaak of open.slice(0, 30)) server.closeZaak(String(zaak.uuid))
  for (const zaak of open.slice(30, 35)) server.deleteZaak(String(zaak.uuid))
  server.addZaken(3)
  const whole = await readAll(source, 'zaken', asked)
  for (const slice of whole.slices) {
    const pages = whole.pages.get(slice.name)!
    for (const [at, { cursor }] of pages.entries()) {
      const rest = await readSlice(source, 'zaken', slice, asked, cursor)
      const together = [...pages.slice(0, at + 1), ...rest.pages]
      expect(new Set(uuids(together.flatMap((page) => page.records)))).toEqual(new Set(uuids(pages.flatMap((page) => page.records))))
      expect(new Set(together.flatMap((page) => page.removed ?? []).map(({ uuid }) => uuid))).toEqual(
        new Set(pages.flatMap((page) => page.removed ?? []).map(({ uuid }) => uuid)),
      )
    }
  }
})

test('changes that the warehouse cannot support end in reading full', async () => {
  const { source, asked } = await startAfterFull()
  const { failure } = await readAsFar(source, 'zaken', { name: 'open', params: { day: '2026-11-25' } }, { ...asked, known: nothingKnown })
  expect(failure).toBeInstanceOf(CheckpointExpired)
})

test('conditions of the datasets are asked of the source, and what they leave out is not read', async () => {
  const { server, source } = await startAfterFull({ zaken: 2_000 })
  const { zaken, zaaktypen } = server.snapshot()
  const wmo = zaaktypen.filter((zaaktype) => ['B0337', 'B0338'].includes(String(zaaktype.identificatie))).map(({ url }) => url)
  const where = [
    { column: 'zaaktype_identificatie', in: ['B0337', 'B0338'] },
    { column: 'vertrouwelijkheidaanduiding', atMost: 'zaakvertrouwelijk' },
    { column: 'registratiedatum', from: '2024-06-01' },
  ]
  const { records, slices } = await readAll(source, 'zaken', { where })
  const atMost = ['openbaar', 'beperkt_openbaar', 'intern', 'zaakvertrouwelijk']
  const wanted = zaken.filter(
    (zaak) =>
      wmo.includes(zaak.zaaktype!) &&
      String(zaak.registratiedatum) >= '2024-06-01' &&
      atMost.includes(String(zaak.vertrouwelijkheidaanduiding)),
  )
  expect(slices.every(({ name }) => name.startsWith('zaaktype '))).toBe(true)
  expect(uuids(records)).toEqual(uuids(wanted))
})

test('open zaken alone are read where the datasets take no other', async () => {
  const { server, source, asked } = await startAfterFull()
  const where = [{ column: 'einddatum', is: null }]
  const open = uuids(server.snapshot().zaken.filter((zaak) => zaak.einddatum === null))
  expect(uuids((await readAll(source, 'zaken', { where })).records)).toEqual(open)
  const changes = await readAll(source, 'zaken', { ...asked, where })
  expect(changes.slices.map(({ name }) => name)).toEqual(['open'])
  expect(uuids(changes.records)).toEqual(open)
})

test('the filter that changes rely on is proven on the source, and a source that ignores it is found out', async () => {
  const { source } = await startAfterFull()
  expect(await streamOf('zaken').proveFilter!(contextOf(source, 'zaken'))).toMatchObject({ ok: true })
  const ignores = await serve(json({ count: 5, next: null, results: [{ uuid: '1' }] }))
  const proof = await streamOf('zaken').proveFilter!(contextOf({ ...source, http: probe({ zaken: ignores.url }) }, 'zaken'))
  expect(proof).toEqual({ ok: false, message: expect.stringContaining('registratiedatum__gt is ignored: 5 zaken') })
  await ignores.close()
})

test('rights that get narrower show in the scope', async () => {
  const { server, source } = await startAfterFull()
  const scope = () => import('../../../connectors/zgw/connector.js').then(({ default: zgw }) => zgw.scope(contextOf(source, 'zaken')))
  expect(await scope()).toEqual({ '* * *': 8 })
  server.grant([{ zaaktype: 'B0337', atMost: 'zaakvertrouwelijk' }])
  const granted = Object.entries((await scope())!)
  const versions = server.snapshot().zaaktypen.filter((zaaktype) => zaaktype.identificatie === 'B0337' && !zaaktype.concept)
  expect(granted.filter(([grant]) => grant.startsWith('zrc '))).toHaveLength(versions.length)
  expect(granted).toContainEqual(['ztc catalogi.lezen *', 1])
  server.behave({ knowsAutorisaties: false })
  expect(await scope()).toBeUndefined()
})
