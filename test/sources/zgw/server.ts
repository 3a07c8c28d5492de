import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { type Behaviours, openZaak } from './behaviours.js'
import { callControl } from './control.js'
import { type Controls, controlsOf } from './controls.js'
import { Rights } from './grants.js'
import * as problems from './problems.js'
import { Problem } from './problems.js'
import { Random } from './random.js'
import { type Links, linksAt } from './records.js'
import { type Answer, type Asked, type House, route } from './routes.js'
import { type Seeded, type SeedOptions, seedMunicipality } from './seed.js'
import { Selection } from './select.js'
import { clientOf } from './token.js'
import { Traffic } from './traffic.js'
import { html, inPlaceOf, problemAnswer, send, tooMany } from './transport.js'

export interface ZgwOptions extends SeedOptions {
  /** A municipality that was made before. Left out: one as the seed options say. */
  seeded?: Seeded
  /** Default: any that is free. */
  port?: number
  /** Credentials of the applications, by client id. Default: one, `gemaal`. All have all rights until they are narrowed. */
  clients?: { [clientId: string]: string }
  /** Each API on a port of its own, and not on that of `url`. */
  split?: boolean
  /** Addresses that the server thinks its APIs have, path included: links begin with them rather than with what was called. */
  linksAs?: Partial<Links>
  behaviours?: Partial<Behaviours>
}

/** A server that behaves as Open Zaak 1.30 does, with a municipality in it. On loopback alone, without TLS. */
export interface ZgwServer extends Controls {
  /** Origin, without a slash at the end. With `split`: of the Zaken API. */
  readonly url: string
  /** Address of each API, path included. */
  readonly urls: Links
  readonly clientId: string
  readonly secret: string
  /** Ends every connection. Safe to call twice. */
  stop(): Promise<void>
}

export const defaultClient = { clientId: 'gemaal', secret: 'een-geheim-van-waterdam-0123456789' } as const
const apis = ['zaken', 'catalogi', 'autorisaties', 'documenten', 'besluiten'] as const

export async function startZgw(options: ZgwOptions = {}): Promise<ZgwServer> {
  const seeded = options.seeded ?? seedMunicipality(options)
  const clients = new Map(Object.entries(options.clients ?? { [defaultClient.clientId]: defaultClient.secret }))
  const [clientId, secret] = [...clients][0]!
  const house: House & { broken: Set<string> } = {
    world: seeded.world,
    behaviours: { ...openZaak, ...options.behaviours },
    selection: new Selection(seeded.world.municipality),
    rights: new Map([...clients.keys()].map((client) => [client, new Rights(client, 'all')])),
    broken: new Set(),
  }
  const traffic = new Traffic()
  const urls: Links = { zaken: '', catalogi: '', autorisaties: '', documenten: '', besluiten: '' }
  const linksOf = (api: keyof Links, origin: string): Links => {
    const own = options.split ? { ...urls, [api]: `${origin}/${api}/api/v1` } : linksAt(origin)
    return { ...own, ...options.linksAs }
  }
  const controls = controlsOf({ seeded, house, traffic, clientId, links: () => ({ ...urls, ...options.linksAs }) })
  const reception: Reception = { house, traffic, clients, controls, linksOf, random: new Random(options.seed ?? 1) }
  const servers: Server[] = []
  const listen = async (port: number, only?: keyof Links): Promise<string> => {
    const server = createServer((request, response) => void receive(reception, request, response, only))
    // A client that holds on to a connection between two pages must not find it closed under its hands.
    server.keepAliveTimeout = 60_000
    servers.push(server)
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  if (options.split) for (const api of apis) urls[api] = `${await listen(api === 'zaken' ? (options.port ?? 0) : 0, api)}/${api}/api/v1`
  else Object.assign(urls, linksAt(await listen(options.port ?? 0)))
  const stop = async (): Promise<void> => {
    traffic.calm()
    await Promise.all(
      servers.splice(0).map(async (server) => {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()))
        server.closeAllConnections()
        await closed
      }),
    )
  }
  return Object.assign(controls, { url: new URL(urls.zaken).origin, urls, clientId, secret, stop })
}

interface Reception {
  house: House
  traffic: Traffic
  clients: ReadonlyMap<string, string>
  controls: Controls
  linksOf(api: keyof Links, origin: string): Links
  random: Random
}

async function receive(reception: Reception, request: IncomingMessage, response: ServerResponse, only: keyof Links | undefined) {
  // Links follow the Host header; X-Forwarded-* is not looked at.
  const origin = `http://${request.headers.host ?? 'localhost'}`
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost')
  try {
    const body = await read(request)
    if (pathname === '/__control') {
      await send(request, response, await callControl(reception.controls, body), undefined)
      return
    }
    const { house, traffic, random } = reception
    const { clockAheadSeconds } = house.behaviours
    if (clockAheadSeconds !== 0) response.setHeader('Date', new Date(Date.now() + clockAheadSeconds * 1000).toUTCString())
    const passing = traffic.arrived(request.method ?? 'GET', pathname, search)
    passing.run('before')
    await passing.held()
    const { fault } = passing
    if (fault?.kind === 'silence') return
    const { rate, slow } = house.behaviours
    const person = (): string => {
      const { bsn, geslachtsnaam } = random.pick(house.world.people.persons)
      return `${geslachtsnaam} ${bsn}`
    }
    const replaced = fault && inPlaceOf(fault, origin, person)
    const limited = rate !== null && !traffic.within(rate) ? tooMany(rate.retryAfter) : undefined
    const answer = replaced ?? limited ?? answerTo(reception, request, { origin, pathname, search, body, only })
    passing.run('after')
    if (slow) await wait(slow.ms + (slow.jitterMs ?? 0) * random.fraction() + (answer.expanded ? (slow.expandMs ?? 0) : 0))
    passing.logged.status = fault?.kind === 'reset' ? 0 : answer.status
    await send(request, response, answer, fault)
  } catch (error) {
    // The caller went away; or this server has a mistake, which must not be taken for one of the source.
    if (response.destroyed) return
    process.emitWarning(error instanceof Error ? error : String(error))
    response.destroy()
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

interface Called {
  origin: string
  pathname: string
  search: string
  body: string
  only: keyof Links | undefined
}

function answerTo(reception: Reception, request: IncomingMessage, { origin, pathname, search, body, only }: Called): Answer {
  const { house, clients, linksOf } = reception
  const [, api, ...path] =
    /^\/(zaken|catalogi|autorisaties|documenten|besluiten)\/api\/v1\/(.*)$/
      .exec(pathname)
      ?.flatMap((part, at) => (at === 2 ? part.split('/') : [part])) ?? []
  const known = apis.find((each) => each === api && (only === undefined || only === each))
  const answer = known && route(house, known, path)
  if (known === undefined || answer === undefined) return html(404, problems.pageNotFound)
  try {
    const { jwtExpirySeconds, leewaySeconds, clockAheadSeconds } = house.behaviours
    const now = Date.now() / 1000 + clockAheadSeconds
    const client = clientOf(request.headers.authorization, { clients, expirySeconds: jwtExpirySeconds, leewaySeconds, now })
    if (client instanceof Problem) throw client
    const links = linksOf(known, origin)
    const asked: Asked = {
      method: request.method ?? 'GET',
      path,
      query: new URLSearchParams(search),
      url: [links[known], ...path].join('/'),
      headers: request.headers,
      body,
      links,
      client,
      rights: house.rights.get(client)!,
    }
    return answer(asked)
  } catch (error) {
    if (error instanceof Problem) return problemAnswer(error, origin)
    throw error
  }
}
