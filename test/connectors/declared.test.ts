import { afterEach, expect, test } from 'vitest'
import { parseConnector } from '../../connectors/declarative.js'
import { CheckpointExpired, SourceRefused } from '../../connectors/errors.js'
import { json, type Loopback, serveBy } from './loopback.js'
import { checkpointOf, type OpenSource, openSource, readStream, recordsIn } from './reading.js'

/** A source that is asked by POST for all that it has, and says in a 200 what went wrong. */
const text = `docs: https://data.example.nl/docs
authentication: { by: oauth2, tokenPath: /token }
settings: { gebied: { description: Code van het gebied } }
streams:
  zaken:
    path: search/zaken
    headers: { Accept: application/vnd.zaken+json }
    method: POST
    body: { filters: [{ field: gebied, is: '{settings.gebied}' }, { field: gewijzigd }] }
    pages: { by: cursorToken, records: hits, param: page.after, token: next, size: { param: page.size, value: 2 } }
    key: id
    byKeyPath: zaken/{id}
    changes: { cursor: gewijzigd, param: filters.1.from, order: { param: sort, value: gewijzigd } }
    onAnswer: [{ body: error.code, is: TOKEN, means: renew }, { body: error.code, is: OLD, means: expired }, { body: error, means: refused }]
    record:
      required: [id, gewijzigd]
      properties:
        id: { type: string, kind: none, description: Id }
        gewijzigd: { type: string, format: date-time, kind: none, description: Laatste wijziging }
  regels:
    path: search/regels
    method: POST
    body: { zaak: '{parent.id}' }
    pages: { by: single, records: hits }
    parent: { stream: zaken, field: zaak }
    after: [zaken]
    key: id
    record:
      required: [id, zaak]
      properties:
        id: { type: string, kind: none, description: Id }
        zaak: { type: string, kind: none, description: Zaak }
`
const connector = parseConnector(text, 'connector.yaml')
const zaken = Array.from({ length: 5 }, (_, n) => ({ id: `z${n}`, gewijzigd: `2026-03-0${n + 1}T12:00:00Z` }))

interface Posted {
  filters?: { from?: string }[]
  page?: { after?: string; size: number }
  zaak?: string
  sort?: string
}

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** @param wrong what the source says in place of an answer, by path and token */
async function start(wrong: (path: string, token: string) => object | undefined = () => undefined) {
  let tokens = 0
  const posted: Posted[] = []
  const server: Loopback = await serveBy((response, request) => {
    const answer = (body: object, status = 200) => json(body, status)(response, request)
    if (request.url === '/token') return answer({ access_token: `t${++tokens}` })
    const fault = wrong(request.url, String(request.headers.authorization).replace('Bearer ', ''))
    if (fault) return answer(fault)
    if (request.method === 'GET') {
      const found = zaken.find(({ id }) => request.url === `/zaken/${id}`)
      return found ? answer(found) : answer({ error: { code: 'NO_RECORD' } }, 404)
    }
    const body = JSON.parse(request.body) as Posted
    posted.push(body)
    if (request.url === '/search/regels') return answer({ hits: [{ id: `r-${body.zaak}`, zaak: body.zaak }] })
    const from = body.filters?.[1]?.from
    const found = zaken.filter(({ gewijzigd }) => from === undefined || gewijzigd >= from)
    const at = Number(body.page?.after ?? 0)
    const next = at + body.page!.size
    return answer({ hits: found.slice(at, next), ...(next < found.length ? { next: String(next) } : {}) })
  })
  const source: OpenSource = openSource(connector, {
    baseUrl: server.url,
    credentials: { clientId: 'gemaal', clientSecret: 'geheim' },
    settings: { gebied: 'centrum' },
  })
  closing.push(() => source.close(), server.close)
  return { server, source, posted }
}

const ids = (records: readonly { [field: string]: unknown }[]) => records.map(({ id }) => id)

test('a list that is posted has settings, size and token in its body, and the headers of its stream', async () => {
  const { server, source, posted } = await start()
  expect(ids(recordsIn(await readStream(source, 'zaken')))).toEqual(ids(zaken))
  expect(posted.map(({ page }) => page)).toEqual([{ size: 2 }, { size: 2, after: '2' }, { size: 2, after: '4' }])
  expect(posted[0]!.filters).toEqual([{ field: 'gebied', is: 'centrum' }, { field: 'gewijzigd' }])
  expect(server.seen.filter(({ url }) => url !== '/token').map(({ url, headers }) => [url, headers.accept])).toEqual(
    Array(3).fill(['/search/zaken', 'application/vnd.zaken+json']),
  )
})

test('what changed is filtered and ordered in the body, and the filter is proven there', async () => {
  const { source, posted } = await start()
  const checkpoint = checkpointOf(source.stream('zaken'), await readStream(source, 'zaken'))
  posted.length = 0
  expect(ids(recordsIn(await readStream(source, 'zaken', { reading: 'changes', checkpoint })))).toEqual(['z4'])
  expect(posted).toMatchObject([{ sort: 'gewijzigd', filters: [{}, { field: 'gewijzigd', from: '2026-03-05T11:55:00Z' }] }])
  expect(await source.stream('zaken').proveFilter!(source.context('zaken'))).toMatchObject({ ok: true })
  expect(posted.at(-1)!.filters![1]!.from).toBe('2999-12-31T00:00:00Z')
})

test('children are asked for with the key of their parent in the body', async () => {
  const { source, posted } = await start()
  expect(ids(recordsIn(await readStream(source, 'regels')))).toEqual(zaken.map(({ id }) => `r-${id}`))
  expect(posted.flatMap(({ zaak }) => zaak ?? [])).toEqual(ids(zaken))
})

test('a token that ended in the middle, said in a 200, is replaced, in lists as by key', async () => {
  let asked = 0
  const { server, source } = await start((_, token) => (token === 't1' && ++asked > 2 ? { error: { code: 'TOKEN' } } : undefined))
  expect(ids(recordsIn(await readStream(source, 'zaken')))).toEqual(ids(zaken))
  expect(server.seen.filter(({ url }) => url === '/token')).toHaveLength(2)

  const { source: other } = await start((path, token) =>
    token === 't1' && path.startsWith('/zaken/') ? { error: { code: 'TOKEN' } } : undefined,
  )
  const answers = []
  for await (const answer of other.stream('zaken').byKey!(other.context('zaken'), [{ id: 'z1' }, { id: 'weg' }])) answers.push(answer)
  expect(answers).toEqual([
    { key: { id: 'z1' }, found: zaken[1] },
    { key: { id: 'weg' }, gone: true },
  ])
})

test('a refusal in a 200 is neither an empty list nor a record that is gone', async () => {
  const { source } = await start(() => ({ error: { code: 'LICENCE' } }))
  await expect(readStream(source, 'zaken')).rejects.toThrow(SourceRefused)
  const asking = async () => {
    for await (const _ of source.stream('zaken').byKey!(source.context('zaken'), [{ id: 'z1' }]));
  }
  await expect(asking()).rejects.toThrow(SourceRefused)
})

test('a source that forgot where we were, said in a 200, is read full', async () => {
  const { source } = await start(() => ({ error: { code: 'OLD' } }))
  await expect(readStream(source, 'zaken', { reading: 'changes', checkpoint: '2026-03-05T12:00:00Z' })).rejects.toThrow(CheckpointExpired)
})
