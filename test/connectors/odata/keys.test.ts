import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import type { Key, KeyAnswer } from '../../../connectors/connector.js'
import { SourceUnavailable, UnexpectedResponse } from '../../../connectors/errors.js'
import { keyIn } from '../../../connectors/odata/predicate.js'
import { melding, type Version } from '../../sources/odata/model.js'
import { failure, send } from '../../sources/odata/server.js'
import type { OpenSource } from '../reading.js'
import { closeAll, open, statedFor } from './opened.js'

afterEach(closeAll)

const versions: Version[] = [2, 3, 4]

async function ask(source: OpenSource, stream: string, ...keys: Key[]): Promise<KeyAnswer[]> {
  const answers: KeyAnswer[] = []
  for await (const answer of source.stream(stream).byKey!(source.context(stream), keys)) answers.push(answer)
  return answers
}

const outcome = (answer: KeyAnswer): string => Object.keys(answer).find((name) => name !== 'key')!

describe.each(versions)('version %s', (version) => {
  test('a record is asked for by its key, with quotes doubled, also one of two parts', async () => {
    const { server, source } = await open(version)
    server.put('Meldingen', { ...melding(1, version), Nummer: "'t Gooi, 'n (proef)" })
    const answers = await ask(source, 'meldingen', { Nummer: "'t Gooi, 'n (proef)" }, { Nummer: 'M-2' }, { Nummer: '' })
    expect(answers.map(outcome)).toEqual(['found', 'found', 'gone'])
    expect((await ask(source, 'regels', { Melding: 'M-1', Volgnummer: '0' })).map(outcome)).toEqual(['found'])
    const asked = server.asked.map(({ address }) => decodeURIComponent(address.split('?', 1)[0]!))
    expect(asked).toContain("/odata/Meldingen('''t Gooi, ''n (proef)')")
    expect(asked).toContain(`/odata/Regels(Melding='M-1',Volgnummer=0${version === 4 ? '' : 'L'})`)
  })

  test('a GUID is asked for in the notation of the version, and lands in either case', async () => {
    const opened = await open(version)
    const { meldingen } = statedFor(version)
    const set = opened.server.set('Meldingen')
    set.key = ['Kenmerk']
    set.rows[0]!.Kenmerk = 'ABCDEF00-0000-4000-8000-000000000001'
    opened.server.answer(/abcdef00/, (response) => {
      const entity = { Nummer: 'M-1', Kenmerk: 'ABCDEF00-0000-4000-8000-000000000001' }
      send(response, { status: 200, text: JSON.stringify(version === 2 ? { d: entity } : entity) })
    })
    const source = opened.with({ meldingen: { ...meldingen, key: 'Kenmerk' } })
    const kenmerk = 'abcdef00-0000-4000-8000-000000000001'
    expect((await ask(source, 'meldingen', { Kenmerk: kenmerk })).map(outcome)).toEqual(['found'])
    expect(decodeURIComponent(opened.server.asked[0]!.address)).toContain(version === 4 ? `(${kenmerk})` : `(guid'${kenmerk}')`)
  })

  test('a key that no path can hold is asked for by a filter', async () => {
    const { server, source } = await open(version)
    for (const Nummer of ['2026/1', 'a%2Fb', '50% & meer?', 'x'.repeat(300)]) {
      server.put('Meldingen', { ...melding(1, version), Nummer })
      expect((await ask(source, 'meldingen', { Nummer }, { Nummer: `${Nummer}-weg` })).map(outcome)).toEqual(['found', 'gone'])
    }
    expect(server.asked.every(({ address }) => address.includes('$filter='))).toBe(true)
  })
})

test('a key that says something of a person stands in no path, where messages and logs would show it', async () => {
  const opened = await open(4)
  opened.server.set('Meldingen').key = ['Melder']
  const { meldingen } = statedFor(4)
  const source = opened.with({ meldingen: { ...meldingen, key: 'Melder' } })
  expect((await ask(source, 'meldingen', { Melder: "Zoë O'Neill 1" })).map(outcome)).toEqual(['found'])
  opened.server.answer(/Meldingen/, (response) => send(response, failure(503, 'Down')), 10)
  const error = await ask(source, 'meldingen', { Melder: "Zoë O'Neill 1" }).catch((caught) => caught)
  expect(error).toBeInstanceOf(SourceUnavailable)
  expect(`${error.message} ${source.log.lines.join()}`).not.toMatch(/Neill|Zo%C3%AB/)
})

test('what is forbidden is not gone, and a record on which the service fails is there', async () => {
  const { server, source } = await open(4)
  server.forbidden.add('{"Nummer":"M-3"}')
  server.answer(/'M-4'/, (response) => send(response, failure(500, 'Oeps')), 10)
  const keys = ['M-2', 'M-3', 'M-4', 'M-99'].map((Nummer) => ({ Nummer }))
  expect((await ask(source, 'meldingen', ...keys)).map(outcome)).toEqual(['found', 'forbidden', 'unreadable', 'gone'])
})

test('an entity set that was renamed answers 404 to every key, and nothing is gone', async () => {
  const { server, source } = await open(4)
  server.set('Meldingen').name = 'MeldingenOpenbareRuimte'
  await expect(ask(source, 'meldingen', { Nummer: 'M-1' })).rejects.toBeInstanceOf(UnexpectedResponse)
})

test('whether the entity set is there is asked once for all keys that are gone', async () => {
  const { server, source } = await open(4)
  const keys = Array.from({ length: 9 }, (_, n) => ({ Nummer: `weg-${n}` }))
  expect((await ask(source, 'meldingen', ...keys)).map(outcome)).toEqual(keys.map(() => 'gone'))
  expect(server.asked.filter(({ address }) => address.includes('$top=1'))).toHaveLength(1)
})

test('a record of which the key differs in capitals is another one: the key that was asked for is gone', async () => {
  const { server, source } = await open(4)
  server.answer(/'m-1'/, (response) => send(response, { status: 200, text: '{"Nummer":"M-1"}' }))
  expect((await ask(source, 'meldingen', { Nummer: 'm-1' })).map(outcome)).toEqual(['gone'])
})

test('text that looks like a number is no number: 007 is not 7', async () => {
  const { server, source } = await open(4)
  server.answer(/'007'/, (response) => send(response, { status: 200, text: '{"Nummer":"7"}' }))
  await expect(ask(source, 'meldingen', { Nummer: '007' })).rejects.toThrow(/not the record with the key/)
})

test('a service that ignores a filter gives another record, and that says nothing of the key', async () => {
  const { server, source } = await open(4)
  server.answer(/\$filter/, (response) => send(response, { status: 200, text: '{"value":[{"Nummer":"M-1"}]}' }))
  await expect(ask(source, 'meldingen', { Nummer: '2026/1' })).rejects.toBeInstanceOf(UnexpectedResponse)
})

test('a record that no longer meets the filter of its stream is gone from it', async () => {
  const opened = await open(4)
  const { meldingen } = statedFor(4)
  const source = opened.with({ meldingen: { ...meldingen, filter: 'Dicht eq true' } })
  expect((await ask(source, 'meldingen', { Nummer: 'M-2' }, { Nummer: 'M-1' })).map(outcome)).toEqual(['found', 'gone'])
})

test('a record with a field that is called d is that record', async () => {
  const { server, source } = await open(4)
  server.answer(/'M-1'/, (response) => send(response, { status: 200, text: '{"Nummer":"M-1","d":{"Nummer":"M-2"}}' }))
  expect((await ask(source, 'meldingen', { Nummer: 'M-1' })).map(outcome)).toEqual(['found'])
})

test('a field that is called error is no error', async () => {
  const { server, source } = await open(4)
  server.answer(/'M-1'/, (response) => send(response, { status: 200, text: '{"Nummer":"M-1","error":{"code":"E1"}}' }))
  expect((await ask(source, 'meldingen', { Nummer: 'M-1' })).map(outcome)).toEqual(['found'])
})

test('no content is how version 4 says that there is no record', async () => {
  const { server, source } = await open(4)
  server.answer(/'M-1'/, (response) => void response.writeHead(204).end())
  expect((await ask(source, 'meldingen', { Nummer: 'M-1' })).map(outcome)).toEqual(['gone'])
})

describe('the key in the id of a record', () => {
  test.each([
    ["https://x.example/odata/Set('a''b')", ['A'], { A: "a'b" }],
    ["Set('a%2Fb')", ['A'], { A: 'a/b' }],
    ['Set(12)', ['A'], { A: '12' }],
    ['Set(12L)', ['A'], { A: '12' }],
    ["Set(A='x,y)',B=2)", ['B', 'A'], { A: 'x,y)', B: '2' }],
    ["Set(guid'00000000-0000-4000-8000-000000000001')", ['A'], { A: '00000000-0000-4000-8000-000000000001' }],
    ['00000000-0000-4000-8000-000000000001', ['A'], { A: '00000000-0000-4000-8000-000000000001' }],
    ['Set(A=1)', ['A', 'B'], undefined],
    ["Set('open", ['A'], undefined],
    ['https://x.example/odata/Set', ['A'], undefined],
  ])('%s', (id, names, key) => {
    expect(keyIn(id, names)).toEqual(key)
  })

  test('is read back, whatever text it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (a, b) => {
        fc.pre(a.isWellFormed() && b.isWellFormed())
        const part = (text: string) => encodeURIComponent(`'${text.replaceAll("'", "''")}'`)
        expect(keyIn(`https://x.example/Set(A=${part(a)},B=${part(b)})`, ['A', 'B'])).toEqual({ A: a, B: b })
      }),
    )
  })
})
