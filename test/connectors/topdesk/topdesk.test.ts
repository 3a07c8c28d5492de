import { afterEach, describe, expect, test } from 'vitest'
import type { Connector } from '../../../connectors/connector.js'
import { SourceRefused, SourceUnavailable, UnexpectedResponse } from '../../../connectors/errors.js'
import { findConnectors } from '../../../connectors/load.js'
import { someIncident } from '../../sources/topdesk/records.js'
import { credentials, startTopdesk, type Topdesk, type TopdeskOptions } from '../../sources/topdesk/server.js'
import { checkpointOf, type OpenSource, openSource, readStream, recordsIn } from '../reading.js'

const connector: Connector = await (await findConnectors()).get('topdesk')
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function start(options: TopdeskOptions = {}): Promise<{ server: Topdesk; source: OpenSource }> {
  const server = await startTopdesk(options)
  const source = openSource(connector, { baseUrl: server.url, credentials })
  closing.push(() => source.close(), server.close)
  return { server, source }
}

const idsOf = (records: readonly { [field: string]: unknown }[]) => records.map(({ id }) => String(id)).sort()

describe('a list of incidents', () => {
  test('holds the partial and the archived ones too, so that archiving is no deletion', async () => {
    const { server, source } = await start({ incidents: 25, clamp: 10 })
    expect(idsOf(recordsIn(await readStream(source, 'incidents')))).toEqual(idsOf(server.incidents))
    server.incidents[3]!.status = 'secondLineArchived'
    expect(idsOf(recordsIn(await readStream(source, 'incidents')))).toEqual(idsOf(server.incidents))
  })

  test('ends at 200 and not at a page that is smaller than was asked for', async () => {
    const { server, source } = await start({ incidents: 25, clamp: 10 })
    await readStream(source, 'incidents')
    expect(server.seen.map(({ url }) => new URL(url, server.url).searchParams.get('pageStart'))).toEqual([null, '10', '20'])
  })

  test('is empty at 204, whose body is no JSON', async () => {
    const { source } = await start({ incidents: 0 })
    const [read] = await readStream(source, 'incidents')
    expect(recordsIn([read!])).toEqual([])
    expect(read!.end.complete).toBe('all')
  })

  test('of a TOPdesk that knows the older parameters only is no list of ten: it ends with an error that names the connector', async () => {
    const { source } = await start({ incidents: 25, old: true })
    const error = await readStream(source, 'incidents').catch((caught) => caught)
    expect(error).toBeInstanceOf(UnexpectedResponse)
    expect(error.message).toMatch(/says that there is more, and does not lead there/)
  })

  test('of a TOPdesk that hides a category is shorter, and a hidden one is forbidden and not gone', async () => {
    const { server, source } = await start({ incidents: 9 })
    server.hide('Hardware')
    const hidden = server.incidents.find(({ category }) => (category as { name: string }).name === 'Hardware')!
    expect(recordsIn(await readStream(source, 'incidents'))).toHaveLength(6)
    const { byKey } = source.stream('incidents')
    const answers = []
    for await (const answer of byKey!(source.context('incidents'), [{ id: hidden.id }, { id: 'weg' }])) answers.push(answer)
    expect(answers).toEqual([
      { key: { id: hidden.id }, forbidden: true },
      { key: { id: 'weg' }, gone: true },
    ])
  })
})

describe('what changed', () => {
  test('is asked for by the moment as the source wrote it, oldest first', async () => {
    const { server, source } = await start({ incidents: 12, clamp: 5 })
    const checkpoint = checkpointOf(source.stream('incidents'), await readStream(source, 'incidents'))
    expect(checkpoint).toBe('2026-03-02T19:00:00Z')
    server.seen.length = 0
    server.incidents.push(someIncident(100, Date.parse('2026-03-03T08:00:00Z')))
    const changed = await readStream(source, 'incidents', { reading: 'changes', checkpoint })
    const query = new URL(server.seen[0]!.url, server.url).searchParams
    expect([query.get('query'), query.getAll('sort'), query.get('all')]).toEqual([
      'modificationDate=ge=2026-03-02T18:55:00Z',
      ['modificationDate:asc,id:asc'],
      'true',
    ])
    expect(idsOf(recordsIn(changed))).toEqual(idsOf(server.incidents.slice(11)))
    expect(checkpointOf(source.stream('incidents'), changed)).toBe('2026-03-03T08:00:00Z')
  })

  test('is found also from a moment in the form that TOPdesk gives by itself', async () => {
    const { server, source } = await start({ incidents: 12 })
    const changed = await readStream(source, 'incidents', { reading: 'changes', checkpoint: '2026-03-02T19:00:00.000+0000' })
    expect(new URL(server.seen[0]!.url, server.url).searchParams.get('query')).toBe('modificationDate=ge=2026-03-02T18:55:00.000+0000')
    expect(idsOf(recordsIn(changed))).toEqual(idsOf(server.incidents.slice(11)))
  })

  test('is proven to be filtered, and that an older TOPdesk ignores the filter', async () => {
    const { source } = await start()
    expect(await source.stream('incidents').proveFilter!(source.context('incidents'))).toMatchObject({ ok: true })
    const { source: older } = await start({ incidents: 5, old: true })
    expect(await older.stream('incidents').proveFilter!(older.context('incidents'))).toMatchObject({ ok: false })
  })
})

test('persons are asked for in their second version, with all fields', async () => {
  const { server, source } = await start({ clamp: 3 })
  const persons = recordsIn(await readStream(source, 'persons'))
  expect(idsOf(persons)).toEqual(idsOf(server.persons))
  expect(persons.every((person) => person.employeeNumber !== undefined)).toBe(true)
})

test('no cursor holds the code of a person, though links and offsets are in between', async () => {
  const { source } = await start({ clamp: 2 })
  for (const stream of ['persons', 'operators']) {
    const [read] = await readStream(source, stream)
    expect(read!.pages.map(({ cursor }) => cursor)).toEqual(read!.pages.map(() => undefined))
  }
})

test('a TOPdesk that takes no more requests for now is asked again', async () => {
  const { server, source } = await start({ incidents: 5 })
  server.busy(2)
  expect(recordsIn(await readStream(source, 'incidents'))).toHaveLength(5)
  server.busy(1000)
  await expect(readStream(source, 'incidents')).rejects.toThrow(SourceUnavailable)
})

test('a wrong application password is refused, in words that say where it is set', async () => {
  const { server } = await start()
  const wrong = openSource(connector, { baseUrl: server.url, credentials: { ...credentials, password: 'nee' } })
  closing.push(() => wrong.close())
  const error = await readStream(wrong, 'incidents').catch((caught) => caught)
  expect(error).toBeInstanceOf(SourceRefused)
  expect(error.message).toContain('GEMAAL_PROBE_USERNAME and GEMAAL_PROBE_PASSWORD')
})
