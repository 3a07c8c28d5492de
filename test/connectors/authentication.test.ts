import { decodeProtectedHeader, jwtVerify } from 'jose'
import { afterEach, describe, expect, test } from 'vitest'
import { withSettings } from '../../connectors/authentication.js'
import { SourceRefused } from '../../connectors/errors.js'
import type { HttpOptions, SourceHttp } from '../../connectors/http.js'
import { readPages } from '../../connectors/paging.js'
import { json, keptLog, type Loopback, probe, quickClock, serve, serveBy } from './loopback.js'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const values: { [field: string]: string } = {
  token: 'tok',
  key: 'sleutel',
  username: 'Zoë',
  password: 'p:w',
  clientId: 'gemaal',
  secret: 'kort',
  clientSecret: 'g&heim',
}
const credentials = async (field: string) => values[field]!

async function source(options: Partial<HttpOptions>): Promise<{ server: Loopback; http: SourceHttp }> {
  const server = await serve(json({}))
  const http = probe(server.url, { credentials, ...options })
  closing.push(() => http.close(), server.close)
  return { server, http }
}

test.each<[NonNullable<HttpOptions['authentication']>, { [name: string]: string }]>([
  [{ by: 'bearer' }, { authorization: 'Bearer tok' }],
  [{ by: 'token' }, { authorization: 'Token tok' }],
  [{ by: 'basic' }, { authorization: `Basic ${Buffer.from('Zoë:p:w').toString('base64')}` }],
  [{ by: 'apiKey', header: 'X-Api-Key' }, { 'x-api-key': 'sleutel' }],
])('a request is signed by $by', async (authentication, headers) => {
  const { http, server } = await source({ authentication })
  await http.request({ url: 'a' })
  expect(server.seen[0]!.headers).toMatchObject(headers)
})

test('a token of AFAS goes as its whole text in base64', async () => {
  const xml = '<token><version>1</version><data>GEHEIM</data></token>'
  const { http, server } = await source({ authentication: { by: 'afasToken' }, credentials: () => ` ${xml}\n` })
  await http.request({ url: 'a' })
  expect(server.seen[0]!.headers.authorization).toBe(`AfasToken ${Buffer.from(xml).toString('base64')}`)
})

test('less than the whole text of a token of AFAS is refused before anything is sent, and not repeated', async () => {
  const { http, server } = await source({ authentication: { by: 'afasToken' }, credentials: () => 'GEHEIM' })
  const error = await http.request({ url: 'a' }).catch((caught) => caught)
  expect(error).toBeInstanceOf(SourceRefused)
  expect(error.message).toMatch(/GEMAAL_PROBE_TOKEN is not the text of a token/)
  expect(error.message).not.toContain('GEHEIM')
  expect(server.seen).toEqual([])
})

describe('a key in the query', () => {
  const authentication = { by: 'apiKey', param: 'api_key' } as const

  test('goes with every request, behind what stands there as it is spelt', async () => {
    const { http, server } = await source({ authentication })
    await http.request({ url: 'a?naam=a%20b', params: { page: 2 } })
    await http.request({ url: 'b' })
    expect(server.seen.map(({ url }) => url)).toEqual(['/a?naam=a%20b&page=2&api_key=sleutel', '/b?api_key=sleutel'])
  })

  test('is taken out of links that repeat it, so that no cursor holds it, and sent once', async () => {
    const server = await serveBy((response, request) => {
      const { searchParams } = new URL(request.url, 'http://x')
      const next = searchParams.has('from') ? null : `/a?api_key=${searchParams.get('api_key')}&from=1`
      return json({ results: [{ id: next === null ? 2 : 1 }], next })(response, request)
    })
    const http = probe(server.url, { authentication, credentials })
    closing.push(() => http.close(), server.close)
    const cursors: (string | undefined)[] = []
    for await (const { cursor } of readPages(http, { url: 'a', pages: { by: 'nextLink', records: 'results', next: 'next' } }))
      cursors.push(cursor)
    expect(cursors.join()).not.toContain('sleutel')
    expect(cursors[0]).toContain('from=1')
    expect(server.seen.map(({ url }) => url)).toEqual(['/a?api_key=sleutel', '/a?from=1&api_key=sleutel'])
  })

  test('goes along a redirect, and stands in no message, no log and no address of an answer', async () => {
    const log = keptLog()
    const server = await serveBy((response, request) =>
      request.url.startsWith('/oud')
        ? response.writeHead(302, { location: `/nieuw?${request.url.split('?')[1]}` }).end()
        : json({}, request.url.startsWith('/nieuw') ? 200 : 418)(response, request),
    )
    const http = probe(server.url, { authentication, credentials, log })
    closing.push(() => http.close(), server.close)
    const answer = await http.request({ url: 'oud' })
    const error = await http.request({ url: 'fout' }).catch((caught) => caught)
    expect(server.seen[1]!.url).toBe('/nieuw?api_key=sleutel')
    expect(`${answer.url} ${answer.where} ${error.stack} ${log.lines.join()}`).not.toContain('sleutel')
  })
})

test('a source without authentication gets no credential', async () => {
  const { http, server } = await source({})
  await http.request({ url: 'a' })
  expect(server.seen[0]!.headers.authorization).toBeUndefined()
})

test('a ZGW token is made for each request, signed with the secret, and says who asks', async () => {
  const clock = quickClock()
  const { http, server } = await source({ authentication: { by: 'zgw' }, clock })
  await http.request({ url: 'a' })
  clock.set('2026-11-25T14:00:00Z')
  await http.request({ url: 'a' })
  const tokens = server.seen.map(({ headers }) => headers.authorization!.replace('Bearer ', ''))
  const claims = await Promise.all(
    tokens.map(async (token) => (await jwtVerify(token, new TextEncoder().encode('kort'), { currentDate: clock.now() })).payload),
  )
  expect(decodeProtectedHeader(tokens[0]!)).toEqual({ alg: 'HS256', typ: 'JWT' })
  expect(claims[0]).toEqual({
    iss: 'gemaal',
    client_id: 'gemaal',
    user_id: 'gemaal',
    user_representation: 'Gemaal',
    iat: Date.parse('2026-11-25T12:00:00Z') / 1000,
  })
  expect(claims[1]!.iat).toBe(Date.parse('2026-11-25T14:00:00Z') / 1000)
})

describe('OAuth2 client credentials', () => {
  interface Endpoint {
    server: Loopback
    http: SourceHttp
    clock: ReturnType<typeof quickClock>
    /** Bodies of the requests for a token. */
    grants: URLSearchParams[]
  }

  /** A token endpoint that hands out token-1, token-2, …; `valid` says which of them the API takes. */
  async function endpoint(
    answer: (turn: number, grant: URLSearchParams) => { status?: number; body: object },
    valid: (token: string) => boolean,
    more: Partial<HttpOptions> = {},
  ): Promise<Endpoint> {
    const grants: URLSearchParams[] = []
    const clock = quickClock()
    const server = await serveBy(async (response, request) => {
      if (request.url === '/token') {
        const grant =
          request.headers['content-type'] === 'application/json'
            ? new URLSearchParams(JSON.parse(request.body))
            : new URLSearchParams(request.body)
        grants.push(grant)
        const { status = 200, body } = answer(grants.length, grant)
        return json(body, status)(response, request)
      }
      const ok = valid((request.headers.authorization ?? '').replace('Bearer ', ''))
      return json({ ok }, ok ? 200 : 401)(response, request)
    })
    const http = probe(server.url, { authentication: { by: 'oauth2', tokenPath: '/token', scope: 'lezen' }, credentials, clock, ...more })
    closing.push(() => http.close(), server.close)
    return { server, http, clock, grants }
  }

  test('one token serves all requests until shortly before its end', async () => {
    const { http, grants, clock } = await endpoint(
      (turn) => ({ body: { access_token: `token-${turn}`, expires_in: 3600 } }),
      () => true,
    )
    await Promise.all(Array.from({ length: 10 }, () => http.request({ url: 'a' })))
    expect(grants.map((grant) => Object.fromEntries(grant))).toEqual([
      { grant_type: 'client_credentials', scope: 'lezen', client_id: 'gemaal', client_secret: 'g&heim' },
    ])
    clock.set(clock.now().getTime() + 3569_000)
    await http.request({ url: 'a' })
    expect(grants).toHaveLength(1)
    clock.set(clock.now().getTime() + 1000)
    await http.request({ url: 'a' })
    expect(grants).toHaveLength(2)
  })

  test('a token that is refused is replaced once, for all requests that met it, and they go on', async () => {
    const { http, grants } = await endpoint(
      (turn) => ({ body: { access_token: `token-${turn}` } }),
      (token) => token !== 'token-1',
    )
    const answers = await Promise.all(Array.from({ length: 8 }, () => http.request({ url: 'a' })))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect(grants).toHaveLength(2)
  })

  test('a token that stays refused is a refusal after one more try, which names the settings', async () => {
    const { http, grants, server } = await endpoint(
      (turn) => ({ body: { access_token: `token-${turn}` } }),
      () => false,
    )
    await expect(http.request({ url: 'a' })).rejects.toThrow(/GEMAAL_PROBE_CLIENT_ID and GEMAAL_PROBE_CLIENT_SECRET/)
    expect(grants).toHaveLength(2)
    expect(server.seen.filter(({ url }) => url === '/a')).toHaveLength(2)
  })

  test('a refresh token that changes with each answer is followed', async () => {
    const { http, grants, clock } = await endpoint(
      (turn) => ({ body: { access_token: `token-${turn}`, refresh_token: `vers-${turn}`, expires_in: 60 } }),
      () => true,
    )
    for (let i = 0; i < 3; i += 1) {
      await http.request({ url: 'a' })
      clock.set(clock.now().getTime() + 60_000)
    }
    expect(grants.map((grant) => grant.get('refresh_token'))).toEqual([null, 'vers-1', 'vers-2'])
  })

  test('a refresh token that is no longer taken is followed by a sign-in with the credentials', async () => {
    const { http, grants, clock } = await endpoint(
      (turn, grant) =>
        grant.get('grant_type') === 'refresh_token'
          ? { status: 400, body: { error: 'invalid_grant' } }
          : { body: { access_token: `token-${turn}`, refresh_token: 'oud', expires_in: 60 } },
      () => true,
    )
    await http.request({ url: 'a' })
    clock.set(clock.now().getTime() + 60_000)
    await http.request({ url: 'a' })
    expect(grants.map((grant) => grant.get('grant_type'))).toEqual(['client_credentials', 'refresh_token', 'client_credentials'])
  })

  test('an endpoint that refuses us says which settings to check, with its code and none of their values', async () => {
    const log = keptLog()
    const { http } = await endpoint(
      () => ({ status: 401, body: { error: 'invalid_client', error_description: 'g&heim' } }),
      () => true,
      { log },
    )
    const error = await http.request({ url: 'a' }).catch((caught) => caught)
    expect(error).toBeInstanceOf(SourceRefused)
    expect(error.message).toMatch(/refuses us \(invalid_client\)\. Check GEMAAL_PROBE_CLIENT_ID and GEMAAL_PROBE_CLIENT_SECRET/)
    expect(`${error.stack} ${log.lines.join()}`).not.toContain('heim')
  })

  test('an endpoint that is out of order for a moment is asked again', async () => {
    const { http } = await endpoint(
      (turn) => (turn === 1 ? { status: 503, body: {} } : { body: { access_token: 'token-2' } }),
      () => true,
    )
    expect((await http.request({ url: 'a' })).status).toBe(200)
  })

  test('credentials can be asked for as JSON', async () => {
    const { http, server } = await endpoint(
      () => ({ body: { access_token: 't' } }),
      () => true,
      { authentication: { by: 'oauth2', tokenPath: '/token', body: 'json' } },
    )
    await http.request({ url: 'a' })
    expect(JSON.parse(server.seen[0]!.body)).toEqual({ grant_type: 'client_credentials', client_id: 'gemaal', client_secret: 'g&heim' })
  })

  test('id and secret can go by basic authentication, encoded as in a form, with what else the endpoint asks for', async () => {
    const { http, server, grants } = await endpoint(
      () => ({ body: { access_token: 't' } }),
      () => true,
      { authentication: { by: 'oauth2', tokenPath: '/token', client: 'basic', fields: { audience: 'urn:zaken' } } },
    )
    await http.request({ url: 'a' })
    expect(server.seen[0]!.headers.authorization).toBe(`Basic ${Buffer.from('gemaal:g%26heim').toString('base64')}`)
    expect(Object.fromEntries(grants[0]!)).toEqual({ grant_type: 'client_credentials', audience: 'urn:zaken' })
  })

  test('settings of the source are filled in where the connector names them', () => {
    const authentication = {
      by: 'oauth2',
      tokenPath: 'https://login.example/{settings.tenant}/token',
      scope: '{settings.omgeving}/.default',
    } as const
    const settings = { tenant: 'water/dam', omgeving: 'https://waterdam.example' }
    expect(withSettings(authentication, 'probe', () => settings)).toMatchObject({
      tokenPath: 'https://login.example/water%2Fdam/token',
      scope: 'https://waterdam.example/.default',
    })
    const whole = { by: 'oauth2', tokenPath: '{settings.login}' } as const
    expect(withSettings(whole, 'probe', () => ({ login: 'https://login.example/token' }))).toMatchObject({
      tokenPath: 'https://login.example/token',
    })
    expect(() => withSettings(authentication, 'probe', () => ({}))).toThrow(/no value for \{settings.tenant\}.*sources\/probe.yaml/)
  })

  test('a token endpoint on another host is asked only when the source file lists it', async () => {
    const elsewhere = await serve(json({ access_token: 't' }))
    closing.push(elsewhere.close)
    const authentication = { by: 'oauth2', tokenPath: `${elsewhere.url}/t` } as const
    const { http } = await source({ authentication })
    await expect(http.request({ url: 'a' })).rejects.toThrow(SourceRefused)
    const { http: listed } = await source({ authentication, origins: [elsewhere.url] })
    expect((await listed.request({ url: 'a' })).status).toBe(200)
  })

  test('one who stops waiting for a token does not take it from the others', async () => {
    let give: (() => void) | undefined
    const server = await serveBy(async (response, request) => {
      if (request.url === '/token') await new Promise<void>((resolve) => (give = resolve))
      return json({ access_token: 't' })(response, request)
    })
    closing.push(server.close)
    const http = probe(server.url, { authentication: { by: 'oauth2', tokenPath: '/token' }, credentials })
    const stop = new AbortController()
    const stopped = http.of({ signal: stop.signal }).request({ url: 'a' })
    const patient = http.request({ url: 'a' })
    await expect.poll(() => give).toBeDefined()
    stop.abort(new Error('cancelled'))
    await expect(stopped).rejects.toThrow('cancelled')
    give!()
    expect((await patient).status).toBe(200)
  })
})
