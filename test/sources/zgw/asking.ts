import { createHmac } from 'node:crypto'
import type { JsonRecord } from './model.js'
import type { ZgwServer } from './server.js'

/** The client of the server's own tests: the plainest there is, so that it tests nothing of the product. */

export interface Answered {
  status: number
  /** Undefined when the body is no JSON. */
  body: unknown
  text: string
  headers: Headers
}

export interface Paged {
  count: number
  next: string | null
  previous: string | null
  countExact?: boolean
  results: JsonRecord[]
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token by HS256. `claims` goes over the right ones; a claim that is undefined is left out. */
export function tokenFor({ clientId, secret }: Pick<ZgwServer, 'clientId' | 'secret'>, claims: object = {}): string {
  const right = { iss: clientId, client_id: clientId, user_id: 'test', user_representation: 'Test', iat: Math.floor(Date.now() / 1000) }
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ ...right, ...claims })}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

export interface Asking {
  method?: string
  headers?: { [name: string]: string }
  /** Left out: a right one. Null: none. */
  token?: string | null
  body?: unknown
}

/** @param path below the origin of the server, or a whole URL */
export async function ask(server: ZgwServer, path: string, { method = 'GET', headers = {}, token, body }: Asking = {}): Promise<Answered> {
  const bearer = token === undefined ? tokenFor(server) : token
  const answer = await fetch(new URL(path, server.url), {
    method,
    headers: {
      ...(bearer === null ? {} : { Authorization: `Bearer ${bearer}` }),
      'Accept-Crs': 'EPSG:4326',
      ...(body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Crs': 'EPSG:4326' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: parsed(text), text, headers: answer.headers }
}

export async function askPage(server: ZgwServer, path: string, asking: Asking = {}): Promise<Paged> {
  const answer = await ask(server, path, asking)
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text.slice(0, 300)}`)
  return answer.body as Paged
}

/** Follows the next links of a list to its end. */
export async function walk(server: ZgwServer, path: string): Promise<JsonRecord[]> {
  const records: JsonRecord[] = []
  for (let next: string | null = path; next !== null; ) {
    const page: Paged = await askPage(server, next)
    records.push(...page.results)
    next = page.next
  }
  return records
}

/** The code of an error, or of its first invalid parameter. */
export function codeOf({ body }: Answered): string | undefined {
  const { code, invalidParams } = (body ?? {}) as { code?: string; invalidParams?: { code: string }[] }
  return invalidParams?.[0]?.code ?? code
}

export const uuids = (records: readonly JsonRecord[]): string[] => records.map(({ uuid, url }) => String(uuid ?? url))

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
