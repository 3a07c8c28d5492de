/** A Notificaties API that behaves as Open Notificaties does: it tries a callback before it takes an abonnement, and delivers in batches. */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { clientOf } from '../zgw/token.js'

export interface Message {
  kanaal: string
  hoofdObject: string
  resource: string
  resourceUrl: string
  actie: string
  aanmaakdatum: string
  kenmerken: { [name: string]: string }
}

export interface Abonnement {
  url: string
  callbackUrl: string
  auth: string
  kanalen: { naam: string; filters: { [name: string]: string } }[]
}

export interface NotificatiesServer {
  /** Address of the API, path included. */
  url: string
  abonnementen(): Abonnement[]
  /** As somebody else would: without the API. */
  forget(): void
  /**
   * Sends messages to who is subscribed to their kanaal, one after the other, in the order given.
   *
   * @returns the statuses that they were answered with
   */
  deliver(...messages: Message[]): Promise<number[]>
  /** From now on its answers are 503, until it is called with false. */
  away(isAway: boolean): void
  stop(): Promise<void>
}

/** What happened to a record, as its API tells it. */
export function messageOf(kanaal: string, hoofdObject: string, resource: string, resourceUrl: string, actie: string): Message {
  const aanmaakdatum = new Date().toISOString()
  return { kanaal, hoofdObject, resource, resourceUrl, actie, aanmaakdatum, kenmerken: { bronorganisatie: '002564440' } }
}

/** @param clients secrets by client id */
export async function startNotificaties(clients: { [clientId: string]: string }): Promise<NotificatiesServer> {
  const subscribed = new Map<string, Abonnement>()
  let isAway = false
  let url = ''

  async function answer(request: IncomingMessage, body: string): Promise<{ status: number; body?: unknown }> {
    if (isAway) return { status: 503 }
    const options = { clients: new Map(Object.entries(clients)), expirySeconds: 3600, leewaySeconds: 120, now: Date.now() / 1000 }
    if (typeof clientOf(request.headers.authorization, options) !== 'string') return { status: 403, body: { code: 'not_authenticated' } }
    const [, uuid] = /^\/api\/v1\/abonnement(?:\/([^/]+))?$/.exec(request.url ?? '') ?? [undefined, null]
    if (uuid === null) return { status: 404 }
    if (request.method === 'GET' && uuid === undefined) return { status: 200, body: [...subscribed.values()] }
    if (request.method === 'POST' && uuid === undefined) return take(randomUUID(), body, 201)
    if (uuid === undefined || !subscribed.has(uuid)) return { status: 404 }
    if (request.method === 'PUT') return take(uuid, body, 200)
    if (request.method !== 'DELETE') return { status: 405 }
    subscribed.delete(uuid)
    return { status: 204 }
  }

  async function take(uuid: string, body: string, status: number): Promise<{ status: number; body: unknown }> {
    const asked = JSON.parse(body) as Omit<Abonnement, 'url'>
    const test = messageOf('test', 'https://example.com/hoofdobject', 'test', 'https://example.com/test', 'create')
    const without = await send(asked.callbackUrl, undefined, test).catch(() => undefined)
    if (without === undefined) return { status: 500, body: { code: 'error' } }
    if (without !== 401 && without !== 403)
      return { status: 400, body: { code: 'invalid', invalidParams: [{ name: 'callbackUrl', code: 'no-auth-on-callback-url' }] } }
    if ((await send(asked.callbackUrl, asked.auth, test)) !== 204)
      return { status: 400, body: { code: 'invalid', invalidParams: [{ name: 'callbackUrl', code: 'invalid-callback-url' }] } }
    const taken = { url: `${url}/abonnement/${uuid}`, ...asked }
    subscribed.set(uuid, taken)
    return { status, body: taken }
  }

  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      answer(request, Buffer.concat(pieces).toString()).then(
        ({ status, body }) =>
          response.writeHead(status, { 'content-type': 'application/json' }).end(body === undefined ? '' : JSON.stringify(body)),
        (error) => response.destroy(error),
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`
  return {
    url,
    abonnementen: () => [...subscribed.values()],
    forget: () => subscribed.clear(),
    async deliver(...messages) {
      const statuses: number[] = []
      for (const message of messages)
        for (const { callbackUrl, auth, kanalen } of subscribed.values())
          if (kanalen.some(({ naam }) => naam === message.kanaal)) statuses.push(await send(callbackUrl, auth, message))
      return statuses
    },
    away(now) {
      isAway = now
    },
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

async function send(callback: string, authorization: string | undefined, message: Message): Promise<number> {
  const headers = { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) }
  const { status } = await fetch(callback, { method: 'POST', headers, body: JSON.stringify(message) })
  return status
}
