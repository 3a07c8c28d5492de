/** The servers that the connectors of `docs/examples` read: small, over real HTTP. */
import { json, type Loopback, serveBy } from '../connectors/loopback.js'

export interface Laadpaal {
  id: string
  gewijzigdOp: string
  vermogen: number
  tarief: string
  status: string
  straat: string
}

export interface ExampleServer<Rows> extends Loopback {
  /** As the source holds them: changes are seen at once. */
  rows: Rows
}

const pageSize = 10

/** A list that names its next page, with a filter on the last change. Its key is `sleutel-van-de-laadpalen`. */
export async function serveLaadpalen(count = 25): Promise<ExampleServer<Laadpaal[]>> {
  const rows: Laadpaal[] = Array.from({ length: count }, (_, i) => ({
    id: `LP-${String(i + 1).padStart(4, '0')}`,
    gewijzigdOp: new Date(Date.parse('2026-03-01T08:00:00Z') + i * 3_600_000).toISOString(),
    vermogen: 11,
    tarief: '0.3650',
    status: 'vrij',
    straat: 'Sluiskade',
  }))
  // Written by hand: a decimal of a source is text until someone makes a float of it.
  const text = ({ tarief, straat, ...row }: Laadpaal) =>
    `${JSON.stringify(row).slice(0, -1)},"tarief":${tarief},"adres":{"straat":"${straat}"}}`
  const server = await serveBy((response, request) => {
    // Links follow the name by which the server was called, as those of most do.
    const url = new URL(request.url, `http://${request.headers.host}`)
    if (request.headers['x-api-key'] !== 'sleutel-van-de-laadpalen') return json({ error: 'no' }, 401)(response, request)
    const [, id] = /^\/v1\/laadpalen\/(.+)$/.exec(url.pathname) ?? []
    if (id !== undefined) {
      const row = rows.find((r) => r.id === decodeURIComponent(id))
      return row ? json(text(row))(response, request) : json({ error: 'not found' }, 404)(response, request)
    }
    if (url.pathname !== '/v1/laadpalen') return json({ error: 'not here' }, 404)(response, request)
    const since = url.searchParams.get('gewijzigdNa')
    const listed = rows.filter((r) => since === null || Date.parse(r.gewijzigdOp) >= Date.parse(since))
    const from = Number(url.searchParams.get('vanaf') ?? 0)
    url.searchParams.set('vanaf', String(from + pageSize))
    const next = from + pageSize < listed.length ? `"${url.href}"` : 'null'
    json(
      `{"count":${listed.length},"next":${next},"results":[${listed
        .slice(from, from + pageSize)
        .map(text)
        .join()}]}`,
    )(response, request)
  })
  return Object.assign(server, { rows })
}

export interface Melding {
  nummer: string
  categorie: string
  gemeldOp: string
  melder: string | null
  tekst: string
  kosten: string | null
}

export interface Meldingen extends ExampleServer<Map<string, Melding>> {
  put(melding: Melding): void
  remove(nummer: string): void
}

/** A list by key, with a journal of what changed and what went. Its token is `token-van-de-meldingen`. */
export async function serveMeldingen(count = 23): Promise<Meldingen> {
  const rows = new Map<string, Melding>()
  const journal: string[] = []
  const put = (melding: Melding) => {
    rows.set(melding.nummer, melding)
    journal.push(melding.nummer)
  }
  for (let i = 1; i <= count; i++) put(someMelding(i))
  const text = ({ kosten, ...rest }: Melding) => `${JSON.stringify(rest).slice(0, -1)},"kosten":${kosten ?? 'null'}}`
  const server = await serveBy((response, request) => {
    const { pathname, searchParams } = new URL(request.url, server.url)
    if (request.headers.authorization !== 'Bearer token-van-de-meldingen') return json({ error: 'no' }, 401)(response, request)
    const after = searchParams.get('after') ?? ''
    const answer = (body: string, status = 200) => json(body, status)(response, request)
    if (pathname === '/journal/end') return answer(`{"number":${journal.length}}`)
    if (pathname === '/journal') {
      const entries = journal
        .map((nummer, at) => ({ number: at + 1, nummer }))
        .filter(({ number }) => number > Number(after))
        .slice(0, pageSize)
      const shown = entries.map(({ number, nummer }) => {
        const now = rows.get(nummer)
        return `{"number":${number},"nummer":"${nummer}","melding":${now ? text(now) : 'null'}}`
      })
      return answer(`{"entries":[${shown.join()}]}`)
    }
    if (pathname === '/meldingen') {
      const listed = [...rows.values()].filter(({ nummer }) => nummer > after).sort((a, b) => (a.nummer < b.nummer ? -1 : 1))
      return answer(`{"meldingen":[${listed.slice(0, pageSize).map(text).join()}]}`)
    }
    const one = rows.get(decodeURIComponent(pathname.replace('/meldingen/', '')))
    return one ? answer(text(one)) : answer('{"error":"not found"}', 404)
  })
  const remove = (nummer: string) => {
    rows.delete(nummer)
    journal.push(nummer)
  }
  return Object.assign(server, { rows, put, remove })
}

export function someMelding(number: number): Melding {
  return {
    nummer: `M-${String(number).padStart(5, '0')}`,
    categorie: ['afval', 'groen', 'verlichting', 'wegen'][number % 4]!,
    gemeldOp: new Date(Date.parse('2026-05-01T06:00:00Z') + number * 60_000).toISOString(),
    melder: number % 3 === 0 ? null : `melder${number}@voorbeeld.example`,
    tekst: `Er is iets mis bij nummer ${number}.`,
    kosten: number % 2 === 0 ? '125.10' : null,
  }
}

export interface Werkorder {
  id: string
  updatedAt: string
  status: string
  hours: number
  location: { street: string }
  note: string | null
}

export const werkordersCredentials = { clientId: 'gemaal', clientSecret: 'geheim-van-de-werkorders' }

/** A list that hands out a cursor with each page, behind OAuth2. Its pages are of `limit` records, 20 at most. */
export async function serveWerkorders(count = 57): Promise<ExampleServer<Werkorder[]>> {
  const rows: Werkorder[] = Array.from({ length: count }, (_, i) => ({
    id: `WO-${String(i + 1).padStart(4, '0')}`,
    updatedAt: new Date(Date.parse('2026-06-01T06:00:00Z') + i * 3_600_000).toISOString(),
    status: ['gepland', 'bezig', 'gereed'][i % 3]!,
    hours: 1.25 * (i % 4),
    location: { street: 'Sluiskade' },
    note: i % 5 === 0 ? 'Bo de Vries belt terug.' : null,
  }))
  const { clientId, clientSecret } = werkordersCredentials
  const server = await serveBy((response, request) => {
    const answer = (body: object, status = 200) => json(body, status)(response, request)
    const url = new URL(request.url, server.url)
    if (url.pathname === '/oauth/token') {
      const form = new URLSearchParams(request.body)
      const ours = form.get('client_id') === clientId && form.get('client_secret') === clientSecret
      return ours ? answer({ access_token: 'een-token', expires_in: 3600 }) : answer({ error: 'invalid_client' }, 401)
    }
    if (request.headers.authorization !== 'Bearer een-token') return answer({ error: 'invalid_token' }, 401)
    const [, id] = /^\/api\/v2\/work-orders\/(.+)$/.exec(url.pathname) ?? []
    if (id !== undefined) {
      const row = rows.find((each) => each.id === decodeURIComponent(id))
      return row ? answer(row) : answer({ error: 'not found' }, 404)
    }
    if (url.pathname !== '/api/v2/work-orders') return answer({ error: 'not here' }, 404)
    const since = url.searchParams.get('updatedSince')
    const listed = rows.filter(({ updatedAt }) => since === null || Date.parse(updatedAt) >= Date.parse(since))
    const from = Number(url.searchParams.get('cursor') ?? 0)
    const to = from + Math.min(20, Number(url.searchParams.get('limit') ?? 20))
    return answer({ items: listed.slice(from, to), meta: { nextCursor: to < listed.length ? String(to) : null } })
  })
  return Object.assign(server, { rows })
}
