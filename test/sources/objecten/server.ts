/**
 * An Objecten API with its objecttypes, as Open Object 4 behaves: lists show what is valid today, a day of registration shows all, rights are by
 * objecttype and may hide fields.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ObjectRecord {
  index: number
  typeVersion: number
  data: { [field: string]: unknown }
  geometry: object | null
  startAt: string
  endAt: string | null
  registrationAt: string
  correctionFor: number | null
  correctedBy: number | null
}

interface StoredObject {
  uuid: string
  type: string
  records: ObjectRecord[]
}

interface Permission {
  type: string
  fields?: { [version: string]: string[] }
}

export interface ObjectenServer {
  /** Origin; the API is under `/api/v2`. */
  url: string
  token: string
  /** Uuid of the objecttype of trees. */
  bomen: string
  uuids(): string[]
  history(uuid: string): ObjectRecord[]
  /** A tree whose data hold from a day on. Returns its uuid. */
  plant(data?: { [field: string]: unknown }, startAt?: string): string
  /** A new record; the one before it ends. */
  change(uuid: string, data: { [field: string]: unknown }, startAt?: string): void
  end(uuid: string, endAt: string): void
  remove(uuid: string): void
  /** Rights by field, by version; undefined: all fields. `none`: the type is not seen at all. */
  limit(fields: { [version: string]: string[] } | 'none' | undefined): void
  requests(): string[]
  stop(): Promise<void>
}

const today = (): string => new Date().toISOString().slice(0, 10)
export const day = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

const schema = {
  type: 'object',
  title: 'Boom',
  $defs: {
    onderhoud: {
      type: 'object',
      properties: { op: { type: 'string', format: 'date' }, door: { type: 'string', description: 'Wie het deed' } },
    },
  },
  properties: {
    nummer: { type: 'string', description: 'Nummer op het paaltje' },
    soort: { type: ['string', 'null'], title: 'Boomsoort' },
    hoogte: { type: 'number' },
    geplant: { type: 'string', format: 'date' },
    beschermd: { type: 'boolean' },
    onderhoud: { type: 'array', items: { $ref: '#/$defs/onderhoud' } },
  },
}

export async function startObjecten({ trees = 30 }: { trees?: number } = {}): Promise<ObjectenServer> {
  const token = 'een-token-van-waterdam-0123456789'
  const [bomen, banken] = [randomUUID(), randomUUID()]
  const objects: StoredObject[] = []
  const asked: string[] = []
  let permissions: Permission[] = [{ type: bomen }, { type: banken }]
  let url = ''

  const recordOf = (data: object, startAt: string, index: number): ObjectRecord => ({
    index,
    typeVersion: 1,
    data: { ...data },
    geometry: { type: 'Point', coordinates: [4.9, 52.4] },
    startAt,
    endAt: null,
    registrationAt: today(),
    correctionFor: null,
    correctedBy: null,
  })

  const shown = ({ uuid, type }: StoredObject, record: ObjectRecord) => ({
    url: `${url}/api/v2/objects/${uuid}`,
    uuid,
    type: typeUrl(type),
    record,
  })
  const typeUrl = (uuid: string) => `${url}/api/v2/objecttypes/${uuid}`
  const permissionOf = (type: string) => permissions.find((each) => each.type === type)

  /** The record that an answer shows; undefined where it shows none. */
  function chosen(object: StoredObject, query: URLSearchParams): ObjectRecord | undefined {
    const registered = query.get('registrationDate')
    const date = query.get('date') ?? today()
    const fits = (r: ObjectRecord) =>
      registered ? r.registrationAt <= registered : r.startAt <= date && (r.endAt === null || r.endAt >= date)
    return object.records.filter(fits).at(-1)
  }

  /** Leaves out what our rights hide. Returns the names of what was left out. */
  function hide(answer: ReturnType<typeof shown>): { body: object; hidden: string[] } {
    const allowed = permissionOf(answer.type.split('/').at(-1)!)?.fields?.[String(answer.record.typeVersion)]
    if (!allowed) return { body: answer, hidden: [] }
    const sees = (name: string) => allowed.some((each) => name === each || name.startsWith(`${each}__`))
    const { record } = answer
    const hidden: string[] = []
    const pick = (from: object, prefix: string) => {
      const names = Object.entries(from)
      hidden.push(...names.flatMap(([name]) => (sees(prefix + name) ? [] : [prefix + name])))
      return Object.fromEntries(names.filter(([name]) => sees(prefix + name)))
    }
    const { data, ...own } = record
    const body = {
      ...pick({ url: answer.url, uuid: answer.uuid, type: answer.type }, ''),
      record: { ...pick(own, 'record__'), data: pick(data, 'record__data__') },
    }
    return { body, hidden }
  }

  function answer(request: IncomingMessage): { status: number; body?: unknown; headers?: { [name: string]: string } } {
    const { pathname, searchParams: query } = new URL(request.url!, url)
    asked.push(request.url!)
    if (request.headers.authorization !== `Token ${token}`)
      return { status: 401, body: { code: 'authentication_failed', title: 'Incorrect authentication credentials.' } }
    const [, , , list = '', uuid, part] = pathname.split('/')
    if (!pathname.startsWith('/api/v2/')) return { status: 404 }
    if (list === 'permissions')
      return page(
        request,
        query,
        permissions.map(({ type, fields }) => ({
          type: typeUrl(type),
          mode: 'read_only',
          use_fields: fields !== undefined,
          fields: fields ?? null,
        })),
      )
    if (list === 'objecttypes' && part === 'versions')
      return page(request, query, [
        { version: 1, status: 'published', jsonSchema: schema },
        { version: 2, status: 'draft', jsonSchema: { type: 'object' } },
      ])
    const types = [
      { url: typeUrl(bomen), uuid: bomen, name: 'boom', namePlural: 'Bomen', description: 'Bomen in beheer', dataClassification: 'open' },
      { url: typeUrl(banken), uuid: banken, name: 'bank', namePlural: 'Bänken & stoelen', description: '', dataClassification: 'intern' },
    ]
    if (list === 'objecttypes') {
      const found = types.find((type) => type.uuid === uuid)
      return uuid === undefined
        ? page(request, query, types)
        : found
          ? { status: 200, body: found }
          : { status: 404, body: { code: 'not_found' } }
    }
    if (list !== 'objects') return { status: 404 }
    if (query.has('date') && query.has('registrationDate')) return { status: 400, body: { code: 'invalid-date-query-params' } }
    if (uuid === undefined) {
      const wanted = query.get('type')?.split('/').at(-1)
      if (wanted !== undefined && !types.some((type) => type.uuid === wanted)) return { status: 400, body: { code: 'invalid' } }
      const rows = objects.filter(({ type }) => type === (wanted ?? type) && permissionOf(type)).reverse()
      return page(
        request,
        query,
        rows.flatMap((object) => (chosen(object, query) ? [shown(object, chosen(object, query)!)] : [])),
        hide,
      )
    }
    const object = objects.find((each) => each.uuid === uuid)
    if (!object) return { status: 404, body: { code: 'not_found' } }
    const permission = permissionOf(object.type)
    if (!permission || (part === 'history' && permission.fields)) return { status: 403, body: { code: 'permission_denied' } }
    if (part === 'history') return { status: 200, body: object.records }
    const record = chosen(object, query)
    if (!record) return { status: 404, body: { code: 'not_found' } }
    const { body, hidden } = hide(shown(object, record))
    return { status: 200, body, ...(hidden.length > 0 && { headers: { 'X-Unauthorized-Fields': hidden.join(',') } }) }
  }

  function page<T extends object>(
    request: IncomingMessage,
    query: URLSearchParams,
    rows: readonly T[],
    limit: (row: T) => { body: object; hidden: string[] } = (body) => ({ body, hidden: [] }),
  ): ReturnType<typeof answer> {
    const size = Math.min(Number(query.get('pageSize') ?? 100), 500)
    const number = Number(query.get('page') ?? 1)
    if (number > 1 && (number - 1) * size >= rows.length) return { status: 404, body: { code: 'not_found' } }
    const results = rows.slice((number - 1) * size, number * size).map(limit)
    const next = new URL(request.url!, url)
    next.searchParams.set('page', String(number + 1))
    const hidden = [...new Set(results.flatMap((each) => each.hidden))]
    return {
      status: 200,
      body: {
        count: rows.length,
        next: number * size < rows.length ? next.href : null,
        previous: null,
        results: results.map(({ body }) => body),
      },
      ...(hidden.length > 0 && { headers: { 'X-Unauthorized-Fields': `${typeUrl(bomen)}(1)=${hidden.join(',')}` } }),
    }
  }

  const server = createServer((request, response) => {
    const { status, body, headers } = answer(request)
    const html = body === undefined && status === 404
    response.writeHead(status, { 'content-type': html ? 'text/html' : 'application/json', 'API-version': '2.4.4', ...headers })
    response.end(html ? '<h1>Not Found</h1>' : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const of = (uuid: string): StoredObject => {
    const object = objects.find((each) => each.uuid === uuid)
    if (!object) throw new Error(`there is no object ${uuid}`)
    return object
  }
  const controls: ObjectenServer = {
    url,
    token,
    bomen,
    uuids: () => objects.map(({ uuid }) => uuid),
    history: (uuid) => of(uuid).records,
    plant(data = {}, startAt = day(-300)) {
      const uuid = randomUUID()
      const nummer = String(objects.length + 1).padStart(5, '0')
      objects.push({
        uuid,
        type: bomen,
        records: [
          recordOf({ nummer, soort: 'Linde', hoogte: 4.5, geplant: '1987-03-21', beschermd: false, onderhoud: [], ...data }, startAt, 1),
        ],
      })
      return uuid
    },
    change(uuid, data, startAt = today()) {
      const { records } = of(uuid)
      const last = records.at(-1)!
      last.endAt = startAt
      records.push(recordOf({ ...last.data, ...data }, startAt, last.index + 1))
    },
    end: (uuid, endAt) => {
      of(uuid).records.at(-1)!.endAt = endAt
    },
    remove: (uuid) => void objects.splice(objects.indexOf(of(uuid)), 1),
    limit(fields) {
      permissions = fields === 'none' ? [{ type: banken }] : [{ type: bomen, ...(fields && { fields }) }, { type: banken }]
    },
    requests: () => asked,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
  for (let i = 0; i < trees; i++) controls.plant()
  return controls
}
