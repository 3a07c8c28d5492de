import { describe, expect, test } from 'vitest'
import { connectorChecks, lastChecks, streamChecks } from '../../connectors/conformance/checks.js'
import { type Fixture, Suite } from '../../connectors/conformance/suite.js'
import type { Authentication, Connector, Cursor, End, Page, Pages, ReadContext, SourceRecord, Stream } from '../../connectors/connector.js'
import { UnexpectedResponse } from '../../connectors/errors.js'
import { checkRecording } from '../../connectors/recordings/checks.js'
import { recordedFixture } from '../../connectors/recordings/fixture.js'
import { pageOf } from '../../connectors/recordings/folder.js'
import { openStream } from '../../connectors/stream.js'

const record: Stream['record'] = {
  type: 'object',
  required: ['id', 'gewijzigd'],
  properties: {
    id: { type: 'integer', kind: 'none', description: 'Nummer' },
    gewijzigd: { type: 'string', format: 'date-time', kind: 'none', description: 'Laatste wijziging' },
    naam: { type: 'string', kind: 'naam', description: 'Naam van de melder' },
  },
}

const records = Array.from({ length: 7 }, (_, n) => ({
  id: n + 1,
  gewijzigd: `2026-02-0${n + 1}T10:00:00Z`,
  naam: `Testpersoon ${n + 1}`,
}))

const stream = (pages: Pages, more: Partial<Stream> = {}): Stream => ({
  record,
  key: 'id',
  path: 'meldingen',
  pages,
  byKeyPath: 'meldingen/{id}',
  changes: { cursor: 'gewijzigd', param: 'sinds' },
  ...more,
})

const connectorOf = (streams: { [name: string]: Stream }, authentication?: Authentication): Connector => ({
  docs: 'https://meldingen.example/docs',
  ...(authentication && { authentication }),
  streams,
})

/** What fails of all checks, each as its sentence. */
async function failuresOf(fixture: Fixture): Promise<string[]> {
  const failures: string[] = []
  const suite = await Suite.open(fixture)
  const look = async (sentence: string, check: () => Promise<unknown>) =>
    check().catch((error: Error) => failures.push(`${sentence}: ${error.name}: ${error.message}`))
  for (const { sentence, run } of connectorChecks) await look(sentence, () => run(suite))
  for (const name of suite.fixture.streams)
    for (const { sentence, run } of streamChecks) await look(`${name} ${sentence}`, () => run(suite, name))
  for (const { sentence, run } of lastChecks) await look(sentence, () => run(suite))
  await suite.close()
  return failures
}

const pagings: { [name: string]: [Pages, Partial<Stream>?] } = {
  'links in the body': [{ by: 'nextLink', records: 'results', next: 'next', total: 'count' }],
  'links in a list of links': [{ by: 'nextLink', records: 'items', next: 'links[rel=next].href' }],
  'links under a name with dots': [{ by: 'nextLink', records: 'value', next: '@odata.nextLink' }],
  'a Link header': [{ by: 'nextLink', next: 'Link', header: true }],
  'page numbers until a page is empty': [{ by: 'pageNumber', records: 'data.items', param: 'page' }],
  'page numbers from 0 until a 404': [{ by: 'pageNumber', param: 'page', first: 0, end: 'status' }],
  'offsets until the total': [
    { by: 'offset', records: 'rows', param: 'skip', total: 'meta.total', end: 'total', size: { param: 'take', value: 100 } },
  ],
  'a sign that there is more': [{ by: 'pageNumber', records: 'rows', param: 'page', more: { status: 206 } }],
  'tokens in the body': [{ by: 'cursorToken', records: 'rows', param: 'cursor', token: 'nextCursor' }],
  'tokens in a header': [{ by: 'cursorToken', param: 'cursor', token: 'X-Next', header: true }],
  'the last record': [{ by: 'lastRecord', param: 'filter', field: 'id', value: 'id gt {}' }],
  'one answer': [{ by: 'single', records: 'rows' }],
  'a body that is posted': [
    { by: 'cursorToken', records: 'rows', param: 'page.token', token: 'next' },
    { method: 'POST', body: { soort: 'melding' }, changes: { cursor: 'gewijzigd', param: 'filter.sinds' } },
  ],
}

describe('a recording is played as the connector says that its source pages', () => {
  test.each(Object.keys(pagings))('%s', async (name) => {
    const [pages, more] = pagings[name]!
    const meldingen = stream(pages, more)
    expect(await failuresOf(recordedFixture(connectorOf({ meldingen }), { meldingen: [pageOf(pages, records)] }))).toEqual([])
  })
})

const ways: Authentication[] = [
  { by: 'bearer' },
  { by: 'token' },
  { by: 'basic' },
  { by: 'afasToken' },
  { by: 'apiKey', header: 'X-Key' },
  { by: 'apiKey', param: 'sleutel' },
  { by: 'zgw' },
  { by: 'oauth2', tokenPath: 'https://login.example/oauth2/token', scope: '{settings.omgeving}', client: 'basic' },
]

describe('a played source takes requests only as the connector signs them', () => {
  test.each(ways)('$by', async (authentication) => {
    const meldingen = stream({ by: 'pageNumber', param: 'page' })
    expect(await failuresOf(recordedFixture(connectorOf({ meldingen }, authentication), { meldingen: [records] }))).toEqual([])
  })
})

test('children are listed for each parent that was recorded, and for no other', async () => {
  const orders = stream({ by: 'single' })
  const regels: Stream = {
    record: {
      type: 'object',
      required: ['order', 'nummer'],
      properties: {
        order: { type: 'integer', added: true, kind: 'none', description: 'Order' },
        nummer: { type: 'integer', kind: 'none', description: 'Nummer van de regel' },
      },
    },
    key: ['order', 'nummer'],
    parent: { stream: 'orders', field: 'order' },
    after: ['orders'],
    path: 'orders/{parent.id}/regels',
    pages: { by: 'nextLink', records: 'regels', next: 'next' },
  }
  const recorded = [1, 2, 99].flatMap((order) => [1, 2, 3, 4].map((nummer) => ({ order, nummer })))
  const recordings = { orders: [records], regels: [pageOf(regels.pages!, recorded)] }
  expect(await failuresOf(recordedFixture(connectorOf({ orders, regels }), recordings))).toEqual([])
  expect(recordedFixture(connectorOf({ regels, orders }), recordings).streams).toEqual(['orders', 'regels'])
})

test('each record comes from its recording with its numbers as they are written', async () => {
  const bedrag = { type: 'number', kind: 'none', description: 'Bedrag' } as const
  const meldingen = stream(
    { by: 'single' },
    { record: { type: 'object', required: ['id'], properties: { id: bedrag, bedrag } }, changes: undefined },
  )
  const fixture = recordedFixture(connectorOf({ meldingen }), { meldingen: [[{ id: 1, bedrag: 0.1 }]] })
  const suite = await Suite.open(fixture)
  const [read] = await suite.read('meldingen')
  expect(String(read!.pages[0]!.records[0]!.bedrag)).toBe('0.1')
  await suite.close()
})

describe('the checks find a connector that does not keep to its contract', () => {
  const meldingen = stream({ by: 'pageNumber', param: 'page' })
  const good = recordedFixture(connectorOf({ meldingen }), { meldingen: [records] })

  /** What is found of a connector that is as it should be but for this. */
  async function found(broken: Partial<Stream>): Promise<string> {
    const { path: _, pages: __, changes: ___, ...described } = meldingen
    const start: Fixture['start'] = async () => {
      const started = await good.start()
      const streams = { meldingen: 'read' in broken ? { ...described, ...broken } : { ...meldingen, ...broken } }
      return { ...started, connector: { ...started.connector, streams } }
    }
    return (await failuresOf({ ...good, start })).join('\n')
  }

  test('a key that two records share', async () => {
    const twice = { meldingen: [[...records, { ...records[0]!, gewijzigd: '2026-02-09T10:00:00Z' }]] }
    expect((await failuresOf(recordedFixture(connectorOf({ meldingen }), twice))).join('\n')).toContain('1 of 8 keys came more than once')
  })

  test('a key that is not required', async () => {
    expect(await found({ record: { ...record, required: ['gewijzigd'] } as Stream['record'] })).toContain(
      "the key 'id' is not a field that is required and lands",
    )
  })

  test('a list that ends before its end', async () => {
    expect(await found({ pages: { by: 'single' } })).toMatch(/is listed whole.*of the \d+ keys of the source \d+ are missing/)
  })

  test('a failure that passes for the end of the list', async () => {
    async function* read(ctx: ReadContext): AsyncGenerator<Page, End> {
      for (let page = 1; ; page += 1) {
        const { body } = await ctx.http.request({ url: 'meldingen', params: { page } }).catch(() => ({ body: [] }))
        const list = body as SourceRecord[]
        if (list.length === 0) return { complete: 'all' }
        yield { records: list }
      }
    }
    expect(await found({ read })).toMatch(
      /never passes for shorter when a request fails: unavailable: NotConforming: of the \d+ keys of a reading without a failure, though it ends well when request 1 of \d+/,
    )
  })

  test('a cursor that begins again from another place', async () => {
    async function* read(ctx: ReadContext): AsyncGenerator<Page, End> {
      for (let page = ctx.cursor === undefined ? 1 : Number(ctx.cursor) + 2; ; page += 1) {
        const list = (await ctx.http.request({ url: 'meldingen', params: { page } })).body as SourceRecord[]
        if (list.length === 0) return { complete: 'all' }
        yield { records: list, cursor: String(page) as Cursor }
      }
    }
    expect(await found({ read })).toMatch(
      /goes on from every cursor.*of the full reading of slice 'all' without a stop after page 1 \d+ are missing/,
    )
  })

  test('a checkpoint that goes back', async () => {
    const backwards = {
      sees: { updates: true, deletes: false },
      blind: 'Deletes.',
      compare: (a: string, b: string) => (a < b ? 1 : a > b ? -1 : 0),
    }
    expect(await found({ changesReading: backwards })).toContain('its checkpoint went back')
  })

  test('a path of one record that leads nowhere', async () => {
    expect(await found({ byKeyPath: 'melding/{id}' })).toContain('a key of the source does not come back with the record of that key')
  })

  test('a secret in a message', async () => {
    async function* read(ctx: ReadContext): AsyncGenerator<Page, End> {
      const { body } = await ctx.http.request({ url: 'meldingen' })
      yield { records: [] }
      throw new UnexpectedResponse(`this cannot be read: ${JSON.stringify(body)}`)
    }
    expect(await found({ read })).toMatch(/tells no secret.*secrets stand in a message or a log/)
  })
})

describe('a recording', () => {
  const open = openStream('meldingen', { meldingen: stream({ by: 'single' }) })

  test('that is not there is asked for by the command that makes it', () => {
    expect(() => checkRecording(open, [])).toThrow('there is none; `gemaal connector record <source>/meldingen` makes one')
  })

  test('without a required field, or with one that nobody described, is refused by the names of the fields', () => {
    expect(() => checkRecording(open, [[{ id: 1 }]])).toThrow('absent or null in a record: gewijzigd')
    expect(() => checkRecording(open, [[{ ...records[0], bsn: '999990019' }]])).toThrow(
      'not described, so that they do not belong in it: bsn',
    )
  })
})
