import { afterEach, expect, test } from 'vitest'
import { SourceRefused, UnexpectedResponse } from '../../../connectors/errors.js'
import { fewOfCatalogus, wholeCatalogus } from '../../../connectors/zgw/catalogus.js'
import { detailOf } from '../../../connectors/zgw/detail.js'
import { scope } from '../../../connectors/zgw/scope.js'
import { zakenByUuid } from '../../../connectors/zgw/zoek.js'
import { type Answer, json, keptLog, type Loopback, probe, serve, serveBy } from '../loopback.js'
import { contextOf } from './reading.js'

const open: Loopback[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

async function serving(...answers: Answer[]): Promise<Loopback> {
  const server = await serve(...answers)
  open.push(server)
  return server
}

const apis = (server: Loopback) => probe({ zaken: server.url, catalogi: server.url, autorisaties: server.url })
const fault = (status: number, code: string) => json({ type: 'x', code, title: 'Fout', status, detail: '', instance: 'urn:uuid:1' }, status)
const read = async (...answers: Answer[]) => detailOf(apis(await serving(...answers)), 'zaken', 'zaken/1')

test('a record is gone when the server itself says so', async () => {
  expect(await read(fault(404, 'not_found'))).toEqual({ gone: true })
  expect(await read(fault(410, 'gone'))).toEqual({ gone: true })
})

test('a gateway that does not know the path has not said that the record is gone', async () => {
  await expect(read(json({ message: 'no Route matched with those values' }, 404))).rejects.toThrow(UnexpectedResponse)
  await expect(read(json({ statusCode: 404, message: 'Resource not found' }, 404))).rejects.toThrow(UnexpectedResponse)
})

test('a record that we may not see is forbidden, and a token that is not taken is an error for a person', async () => {
  expect(await read(fault(403, 'permission_denied'))).toEqual({ forbidden: true })
  for (const code of ['invalid-jwt-signature', 'jwt-expired', 'invalid-client-identifier']) {
    await expect(read(fault(403, code))).rejects.toThrow(SourceRefused)
  }
})

test('a record that the source fails on is told apart from one that is gone', async () => {
  expect(await read(fault(500, 'error'))).toEqual({ unreadable: 'the source answers 500 on this record' })
})

test('zaken are re-read a hundred at a time, and what is not given is asked for by itself', async () => {
  const server = await serveBy((response, request) => {
    if (request.method === 'POST') {
      const { uuid__in } = JSON.parse(request.body) as { uuid__in: string[] }
      return json({ count: 1, next: null, results: uuid__in.filter((uuid) => !uuid.endsWith('x')).map((uuid) => ({ uuid })) })(
        response,
        request,
      )
    }
    return fault(request.url.endsWith('gone-x') ? 404 : 403, request.url.endsWith('gone-x') ? 'not_found' : 'permission_denied')(
      response,
      request,
    )
  })
  open.push(server)
  const uuids = [...Array.from({ length: 150 }, (_, at) => `zaak-${at}`), 'gone-x', 'secret-x']
  const answers = new Map<string, unknown>()
  const ctx = { http: apis(server), signal: new AbortController().signal, log: keptLog(), source: 'open-zaak' }
  for await (const { uuid, says } of zakenByUuid(ctx, uuids)) answers.set(uuid, says)
  expect(answers.size).toBe(152)
  expect(answers.get('zaak-149')).toEqual({ found: { uuid: 'zaak-149' } })
  expect(answers.get('gone-x')).toEqual({ gone: true })
  expect(answers.get('secret-x')).toEqual({ forbidden: true })
  expect(server.seen.filter(({ method }) => method === 'POST').map(({ headers }) => headers['content-crs'])).toEqual([
    'EPSG:4326',
    'EPSG:4326',
  ])
  expect(server.seen.filter(({ method }) => method === 'GET')).toHaveLength(2)
})

test('what _zoek gives without being asked, as servers of before mid 2026 could, is left out', async () => {
  const server = await serveBy((response, request) =>
    (request.method === 'POST' ? json({ results: [{ uuid: 'a' }, { uuid: 'not-asked' }] }) : fault(404, 'not_found'))(response, request),
  )
  open.push(server)
  const answers: unknown[] = []
  const ctx = { http: apis(server), signal: new AbortController().signal, log: keptLog(), source: 'open-zaak' }
  for await (const answer of zakenByUuid(ctx, ['a'])) answers.push(answer)
  expect(answers).toEqual([{ uuid: 'a', says: { found: { uuid: 'a' } } }])
})

test('where _zoek is refused, zaken are re-read one by one and _zoek is not asked again', async () => {
  for (const refusal of [
    fault(403, 'permission_denied'),
    fault(405, 'method_not_allowed'),
    json('<html></html>', 405, { 'content-type': 'text/html' }),
  ]) {
    const server = await serveBy((response, request) =>
      (request.method === 'POST' ? refusal : json({ uuid: request.url.split('/').at(-1)! }))(response, request),
    )
    open.push(server)
    const found: string[] = []
    const ctx = { http: apis(server), signal: new AbortController().signal, log: keptLog(), source: 'open-zaak' }
    const uuids = Array.from({ length: 120 }, (_, at) => `zaak-${at}`)
    for await (const { uuid, says } of zakenByUuid(ctx, uuids)) if ('found' in says) found.push(uuid)
    expect(found).toEqual(uuids)
    expect(server.seen.filter(({ method }) => method === 'POST')).toHaveLength(1)
  }
})

const versions = [
  {
    url: 'http://x/zaaktypen/1',
    catalogus: 'http://x/c/1',
    identificatie: 'B1',
    omschrijving: 'Oud',
    beginGeldigheid: '2020-01-01',
    concept: false,
  },
  {
    url: 'http://x/zaaktypen/2',
    catalogus: 'http://x/c/1',
    identificatie: 'B1',
    omschrijving: 'Nieuw',
    beginGeldigheid: '2024-01-01',
    concept: false,
  },
  {
    url: 'http://x/zaaktypen/3',
    catalogus: 'http://x/c/1',
    identificatie: 'B1',
    omschrijving: 'Concept',
    beginGeldigheid: '2027-01-01',
    concept: true,
  },
  {
    url: 'http://x/zaaktypen/4',
    catalogus: 'http://x/c/2',
    identificatie: 'B1',
    omschrijving: 'Van een ander',
    beginGeldigheid: '2025-01-01',
    concept: false,
  },
]

/** The Catalogi API as far as a zaaktype is looked up in it. */
async function serveCatalogi(): Promise<Loopback> {
  const server = await serveBy((response, request) => {
    const url = new URL(request.url, 'http://x')
    if (url.pathname === '/zaaktypen') return json({ count: 4, next: null, results: versions })(response, request)
    const found = versions.find((version) => version.url.endsWith(url.pathname))
    return (found ? json(found) : fault(404, 'not_found'))(response, request)
  })
  open.push(server)
  return server
}

test('a zaaktype has the name of its newest published version in its catalogus, however it is looked up', async () => {
  for (const how of [wholeCatalogus, fewOfCatalogus]) {
    const catalogus = how({ http: apis(await serveCatalogi()) })
    for (const at of [1, 2, 3])
      expect(await catalogus.zaaktype(`https://elders/zaaktypen/${at}`)).toEqual({ identificatie: 'B1', omschrijving: 'Nieuw' })
    expect(await catalogus.zaaktype('http://x/zaaktypen/4')).toEqual({ identificatie: 'B1', omschrijving: 'Van een ander' })
    expect(await catalogus.zaaktype('http://x/zaaktypen/5')).toBeUndefined()
    expect(await catalogus.zaaktype(null)).toBeUndefined()
  }
})

test('the whole catalogus is read once, and only when it is asked for', async () => {
  const server = await serveCatalogi()
  const catalogus = wholeCatalogus({ http: apis(server) })
  expect(server.seen).toHaveLength(0)
  await Promise.all([1, 2, 3].map((at) => catalogus.zaaktype(`http://x/zaaktypen/${at}`)))
  expect(server.seen).toHaveLength(1)
  expect(server.seen[0]!.url).toContain('status=alles')
})

async function scopeOf(...answers: Answer[]) {
  const server = await serving(...answers)
  const log = keptLog()
  return { granted: await scope(contextOf({ http: apis(server), log, clientId: 'gemaal' }, 'zaken')), server, log }
}

test('the rights to read are told by type, and by how secret a zaak or document may be', async () => {
  const at = 'https://openzaak/catalogi/api/v1'
  const [zaaktype, informatieobjecttype, besluittype] = [
    `${at}/zaaktypen/0f0e5f1c-90ea-4f7b-9d16-3a1f0d6a0f5e`,
    `${at}/informatieobjecttypen/1f0e5f1c-90ea-4f7b-9d16-3a1f0d6a0f5e`,
    `${at}/besluittypen/2f0e5f1c-90ea-4f7b-9d16-3a1f0d6a0f5e`,
  ]
  const { granted, server } = await scopeOf(
    json({
      clientIds: ['gemaal'],
      heeftAlleAutorisaties: false,
      autorisaties: [
        { component: 'zrc', scopes: ['zaken.lezen', 'zaken.aanmaken'], zaaktype, maxVertrouwelijkheidaanduiding: 'zaakvertrouwelijk' },
        { component: 'ztc', scopes: ['catalogi.lezen'] },
        { component: 'drc', scopes: ['documenten.lezen'], informatieobjecttype, maxVertrouwelijkheidaanduiding: 'intern' },
        { component: 'brc', scopes: ['besluiten.lezen', 'besluiten.bijwerken'], besluittype },
        { component: 'nrc', scopes: ['notificaties.lezen'] },
      ],
    }),
  )
  expect(granted).toEqual({
    'zrc zaken.lezen 0f0e5f1c-90ea-4f7b-9d16-3a1f0d6a0f5e': 4,
    'ztc catalogi.lezen *': 1,
    'drc documenten.lezen 1f0e5f1c-90ea-4f7b-9d16-3a1f0d6a0f5e': 3,
    'brc besluiten.lezen 2f0e5f1c-90ea-4f7b-9d16-3a1f0d6a0f5e': 1,
  })
  expect(server.seen[0]!.url).toBe('/applicaties/consumer?clientId=gemaal')
})

test('all rights are one grant', async () => {
  expect((await scopeOf(json({ heeftAlleAutorisaties: true, autorisaties: [] }))).granted).toEqual({ '* * *': 8 })
})

test('a source that does not tell our rights says nothing, which is no change of them', async () => {
  const page = json('<html>Not Found</html>', 404, { 'content-type': 'text/html' })
  for (const refusal of [fault(403, 'permission_denied'), fault(404, 'not_found'), page]) {
    const { granted, log } = await scopeOf(refusal)
    expect(granted).toBeUndefined()
    expect(log.lines.join()).toContain('does not tell which rights')
  }
  const split = contextOf(
    { http: probe({ zaken: 'http://127.0.0.1:9', catalogi: 'http://127.0.0.1:9' }), log: keptLog(), clientId: 'gemaal' },
    'zaken',
  )
  expect(await scope(split)).toBeUndefined()
})
