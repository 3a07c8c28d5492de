import { afterEach, describe, expect, test } from 'vitest'
import { SourceRefused } from '../../../connectors/errors.js'
import objecten from '../../../connectors/objecten/connector.js'
import { withheldOf } from '../../../connectors/objecten/withheld.js'
import { messageOf } from '../../sources/notificaties/server.js'
import { day, type ObjectenServer, startObjecten } from '../../sources/objecten/server.js'
import { bomen } from '../fixtures/objecten.js'
import { type OpenSource, openSource, readStream, recordsIn } from '../reading.js'
import { plain } from '../zgw/fixture.js'

let server: ObjectenServer
let source: OpenSource
afterEach(async () => {
  source?.close()
  await server?.stop()
})

async function open(more: { [setting: string]: unknown } = {}): Promise<void> {
  server = await startObjecten()
  const streams = { bomen: { objecttype: server.bomen, ...bomen, ...more } as never }
  source = openSource(objecten, { baseUrl: server.url, credentials: { token: server.token }, streams })
}

const read = async () => recordsIn(await readStream(source, 'bomen')).map(plain)
const uuids = async () => (await read()).map(({ uuid }) => String(uuid)).sort()
async function byKey(...keys: string[]): Promise<string[]> {
  const says: string[] = []
  for await (const answer of source.stream('bomen').byKey!(
    source.context('bomen'),
    keys.map((uuid) => ({ uuid })),
  ))
    says.push('found' in answer ? String(answer.found.soort) : Object.keys(answer).find((word) => word !== 'key')!)
  return says
}

describe('objects', () => {
  test('come in one level: what each has by its place, and its data by their own names', async () => {
    await open()
    const [tree] = await read()
    expect(tree).toMatchObject({
      nummer: '00030',
      soort: 'Linde',
      recordIndex: 1,
      recordTypeVersion: 1,
      recordEndAt: null,
      recordGeometry: { type: 'Point' },
    })
  })

  test('that begin tomorrow or ended yesterday are there: absence from the list of today is no delete', async () => {
    await open()
    const [ended] = server.uuids()
    const coming = server.plant({}, day(5))
    server.end(ended!, day(-1))
    expect(await uuids()).toEqual(server.uuids().sort())
    expect(await byKey(ended!, coming)).toEqual(['Linde', 'Linde'])
  })

  test('have the record that was registered last, also where it holds from next month', async () => {
    await open()
    const [uuid] = server.uuids()
    server.change(uuid!, { soort: 'Eik' }, day(30))
    const tree = (await read()).find((each) => each.uuid === uuid)!
    expect(tree).toMatchObject({ soort: 'Eik', recordIndex: 2, recordStartAt: day(30) })
    expect(await byKey(uuid!)).toEqual(['Eik'])
  })

  test('that are deleted are gone, with their history', async () => {
    await open()
    const [uuid, other] = server.uuids()
    server.remove(uuid!)
    expect(await uuids()).not.toContain(uuid)
    expect(await byKey(uuid!, other!)).toEqual(['gone', 'Linde'])
  })

  test('keep what each of them has, whatever their data is called', async () => {
    await open()
    const uuid = server.plant({ recordIndex: 99, recordStartAt: 'nooit' })
    expect((await read()).find((each) => each.uuid === uuid)).toMatchObject({ recordIndex: 1, recordStartAt: day(-300) })
  })

  test('with all their records, one an index', async () => {
    await open({ records: 'history' })
    const [uuid] = server.uuids()
    server.change(uuid!, { soort: 'Eik' })
    server.change(uuid!, { soort: 'Es' }, day(10))
    const history = (await read()).filter((each) => each.objectUuid === uuid)
    expect(history.map(({ recordIndex, soort, recordEndAt }) => [recordIndex, soort, recordEndAt])).toEqual([
      [1, 'Linde', day(0)],
      [2, 'Eik', day(10)],
      [3, 'Es', null],
    ])
  })
})

describe('rights', () => {
  const all = ['url', 'uuid', 'type', 'record']

  test('to some fields: one that a dataset takes is refused by name, and never lands as null', async () => {
    await open()
    server.limit({ 1: all.filter((name) => name !== 'record').concat('record__index', 'record__startAt', 'record__data__nummer') })
    const reading = read()
    await expect(reading).rejects.toThrow(SourceRefused)
    await expect(reading).rejects.toThrow(/may not see .*record__data__soort/)
    await expect(byKey(server.uuids()[0]!)).rejects.toThrow(/record__geometry/)
  })

  test('to fewer fields do not matter where nobody takes the others', async () => {
    await open({ record: { nummer: { type: 'text', kind: 'none' } } })
    server.limit({
      1: [
        ...all.slice(0, 3),
        'record__index',
        'record__typeVersion',
        'record__startAt',
        'record__endAt',
        'record__registrationAt',
        'record__correctionFor',
        'record__correctedBy',
        'record__geometry',
        'record__data__nummer',
      ],
    })
    expect((await read()).map(({ nummer }) => nummer)).toHaveLength(30)
  })

  test('are told grant by grant, so that one that is taken away is seen as that', async () => {
    await open()
    const context = source.context('bomen')
    const whole = await objecten.scope(context)
    expect(whole).toMatchObject({ [`${server.bomen} *`]: 1 })
    server.limit({ 1: ['uuid', 'record__data__nummer'] })
    expect(await objecten.scope(context)).toMatchObject({ [`${server.bomen} 1 record__data__nummer`]: 1 })
    expect(await objecten.scope(context)).not.toHaveProperty([`${server.bomen} *`])
  })

  test('that were taken away make a reading of nothing only where the source still knows the type', async () => {
    await open()
    server.limit('none')
    expect(await byKey(server.uuids()[0]!)).toEqual(['forbidden'])
  })

  test.each<[form: string, header: string | undefined, withheld: string[]]>([
    ['none', undefined, []],
    ['names alone', 'uuid,record__data__soort', ['record__data__soort']],
    [
      'names for each type and version',
      'https://a.example/objecttypes/1(1)=record__geometry;https://a.example/objecttypes/1(2)=record__data__soort',
      ['record__data__soort'],
    ],
    ['a part of a value', 'record__data__soort__latijn', ['record__data__soort__latijn']],
    ['fields of the object', 'record__startAt,record__data__startAt', ['record__startAt']],
  ])('in the header, as %s, are read by the field that they fill', (_, header, withheld) => {
    expect(withheldOf(header, new Set(['soort', 'recordStartAt']))).toEqual(withheld)
  })
})

test('an objecttype that is not there, or not ours, is refused with where to mend it', async () => {
  server = await startObjecten()
  const streams = { bomen: { objecttype: '11111111-2222-4333-8444-555555555555', ...bomen } as never }
  source = openSource(objecten, { baseUrl: server.url, credentials: { token: server.token }, streams })
  await expect(read()).rejects.toThrow(/there is no objecttype 11111111.*sources\/probe\.yaml/)
})

test('discover proposes a stream for each objecttype, by the schema of its published version', async () => {
  await open()
  const proposals = await objecten.discover(source.context('bomen'))
  expect(Object.keys(proposals).sort()).toEqual(['banken_stoelen', 'bomen'])
  const { settings, record, description } = proposals.bomen!
  expect(settings).toEqual({ objecttype: server.bomen })
  expect(description).toBe('Bomen in beheer, versie 1, open')
  expect(record?.properties).toMatchObject({
    nummer: { type: 'string', description: 'Nummer op het paaltje' },
    soort: { type: 'string', description: 'Boomsoort' },
    hoogte: { type: 'string', format: 'decimal' },
    geplant: { type: 'string', format: 'date' },
    onderhoud: { type: 'array', items: { type: 'object', properties: { op: { format: 'date' }, door: { description: 'Wie het deed' } } } },
  })
})

test('a message about an object is about the streams of its objecttype', () => {
  const type = '8f6e5f3c-0a4b-4c53-9a39-4d6c1f3b7a10'
  const uuid = '0b1f1e4e-6f0e-4f61-8d5c-0e9a4e0e5a11'
  const url = `https://objecten.waterdam.example/api/v2/objects/${uuid}`
  const stated = {
    bomen: { objecttype: type, records: 'latest' },
    boomhistorie: { objecttype: type, records: 'history' },
    banken: { objecttype: uuid, records: 'latest' },
  }
  const keysOf = (kanaal: string, kenmerken: { [name: string]: string }) =>
    objecten.notificaties.keysOf({ ...messageOf(kanaal, url, 'object', url, 'update'), kenmerken }, stated)
  expect(keysOf('objecten', { objectType: `https://objecten.waterdam.example/api/v2/objecttypes/${type}` })).toEqual([
    { stream: 'bomen', key: { uuid } },
  ])
  expect(keysOf('objecten', {})).toEqual([])
  expect(keysOf('zaken', { objectType: type })).toEqual([])
})
