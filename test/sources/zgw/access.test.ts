import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ask, askPage, codeOf, tokenFor, uuids, walk } from './asking.js'
import type { JsonRecord } from './model.js'
import { startZgw, type ZgwServer } from './server.js'

const zaken = '/zaken/api/v1/zaken'
const seconds = (): number => Math.floor(Date.now() / 1000)

describe('access to the ZGW server', () => {
  let server: ZgwServer
  beforeAll(async () => {
    server = await startZgw({ zaken: 300 })
  })
  beforeEach(() => server.reset())
  afterAll(() => server.stop())

  describe('a token', () => {
    // Not a code of its own: only the clock in the Date header tells what is the matter.
    const fromTheFuture = 'permission_denied'
    const refused = async (token: string | null): Promise<string | undefined> => {
      const answer = await ask(server, zaken, { token })
      expect(answer.status).toBe(403)
      expect(answer.body).toMatchObject({ status: 403, title: 'Je hebt geen toestemming om deze actie uit te voeren.' })
      return codeOf(answer)
    }

    it('has to be there', async () => {
      expect(await refused(null)).toBe('permission_denied')
    })

    it('has to be readable', async () => {
      expect(await refused('geen.token')).toBe('jwt-decode-error')
    })

    it('has to be signed with the secret of the client', async () => {
      expect(await refused(tokenFor({ ...server, secret: 'een-ander-geheim' }))).toBe('invalid-jwt-signature')
    })

    it('has to name a client that is known', async () => {
      expect(await refused(tokenFor(server, { client_id: 'onbekend' }))).toBe('invalid-client-identifier')
    })

    it('lives an hour from its iat', async () => {
      expect(await refused(tokenFor(server, { iat: seconds() - 3_800 }))).toBe('jwt-expired')
      expect((await ask(server, zaken, { token: tokenFor(server, { iat: seconds() - 3_500 }) })).status).toBe(200)
    })

    it('lives as short as the server is set to', async () => {
      server.behave({ jwtExpirySeconds: 60, leewaySeconds: 0 })
      expect(await refused(tokenFor(server, { iat: seconds() - 70 }))).toBe('jwt-expired')
    })

    it('may come from two minutes in the future, and not from ten', async () => {
      expect((await ask(server, zaken, { token: tokenFor(server, { iat: seconds() + 100 }) })).status).toBe(200)
      expect(await refused(tokenFor(server, { iat: seconds() + 600 }))).toBe(fromTheFuture)
    })

    it('of now is from the future when the clock of the server is behind', async () => {
      server.behave({ clockAheadSeconds: -600 })
      expect(await refused(tokenFor(server))).toBe(fromTheFuture)
    })

    it('is asked for by the catalogi as well, without Accept-Crs', async () => {
      expect((await ask(server, '/catalogi/api/v1/zaaktypen', { token: null })).status).toBe(403)
      expect((await ask(server, '/catalogi/api/v1/zaaktypen', { headers: { 'Accept-Crs': '' } })).status).toBe(200)
    })
  })

  describe('rights', () => {
    const sees = (record: JsonRecord, zaaktypen: ReadonlySet<unknown>): boolean => zaaktypen.has(record.zaaktype)

    it('that are narrow make lists shorter, and the count smaller, without an error', async () => {
      const { count } = await askPage(server, zaken)
      server.grant([{ zaaktype: 'B0255', atMost: 'zeer_geheim' }])
      const narrow = await askPage(server, zaken)
      expect(count).toBe(300)
      expect(narrow.count).toBeGreaterThan(0)
      expect(narrow.count).toBeLessThan(200)
    })

    it('hide what is more secret than they reach', async () => {
      server.grant([{ zaaktype: 'B0255', atMost: 'intern' }])
      const shown = await walk(server, zaken)
      expect(
        shown.every(({ vertrouwelijkheidaanduiding: level }) => ['openbaar', 'beperkt_openbaar', 'intern'].includes(String(level))),
      ).toBe(true)
    })

    it('refuse the record itself with 403, where one that is not there is 404', async () => {
      const hidden = server.snapshot().zaken.find(({ vertrouwelijkheidaanduiding: level }) => level === 'zaakvertrouwelijk')!
      server.grant([{ zaaktype: 'B0255', atMost: 'intern' }])
      const answer = await ask(server, `${zaken}/${hidden.uuid}`)
      expect([answer.status, codeOf(answer)]).toEqual([403, 'permission_denied'])
      expect((await ask(server, `${zaken}/00000000-0000-4000-8000-000000000000`)).status).toBe(404)
    })

    it.each(['statussen', 'rollen', 'resultaten', 'zaakobjecten', 'zaakinformatieobjecten'] as const)(
      'hide the %s of a hidden zaak',
      async (stream) => {
        server.grant([{ zaaktype: 'B0255', atMost: 'zeer_geheim' }])
        const visible = new Set(server.snapshot().zaken.map(({ url }) => url))
        const path = `/zaken/api/v1/${stream}`
        const children = stream === 'zaakinformatieobjecten' ? ((await ask(server, path)).body as JsonRecord[]) : await walk(server, path)
        expect(children.length).toBeGreaterThan(0)
        expect(children.filter(({ zaak }) => !visible.has(zaak))).toEqual([])
      },
    )

    it('leave a hidden zaak out of _zoek', async () => {
      const before = uuids(server.snapshot().zaken)
      server.grant([{ zaaktype: 'B0255', atMost: 'zeer_geheim' }])
      const { body } = await ask(server, `${zaken}/_zoek?pageSize=500`, { method: 'POST', body: { uuid__in: before } })
      expect((body as { count: number }).count).toBe(server.snapshot().zaken.length)
    })

    it('are told by the autorisaties, for each version of a zaaktype', async () => {
      server.grant([{ zaaktype: 'B0337', atMost: 'zaakvertrouwelijk' }])
      const { body } = await ask(server, `/autorisaties/api/v1/applicaties/consumer?clientId=${server.clientId}`)
      const { heeftAlleAutorisaties, autorisaties } = body as { heeftAlleAutorisaties: boolean; autorisaties: JsonRecord[] }
      const zrc = autorisaties.filter(({ component }) => component === 'zrc')
      expect(heeftAlleAutorisaties).toBe(false)
      expect(zrc).toHaveLength(2)
      expect(zrc[0]).toMatchObject({ scopes: ['zaken.lezen'], maxVertrouwelijkheidaanduiding: 'zaakvertrouwelijk' })
      const known = new Set(server.snapshot().zaaktypen.map(({ url }) => url))
      expect(zrc.every(({ zaaktype }) => known.has(zaaktype!))).toBe(true)
    })

    it('give all back when they are widened', async () => {
      server.grant([])
      expect((await ask(server, zaken)).status).toBe(403)
      server.grant('all')
      expect((await askPage(server, zaken)).count).toBe(300)
    })

    it('are those of the snapshot', async () => {
      server.grant([{ zaaktype: 'B0391', atMost: 'zeer_geheim' }])
      const zaaktypen = new Set((await walk(server, '/catalogi/api/v1/zaaktypen?identificatie=B0391')).map(({ url }) => url))
      expect(server.snapshot().zaken.every((zaak) => sees(zaak, zaaktypen))).toBe(true)
      expect(uuids(await walk(server, zaken))).toEqual(uuids(server.snapshot().zaken))
    })
  })

  describe('a request', () => {
    it.each([
      ['', 412],
      ['EPSG:28992', 406],
    ])('with Accept-Crs "%s" is answered with %i', async (crs, status) => {
      // An empty header and none are told apart by nobody but the client: fetch sends it, so it is left out here.
      const headers: { [name: string]: string } = crs === '' ? {} : { 'Accept-Crs': crs }
      const answer = await fetch(`${server.url}${zaken}`, { headers: { Authorization: `Bearer ${tokenFor(server)}`, ...headers } })
      expect(answer.status).toBe(status)
    })

    it.each([`${zaken}/`, '/zaken/api/v1/zaakjes', '/', '/zaken/api/v2/zaken'])('for %s gets a page of HTML', async (path) => {
      const answer = await ask(server, path)
      expect(answer.status).toBe(404)
      expect(answer.headers.get('content-type')).toMatch(/^text\/html/)
    })

    it('gets JSON that is not compressed, whatever it accepts', async () => {
      const answer = await ask(server, zaken, { headers: { 'Accept-Encoding': 'gzip' } })
      expect(answer.headers.get('content-encoding')).toBeNull()
    })

    it('gets errors as plain JSON, with a urn to quote', async () => {
      const answer = await ask(server, `${zaken}?x=1`)
      expect(answer.headers.get('content-type')).toBe('application/json')
      expect(answer.body).toMatchObject({ instance: expect.stringMatching(/^urn:uuid:/), type: expect.stringContaining('/ref/fouten/') })
    })

    it('may not write', async () => {
      expect((await ask(server, zaken, { method: 'DELETE' })).status).toBe(405)
    })
  })
})
