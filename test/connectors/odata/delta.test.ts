import { afterEach, describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../connectors/connector.js'
import { CheckpointExpired, SourceRefused } from '../../../connectors/errors.js'
import { streamSettings } from '../../../connectors/odata/settings.js'
import type { Row } from '../../sources/odata/model.js'
import { send } from '../../sources/odata/server.js'
import { checkpointOf, readSlice, readStream, recordsIn, removedIn, sliceContext, Warehouse } from '../reading.js'
import { closeAll, open, statedFor } from './opened.js'

afterEach(closeAll)

const regel = (Melding: string, Volgnummer: string, Tekst: string | null): Row => ({ Melding, Volgnummer, Tekst })
const stream = 'regels'

describe.each(['id', '@removed', '@id'] as const)('a service that tells a deletion by %s', (deletedAs) => {
  test.each(['whole', 'in part'])('and gives a changed record %s: a copy gets what came, changed and was deleted', async (form) => {
    const { server, source } = await open(4, { deletedAs, partial: form === 'in part' })
    const warehouse = new Warehouse(source)
    const first = await readStream(source, stream)
    warehouse.publish(stream, first)
    server.put('Regels', regel('M-1', '0', 'Anders'))
    server.put('Regels', regel('M-2', '1', null))
    server.put('Regels', regel('M-8', '80', 'Nieuw'))
    server.put('Regels', regel('M-9', '90', 'Kort'))
    server.remove('Regels', { Melding: 'M-3', Volgnummer: '2' })
    server.remove('Regels', { Melding: 'M-9', Volgnummer: '90' })
    const read = await readStream(source, stream, { reading: 'changes', checkpoint: checkpointOf(source.stream(stream), first) })
    expect(recordsIn(read)).toHaveLength(3)
    expect(removedIn(read)).toContainEqual({ Melding: 'M-3', Volgnummer: '2' })
    expect(read[0]!.end.complete).toBe(false)
    warehouse.publish(stream, read)
    const bare = ({ Melding, Volgnummer, Tekst }: { [name: string]: unknown }) => [Melding, String(Volgnummer), Tekst].join()
    expect(warehouse.records(stream).map(bare).sort()).toEqual(server.set('Regels').rows.map(bare).sort())
  })
})

test('a link to changes is followed as it came, and the next round goes on from its own', async () => {
  const { server, source } = await open(4)
  let read = await readStream(source, stream)
  for (const n of ['81', '82', '83', '84', '85']) {
    server.put('Regels', regel('M-8', n, 'Nieuw'))
    read = await readStream(source, stream, { reading: 'changes', checkpoint: checkpointOf(source.stream(stream), read) })
    expect(recordsIn(read).map(({ Volgnummer }) => String(Volgnummer))).toEqual([n])
  }
  const tokens = server.asked.filter(({ address }) => address.includes('$deltatoken'))
  expect(tokens.length).toBe(5)
})

test('what changes while everything is listed is told by the next round', async () => {
  const { server, source } = await open(4)
  const first = await readSlice(source, stream, { name: 'all' }, {}, undefined, (page) => {
    if (page.records[0]?.Melding === 'M-1') server.put('Regels', regel('M-1', '0', 'Onderweg'))
  })
  const read = await readStream(source, stream, { reading: 'changes', checkpoint: first.end.checkpoint })
  expect(recordsIn(read)).toContainEqual(expect.objectContaining({ Melding: 'M-1', Tekst: 'Onderweg' }))
})

test('a full reading keeps its place in the changes too, so that a token is renewed by it', async () => {
  const { source } = await open(4)
  const first = checkpointOf(source.stream(stream), await readStream(source, stream))!
  const later = checkpointOf(source.stream(stream), await readStream(source, stream))!
  expect(source.stream(stream).compare(later, first)).toBeGreaterThanOrEqual(0)
  expect(source.stream(stream).compare(first, first)).toBe(0)
})

test.each([
  [410, 'Gone'],
  [400, 'BadRequest'],
])('a token that is forgotten (%s) asks for a full reading', async (status, code) => {
  const { server, source } = await open(4)
  const checkpoint = checkpointOf(source.stream(stream), await readStream(source, stream))
  server.expire({ status, code })
  await expect(readStream(source, stream, { reading: 'changes', checkpoint })).rejects.toBeInstanceOf(CheckpointExpired)
  expect(recordsIn(await readStream(source, stream))).toHaveLength(7)
})

test('other fields than the token was given for ask for a full reading', async () => {
  const { source } = await open(4)
  const ctx = { ...sliceContext(source, stream, {}), fields: new Set(['Tekst']), slice: { name: 'all' }, cursor: undefined }
  const checkpoint = checkpointOf(source.stream(stream), await readStream(source, stream))
  const less = { ...ctx, fields: new Set<string>(), reading: 'changes' as const, checkpoint }
  await expect(source.stream(stream).read(less).next()).rejects.toBeInstanceOf(CheckpointExpired)
  await expect(
    source
      .stream(stream)
      .read({ ...less, fields: ctx.fields })
      .next(),
  ).resolves.toMatchObject({ done: false })
})

test('a stream whose changes are read in another way from now on is read full', async () => {
  const { source } = await open(4)
  const cursor = checkpointOf(source.stream('meldingen'), await readStream(source, 'meldingen'))!
  const delta = checkpointOf(source.stream(stream), await readStream(source, stream))!
  await expect(readStream(source, stream, { reading: 'changes', checkpoint: cursor })).rejects.toBeInstanceOf(CheckpointExpired)
  await expect(readStream(source, 'meldingen', { reading: 'changes', checkpoint: delta })).rejects.toBeInstanceOf(CheckpointExpired)
  expect(source.stream(stream).compare(cursor, delta)).toBeLessThan(0)
})

test('a service that keeps no track says so by giving no link, and its administrator is named', async () => {
  const { source } = await open(4, { tracked: [] })
  const error = await readStream(source, stream).catch((caught) => caught)
  expect(error).toBeInstanceOf(SourceRefused)
  expect(error.message).toContain("keeps no track of changes of 'Regels'")
})

test('a deletion whose key cannot be read ends the reading: nothing else may be deleted for it', async () => {
  const { server, source } = await open(4)
  const checkpoint = checkpointOf(source.stream(stream), await readStream(source, stream))
  const value = [{ '@odata.context': '$metadata#Regels/$deletedEntity', id: 'Regels(7)', reason: 'deleted' }]
  server.answer(/\$deltatoken/, (response) => send(response, { status: 200, text: JSON.stringify({ value }) }))
  await expect(readStream(source, stream, { reading: 'changes', checkpoint })).rejects.toThrow(/Melding and Volgnummer/)
})

test('links between records, which come among the changes, are no records', async () => {
  const { server, source } = await open(4)
  const checkpoint = checkpointOf(source.stream(stream), await readStream(source, stream))
  const value = [
    { '@odata.context': '$metadata#Regels/$link', source: 'a', relationship: 'b', target: 'c' },
    { '@odata.context': '$metadata#Regels/$deletedLink', source: 'a', relationship: 'b', target: 'c' },
  ]
  const body = { value, '@odata.deltaLink': `${server.url}/Regels?$deltatoken=0.0` }
  server.answer(/\$deltatoken/, (response) => send(response, { status: 200, text: JSON.stringify(body) }))
  const read = await readStream(source, stream, { reading: 'changes', checkpoint })
  expect([recordsIn(read), removedIn(read)]).toEqual([[], []])
})

describe('what a source file states of changes', () => {
  const faults = (more: JsonObject): string[] =>
    streamSettings.safeParse({ ...statedFor(4).meldingen, ...more }).error?.issues.map(({ message }) => message) ?? []

  test('is refused where it cannot be read by', () => {
    expect(faults({})).toEqual([])
    expect(faults({ changes: 'delta', filter: 'Dicht eq true' })[0]).toContain('whole entity sets')
    expect(faults({ changes: { cursor: 'Melder' } })[0]).toContain('no field of')
    expect(faults({ changes: { cursor: 'Gewijzigd', overlap: 'soon' } })[0]).toContain('PT10M')
    expect(faults({ edm: { Onbekend: 'Int64' } })[0]).toContain("'Onbekend' is not a field")
    expect(faults({ entitySet: 'Meldingen?x=1' })[0]).toContain('name of an entity set')
  })
})
