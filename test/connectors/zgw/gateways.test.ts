import { afterEach, describe, expect, test } from 'vitest'
import { SourceRefused, SourceUnavailable } from '../../../connectors/errors.js'
import { type Gateway, type GatewayOptions, startGateway } from '../../sources/zgw/gateway.js'
import { startZgw, type ZgwServer } from '../../sources/zgw/server.js'
import { knownAfter, uuids } from './fixture.js'
import { openSource, readAll, readKeys, type StreamName, type ZgwSource } from './reading.js'

const apis = ['zaken', 'catalogi', 'documenten', 'besluiten', 'autorisaties'] as const
const streams = [
  ...['zaken', 'statussen', 'zaakeigenschappen', 'zaakinformatieobjecten'],
  ...['enkelvoudiginformatieobjecten', 'objectinformatieobjecten', 'besluiten', 'besluitinformatieobjecten'],
  ...['zaaktypen', 'applicaties'],
] as StreamName[]

/** As a supplier has it: a host for each API, known to themselves by another name. */
const linksAs = Object.fromEntries(apis.map((api) => [api, `https://${api}.leverancier.example/api/v1`])) as {
  [api in (typeof apis)[number]]: string
}
const knownAs = Object.fromEntries(apis.map((api) => [linksAs[api], api]))

const open: { server?: ZgwServer; gateway?: Gateway; source?: ZgwSource } = {}
afterEach(async () => {
  open.source?.http.close()
  await open.gateway?.stop()
  await open.server?.stop()
})

async function start(
  server: Promise<ZgwServer>,
  options: (server: ZgwServer) => GatewayOptions,
  http: Parameters<typeof openSource>[2] = {},
) {
  open.server = await server
  const given = options(open.server)
  open.gateway = await startGateway(given)
  const baseUrl = Object.fromEntries(apis.map((api) => [api, `${open.gateway!.url}/${api}/api/v1`]))
  open.source = openSource(baseUrl, open.server, http)
  return { server: open.server, source: open.source, gateway: open.gateway }
}

const routesTo = (server: ZgwServer) => Object.fromEntries(apis.map((api) => [`/${api}/api/v1`, server.urls[api]]))
const grant = { name: 'Fsc-Grant-Hash', value: '$1$4$een-hash' }

describe('an outway of FSC, before a supplier whose links have its own hosts', () => {
  test('is all that is called, with the hash of the grant: each stream is read whole and by key', async () => {
    const { server, source } = await start(
      startZgw({ zaken: 1_300, split: true, linksAs }),
      (server) => ({ routes: routesTo(server), header: grant }),
      { knownAs, headers: { 'Accept-Crs': 'EPSG:4326', [grant.name]: grant.value } },
    )
    for (const name of streams) {
      const { records, pages } = await readAll(source, name)
      expect(uuids(records), name).toEqual(uuids(server.snapshot()[name]))
      // In data the links stay those of the supplier.
      expect(JSON.stringify([...pages.values()].flat().map((page) => page.cursor))).not.toContain('leverancier')
      expect(records.every(({ url }) => String(url).includes('leverancier.example'))).toBe(true)
    }
    const some = server
      .snapshot()
      .rollen.slice(0, 3)
      .map(({ uuid }) => ({ uuid: String(uuid) }))
    expect((await readKeys(source, 'rollen', some)).every((answer) => 'found' in answer)).toBe(true)
  })

  test('without the hash refuses, and the message says where it belongs', async () => {
    const { source } = await start(
      startZgw({ zaken: 20, split: true, linksAs }),
      (server) => ({ routes: routesTo(server), header: grant }),
      { knownAs },
    )
    const refused = readAll(source, 'zaken')
    await expect(refused).rejects.toThrow(SourceRefused)
    await expect(refused).rejects.toThrow(/GRANT_LINK_NOT_FOUND.*Fsc-Grant-Hash/)
  })
})

describe.each(['both ways', 'answers'] as const)('a gateway that rewrites addresses (%s)', (rewrites) => {
  const rewriting = (server: ZgwServer): GatewayOptions => ({ routes: routesTo(server), rewrites })

  test('gives each stream whole, and each record by its key', async () => {
    const { server, source, gateway } = await start(startZgw({ zaken: 1_300, split: true }), rewriting)
    for (const name of streams) {
      const { records } = await readAll(source, name)
      expect(uuids(records), name).toEqual(uuids(server.snapshot()[name]))
      expect(records.every(({ url }) => String(url).startsWith(gateway.url))).toBe(true)
    }
    const some = server
      .snapshot()
      .rollen.slice(0, 3)
      .map(({ uuid }) => ({ uuid: String(uuid) }))
    expect((await readKeys(source, 'rollen', some)).every((answer) => 'found' in answer)).toBe(true)
  })

  test('hides nothing that changed below a zaak', async () => {
    const { server, source } = await start(startZgw({ zaken: 3_000, split: true }), rewriting)
    const { zaken } = server.snapshot()
    const [zaak, ...others] = zaken as [(typeof zaken)[number], ...typeof zaken]
    const known = knownAfter('rollen', [{ ...zaak, einddatum: null }, ...others.map((each) => ({ ...each, einddatum: '2026-01-01' }))])!
    server.addRol(String(zaak.uuid))
    const { records } = await readAll(source, 'rollen', { reading: 'changes', checkpoint: '2026-11-20T00:00:00.000Z', known })
    const ofZaak = (rollen: readonly { zaak?: unknown }[]) => rollen.filter((rol) => String(rol.zaak).endsWith(String(zaak.uuid)))
    expect(ofZaak(records)).toHaveLength(ofZaak(server.snapshot().rollen).length)
  })

  test('hides no zaak of the zaaktypen that the datasets take', async () => {
    const { server, source } = await start(startZgw({ zaken: 300, split: true }), rewriting)
    const taken = server.snapshot().zaaktypen.find(({ identificatie }) => identificatie === 'B0337')!
    expect(taken).toBeDefined()
    const { records } = await readAll(source, 'zaken', { where: [{ column: 'zaaktype_identificatie', in: ['B0337'] }] })
    const versions = server.snapshot().zaaktypen.filter(({ identificatie }) => identificatie === 'B0337')
    const wanted = server.snapshot().zaken.filter(({ zaaktype }) => versions.some(({ url }) => url === zaaktype))
    expect(wanted.length).toBeGreaterThan(0)
    expect(uuids(records)).toEqual(expect.arrayContaining(uuids(wanted)))
  })
})

test('a whole table that is too much, behind a gateway that finds nothing by parent, is no empty list', async () => {
  const { server, source } = await start(startZgw({ zaken: 100, split: true }), (server) => ({
    routes: routesTo(server),
    rewrites: 'answers',
  }))
  server.fail({ list: 'besluitinformatieobjecten', times: 4, fault: { kind: 'gateway' } })
  const reading = readAll(source, 'besluitinformatieobjecten')
  await expect(reading).rejects.toThrow(SourceUnavailable)
  await expect(reading).rejects.toThrow(/asked for each besluit it gives nothing.*'besluit'/)
})
