/** The endpoint that a Notificaties API calls: who may call, how much, and in which form. What a message means is for `notified.ts`. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { z } from 'zod'
import type { Log, Notificatie } from '../connectors/connector.js'
import { listening, type Serving } from './serving.js'

export interface CallbackOptions {
  /** 0: any that is free. */
  port: number
  /** Who takes what a source tells; undefined for a source that tells us nothing. */
  receiverOf(source: string): Promise<Receiver | undefined>
  log: Log
}

export interface Receiver {
  /** What the source has to send as `Authorization`, whole. */
  secret: string
  /** Keeps what the message says. It is answered when this resolves; when it rejects, the sender is asked to send it again. */
  take(notificatie: Notificatie): Promise<void>
}

/** A message is some hundreds of bytes; its kenmerken are few. */
const mostBytes = 64 * 1024
const longestMs = 10_000
const pathForm = /^\/notificaties\/([a-z0-9-]+)\/?$/

const form = z.object({
  kanaal: z.string(),
  hoofdObject: z.string(),
  resource: z.string(),
  resourceUrl: z.string(),
  actie: z.string(),
  kenmerken: z.record(z.string(), z.unknown()).default({}),
})

/**
 * Serves `POST /notificaties/<source>`: 204 when the message is kept, 401 without the right `Authorization`, which the Notificaties API tries when it
 * is subscribed, and 503 when it has to come again.
 *
 * @see open-notificaties docs/delivery_guarantees.rst: any 2xx is delivered, all else is sent again for about a day
 */
export async function serveCallbacks(options: CallbackOptions): Promise<Serving> {
  const server = createServer((request, response) => {
    answerTo(options, request)
      .catch((error) => {
        options.log.warn({ code: (error as Error).name }, 'a notificatie could not be kept; the source sends it again')
        return 503
      })
      .then((status) => {
        // What is left of a body that is too large is not waited for.
        response.writeHead(status, { 'cache-control': 'no-store', ...(status === 413 && { connection: 'close' }) }).end()
      })
  })
  server.requestTimeout = longestMs
  server.headersTimeout = longestMs
  return listening(server, options.port)
}

async function answerTo({ receiverOf }: CallbackOptions, request: IncomingMessage): Promise<number> {
  const source = pathForm.exec(request.url ?? '')?.[1]
  if (source === undefined) return 404
  const receiver = await receiverOf(source)
  // A source that is not known is told apart from a wrong secret by nobody who asks.
  if (receiver === undefined || !isSame(request.headers.authorization, receiver.secret)) return 401
  if (request.method !== 'POST') return 405
  const body = await textOf(request)
  if (body === undefined) return 413
  const message = form.safeParse(parsed(body))
  if (!message.success) return 400
  if (message.data.kanaal !== 'test') await receiver.take(message.data)
  return 204
}

/** Takes as long for any value. */
function isSame(given: string | undefined, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given ?? ''), digest(secret))
}

/** @returns undefined for a body that is too large */
async function textOf(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length
    if (bytes > mostBytes) return undefined
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
