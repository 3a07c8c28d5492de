import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { pipeline, Readable } from 'node:stream'
import { createSecureContext, type SecureContext } from 'node:tls'
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib'
import axios, { type AxiosInstance } from 'axios'
import { type Agents, agentsFor, type ProxySettings, passesProxy } from './proxy.js'

/** Certificates as PEM text. A `ca` is trusted in place of the well-known ones, so that a source behind a private CA is reached through no other. */
export interface TlsSettings {
  ca?: string | undefined
  cert?: string | undefined
  key?: string | undefined
}

export interface WireOptions {
  userAgent: string
  tls?: TlsSettings | undefined
  proxy?: ProxySettings | undefined
  /** From the first packet to the end of the TLS handshake. */
  connectTimeoutMs: number
}

export interface WireRequest {
  url: URL
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  headers: { readonly [name: string]: string }
  body?: string | undefined
  /** No byte for so long breaks off the request; a reader that is slow to take what came does not count. */
  idleTimeoutMs: number
  signal?: AbortSignal | undefined
}

/** An answer whose body is still on its way. Its reader takes all of `body`, or calls `discard`. */
export interface WireAnswer {
  status: number
  headers: { readonly [name: string]: string | undefined }
  /** The bytes of the body, unpacked. May be taken once. */
  body: AsyncIterable<Uint8Array>
  discard(): void
}

/** A request that got no whole answer. `code` is that of Node.js, or one of ours; nothing else of the cause is kept, since it holds headers. */
export class BrokenOff extends Error {
  readonly code: string
  constructor(code: string) {
    super(`the request broke off: ${code}`)
    this.code = code
  }
}

/** One axios client with the connections of one source: sends one request, follows nothing, judges nothing. */
export class Wire {
  readonly #axios: AxiosInstance
  readonly #agents: Agents
  readonly #options: WireOptions
  #secure: SecureContext | undefined

  constructor(options: WireOptions) {
    this.#options = options
    this.#agents = agentsFor(options.proxy)
    this.#axios = axios.create({
      responseType: 'stream',
      // All that axios could do by itself is done here where it can be bounded: redirects, unpacking, proxies from the environment, time-outs.
      maxRedirects: 0,
      decompress: false,
      proxy: false,
      timeout: 0,
      maxContentLength: -1,
      maxBodyLength: Number.POSITIVE_INFINITY,
      validateStatus: () => true,
      transformRequest: (data) => data,
      transformResponse: (data) => data,
      // axios would let a site's cookie or a user name in the address speak for us.
      headers: { common: {} },
      withXSRFToken: false,
    })
  }

  /**
   * @throws BrokenOff when no answer came
   * @throws the reason of the signal, when it is aborted
   */
  async send(request: WireRequest): Promise<WireAnswer> {
    const { signal } = request
    signal?.throwIfAborted()
    const stop = new AbortController()
    const cancel = () => stop.abort(signal?.reason)
    signal?.addEventListener('abort', cancel, { once: true })
    let timer = setTimeout(() => stop.abort(new BrokenOff('connect-timeout')), this.#options.connectTimeoutMs)
    const connected = () => {
      clearTimeout(timer)
      timer = setTimeout(() => stop.abort(new BrokenOff('idle-timeout')), request.idleTimeoutMs)
    }
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', cancel)
    }
    try {
      const { http, https } = this.#agentsOf(request.url)
      const response = await this.#axios.request<IncomingMessage>({
        url: request.url.href,
        method: request.method,
        headers: { 'User-Agent': this.#options.userAgent, 'Accept-Encoding': 'gzip, deflate, br', ...request.headers },
        data: request.body,
        httpAgent: http,
        httpsAgent: https,
        transport: this.#transport(connected),
        signal: stop.signal,
      })
      clearTimeout(timer)
      const raw = response.data
      // The body is read later, or never: an error before that has no one to go to.
      raw.on('error', () => undefined)
      raw.once('close', done)
      return {
        status: response.status,
        headers: plainHeaders(raw),
        body: unpacked(raw, response.status, request.idleTimeoutMs, stop.signal),
        discard: () => raw.destroy(),
      }
    } catch (error) {
      done()
      if (stop.signal.aborted) throw stop.signal.reason
      throw broken(error)
    }
  }

  close(): void {
    const { http, https, proxied } = this.#agents
    for (const agent of [http, https, proxied.http, proxied.https]) agent?.destroy()
  }

  #agentsOf(url: URL) {
    const { http, https, proxied } = this.#agents
    return passesProxy(url, this.#options.proxy) ? { http: proxied.http, https: proxied.https } : { http, https }
  }

  /** What axios sends with; it knows when the connection stands. */
  #transport(connected: () => void) {
    return {
      request: (options: object & { protocol?: string }, answer: (response: IncomingMessage) => void): ClientRequest => {
        const secure = options.protocol === 'https:'
        const request = secure
          ? requestHttps({ ...options, secureContext: this.#secureContext() } as object, answer)
          : requestHttp(options, answer)
        request.once('socket', (socket) => {
          if (request.reusedSocket || (!secure && !socket.connecting)) connected()
          else socket.once(secure ? 'secureConnect' : 'connect', connected)
        })
        return request
      },
    }
  }

  /** Made at the first request, so that a certificate that cannot be read is an error of a request as any other. */
  #secureContext(): SecureContext {
    const { ca, cert, key } = this.#options.tls ?? {}
    this.#secure ??= createSecureContext({ ca, cert, key })
    return this.#secure
  }
}

function broken(error: unknown): unknown {
  const { code, cause, message } = error as { code?: unknown; cause?: { code?: unknown }; message?: unknown }
  // Node.js has one code for all that can go wrong in a handshake; OpenSSL's own words tell the commonest mistake.
  if (code === 'EPROTO' && /wrong version number|packet length too long/.test(String(message)))
    return new BrokenOff('ERR_SSL_WRONG_VERSION_NUMBER')
  const known = typeof code === 'string' ? code : typeof cause?.code === 'string' ? cause.code : undefined
  // An error of axios holds the whole request, with its headers.
  return known !== undefined || axios.isAxiosError(error) ? new BrokenOff(known ?? 'unknown') : error
}

function plainHeaders(response: IncomingMessage): { [name: string]: string | undefined } {
  return Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
}

async function* unpacked(
  raw: IncomingMessage,
  status: number,
  idleMs: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const encoding = (raw.headers['content-encoding'] ?? '').trim().toLowerCase()
  const bytes = arriving(raw, idleMs, signal)
  try {
    if (encoding === '' || encoding === 'identity' || status === 204) yield* bytes
    else yield* unpack(bytes, encoding)
  } finally {
    raw.destroy()
  }
}

/** The bytes as they come, with the idle time-out running only while one is waited for. */
async function* arriving(raw: IncomingMessage, idleMs: number, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const stop = () => raw.destroy(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  const pieces = raw[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>
  try {
    for (;;) {
      signal.throwIfAborted()
      const timer = setTimeout(() => raw.destroy(new BrokenOff('idle-timeout')), idleMs)
      const next = await pieces.next().finally(() => clearTimeout(timer))
      if (next.done) return
      yield next.value
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw broken(error)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

async function* unpack(bytes: AsyncGenerator<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array, void, undefined> {
  const first = await bytes.next()
  // An empty body may still say that it is packed.
  if (first.done) return
  const opener = openerOf(encoding, first.value)
  if (!opener) throw new BrokenOff('unknown-encoding')
  async function* all() {
    yield first.value as Uint8Array
    yield* bytes
  }
  let failure: unknown
  pipeline(Readable.from(all(), { objectMode: false }), opener, (error) => {
    failure = error
  })
  try {
    for await (const piece of opener) yield piece as Uint8Array
  } catch (error) {
    const cause = failure ?? error
    throw cause instanceof BrokenOff ? cause : broken(cause)
  }
}

function openerOf(encoding: string, first: Uint8Array) {
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip()
  if (encoding === 'br') return createBrotliDecompress()
  // `deflate` means zlib (RFC 9110 §8.4.1.2), yet some servers send it bare; the first byte tells which it is.
  if (encoding === 'deflate') return ((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw()
  return undefined
}
