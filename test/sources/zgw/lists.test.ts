import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, askPage, codeOf, uuids, walk } from './asking.js'
import type { JsonRecord } from './model.js'
import { startZgw, type ZgwServer } from './server.js'

const zaken = '/zaken/api/v1/zaken'

describe('lists of the ZGW server', () => {
  let server: ZgwServer
  beforeAll(async () => {
    server = await startZgw({ zaken: 1_200 })
  })
  afterAll(() => server.stop())

  const filtered = async (query: string): Promise<JsonRecord[]> => walk(server, `${zaken}?pageSize=500&${query}`)
  const all = (): JsonRecord[] => server.snapshot().zaken

  describe('pages', () => {
    it('hold a hundred records unless asked otherwise, newest first', async () => {
      const { count, results, next, previous } = await askPage(server, zaken)
      expect([count, results.length, previous]).toEqual([1_200, 100, null])
      expect(next).toBe(`${server.url}${zaken}?page=2`)
      expect(uuids(results)).toEqual(uuids(all()).slice(0, 100))
    })

    it('hold five hundred at most, while next keeps the number that was asked for', async () => {
      const { results, next } = await askPage(server, `${zaken}?pageSize=1000`)
      expect(results).toHaveLength(500)
      expect(next).toBe(`${server.url}${zaken}?page=2&pageSize=1000`)
    })

    it.each(['0', '-1', 'abc'])('hold a hundred when pageSize is %s', async (size) => {
      expect((await askPage(server, `${zaken}?pageSize=${size}`)).results).toHaveLength(100)
    })

    it.each(['pagesize=10', 'page_size=10', 'fields=uuid', 'laatstGemuteerd__gt=2026-01-01'])('know no %s', async (query) => {
      const answer = await ask(server, `${zaken}?${query}`)
      expect([answer.status, codeOf(answer)]).toEqual([400, 'unknown-parameters'])
    })

    it.each(['0', 'abc', '13', '-1'])('are not there by the number %s', async (page) => {
      const answer = await ask(server, `${zaken}?page=${page}`)
      expect(answer.status).toBe(404)
      expect(answer.body).toMatchObject({ code: 'not_found', status: 404, detail: 'Ongeldige pagina.' })
    })

    it('have a last one by that name', async () => {
      const { results, next } = await askPage(server, `${zaken}?page=last&pageSize=500`)
      expect([results.length, next]).toEqual([200, null])
    })

    it('name the host that was called, and not one that was forwarded', async () => {
      const { results } = await askPage(server, zaken.concat('?pageSize=1'), { headers: { 'X-Forwarded-Host': 'elders.example' } })
      expect(results[0]!.url).toBe(`${server.url}${zaken}/${results[0]!.uuid}`)
    })
  })

  describe('order', () => {
    it('gives each zaak once when nothing is asked', async () => {
      expect(uuids(await walk(server, `${zaken}?pageSize=100`))).toEqual(uuids(all()))
    })

    it('on a date loses zaken and doubles others, while the count stays right', async () => {
      const walked = uuids(await walk(server, `${zaken}?pageSize=100&ordering=registratiedatum`))
      expect(walked).toHaveLength(1_200)
      expect(new Set(walked).size).toBeLessThan(1_200)
    })

    it('gives the same page for the same question', async () => {
      const once = await askPage(server, `${zaken}?page=3&ordering=-startdatum`)
      expect(uuids((await askPage(server, `${zaken}?page=3&ordering=-startdatum`)).results)).toEqual(uuids(once.results))
    })

    it('on a date goes by that date', async () => {
      const dates = (await filtered('ordering=-registratiedatum')).map(({ registratiedatum }) => registratiedatum as string)
      expect(dates).toEqual([...dates].sort().reverse())
    })

    it.each(['laatstGemuteerd', '-uuid', 'zaaktype'])('cannot be on %s', async (field) => {
      const answer = await ask(server, `${zaken}?ordering=${field}`)
      expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_choice'])
    })
  })

  describe('filters', () => {
    it.each([
      ['einddatum__isnull=true', (zaak: JsonRecord) => zaak.einddatum === null],
      ['einddatum__isnull=false', (zaak: JsonRecord) => zaak.einddatum !== null],
      ['registratiedatum__gt=2025-06-01', (zaak: JsonRecord) => (zaak.registratiedatum as string) > '2025-06-01'],
      ['registratiedatum__lt=2025-06-01', (zaak: JsonRecord) => (zaak.registratiedatum as string) < '2025-06-01'],
      [
        'startdatum__gte=2026-01-01&startdatum__lte=2026-03-31',
        ({ startdatum: day }: JsonRecord) => day! >= '2026-01-01' && day! <= '2026-03-31',
      ],
      ['archiefnominatie=vernietigen', (zaak: JsonRecord) => zaak.archiefnominatie === 'vernietigen'],
      [
        'maximaleVertrouwelijkheidaanduiding=beperkt_openbaar',
        ({ vertrouwelijkheidaanduiding: level }: JsonRecord) => ['openbaar', 'beperkt_openbaar'].includes(level as string),
      ],
    ])('%s gives just what it says', async (query, says) => {
      const expected = uuids(all().filter(says))
      expect(expected.length).toBeGreaterThan(0)
      expect(uuids(await filtered(query)).sort()).toEqual(expected.sort())
    })

    it.each(['registratiedatum__gte', 'registratiedatum__lte', 'einddatum__gte'])('know no %s', async (name) => {
      expect(codeOf(await ask(server, `${zaken}?${name}=2026-01-01`))).toBe('unknown-parameters')
    })

    it('find nothing after the year 9999', async () => {
      expect((await askPage(server, `${zaken}?registratiedatum__gt=9999-12-30`)).count).toBe(0)
    })

    it('take the address of a zaaktype by the host that was called, and know it by no other', async () => {
      const { zaaktype } = all()[0]!
      expect((await filtered(`zaaktype=${zaaktype}`)).length).toBe(all().filter((zaak) => zaak.zaaktype === zaaktype).length)
      const elsewhere = String(zaaktype).replace('127.0.0.1', 'elders.example')
      expect((await askPage(server, `${zaken}?zaaktype=${elsewhere}`)).count).toBe(0)
    })

    it.each(['statussen', 'resultaten', 'rollen', 'zaakobjecten'] as const)('give the %s of one zaak', async (stream) => {
      const { zaak } = server.snapshot()[stream][0]!
      const own = server.snapshot()[stream].filter((record) => record.zaak === zaak)
      expect(uuids(await walk(server, `/zaken/api/v1/${stream}?zaak=${zaak}`))).toEqual(uuids(own))
    })

    it('find rollen by BSN', async () => {
      const rol = server.snapshot().rollen.find(({ betrokkeneType }) => betrokkeneType === 'natuurlijk_persoon')!
      const { inpBsn } = rol.betrokkeneIdentificatie as JsonRecord
      const found = await walk(server, `/zaken/api/v1/rollen?betrokkeneIdentificatie__natuurlijkPersoon__inpBsn=${inpBsn}`)
      expect(uuids(found)).toContain(rol.uuid)
    })

    it('find the last status of each zaak', async () => {
      const last = await walk(server, '/zaken/api/v1/statussen?indicatieLaatstGezetteStatus=true&pageSize=500')
      expect(last.length).toBe(1_200)
    })
  })

  describe('the catalogus', () => {
    it('hides concepts unless they are asked for', async () => {
      const hidden = await walk(server, '/catalogi/api/v1/zaaktypen')
      const shown = await walk(server, '/catalogi/api/v1/zaaktypen?status=alles')
      expect(hidden.filter(({ concept }) => concept)).toEqual([])
      expect(shown.length - hidden.length).toBe(1)
    })

    it('gives every version of a zaaktype by its identificatie', async () => {
      const versions = await walk(server, '/catalogi/api/v1/zaaktypen?identificatie=B0337')
      expect(versions.map(({ omschrijving }) => omschrijving)).toHaveLength(2)
    })

    it('gives no record a uuid', async () => {
      for (const list of ['catalogussen', 'zaaktypen', 'statustypen', 'resultaattypen', 'roltypen', 'eigenschappen'])
        for (const record of await walk(server, `/catalogi/api/v1/${list}`)) expect(record).not.toHaveProperty('uuid')
    })
  })

  describe('bare arrays', () => {
    it('give all documents of all zaken at once', async () => {
      const { body } = await ask(server, '/zaken/api/v1/zaakinformatieobjecten')
      expect(uuids(body as JsonRecord[])).toEqual(uuids(server.snapshot().zaakinformatieobjecten))
    })

    it('have no pages', async () => {
      expect(codeOf(await ask(server, '/zaken/api/v1/zaakinformatieobjecten?page=1'))).toBe('unknown-parameters')
    })

    it('give the eigenschappen of one zaak, which have no list of their own', async () => {
      const { uuid, eigenschappen } = all().find((zaak) => (zaak.eigenschappen as string[]).length > 0)!
      const { body } = await ask(server, `${zaken}/${uuid}/zaakeigenschappen`)
      expect((body as JsonRecord[]).map(({ url }) => url)).toEqual(eigenschappen)
      expect((await ask(server, '/zaken/api/v1/zaakeigenschappen')).status).toBe(404)
    })
  })

  describe('expand', () => {
    it('shows related records under _expand, and leaves their addresses where they were', async () => {
      const { results } = await askPage(
        server,
        `${zaken}?expand=status,status.statustype,rollen,eigenschappen&einddatum__isnull=false&pageSize=10`,
      )
      for (const zaak of results) {
        const { status, rollen } = zaak._expand as { status: JsonRecord; rollen: JsonRecord[] }
        expect(status.url).toBe(zaak.status)
        expect(status._expand).toHaveProperty('statustype')
        expect(rollen.map(({ url }) => url)).toEqual(zaak.rollen)
      }
    })

    it('leaves out what is not there', async () => {
      const { results } = await askPage(server, `${zaken}?expand=resultaat&einddatum__isnull=true&pageSize=100`)
      const without = results.filter(({ resultaat }) => resultaat === null)
      expect(without.length).toBeGreaterThan(0)
      for (const { _expand } of without) expect(_expand).toEqual({})
    })

    it('refuses what cannot be expanded', async () => {
      expect(codeOf(await ask(server, `${zaken}?expand=kenmerken`))).toBe('invalid_choice')
    })
  })

  describe('_zoek', () => {
    const zoek = (body: unknown, query = '') => ask(server, `${zaken}/_zoek${query}`, { method: 'POST', body })

    it('gives the zaken that are named, and says nothing of those that are not there', async () => {
      const wanted = uuids(all()).slice(10, 15)
      const { body } = await zoek({ uuid__in: [...wanted, '00000000-0000-4000-8000-000000000000'] })
      expect(uuids((body as { results: JsonRecord[] }).results).sort()).toEqual([...wanted].sort())
    })

    it('pages, with a next link that takes POST alone', async () => {
      const { body } = await zoek({ einddatum__isnull: false })
      const { next } = body as { next: string }
      expect((await ask(server, next)).status).toBe(405)
      expect((await ask(server, next, { method: 'POST', body: { einddatum__isnull: false } })).status).toBe(200)
    })

    it('needs Content-Crs', async () => {
      const answer = await ask(server, `${zaken}/_zoek`, { method: 'POST', body: { uuid__in: [] }, headers: { 'Content-Crs': '' } })
      expect([406, 412]).toContain(answer.status)
    })

    it('gives the zaken within an area, and those without a place in none', async () => {
      const everywhere = {
        type: 'Polygon',
        coordinates: [
          [
            [3, 50],
            [8, 50],
            [8, 54],
            [3, 54],
            [3, 50],
          ],
        ],
      }
      const { body } = await zoek({ zaakgeometrie: { within: everywhere } })
      expect((body as { count: number }).count).toBe(all().filter(({ zaakgeometrie }) => zaakgeometrie !== null).length)
    })

    it('refuses a uuid that is none', async () => {
      expect((await zoek({ uuid__in: ['x'] })).status).toBe(400)
    })
  })

  it('shows in a list and by its own address the same record', async () => {
    for (const [stream, api] of [
      ['zaken', 'zaken'],
      ['rollen', 'zaken'],
      ['statussen', 'zaken'],
      ['zaaktypen', 'catalogi'],
    ] as const) {
      const [first] = server.snapshot()[stream]
      expect((await ask(server, String(first!.url))).body, `${api} ${stream}`).toEqual(first)
    }
  })
})
