import { randomBytes } from 'node:crypto'
import { Addresses, type AddressOptions, withoutParam, withParams } from './addresses.js'
import { type Authenticator, authenticatorFor, type Credentials, type Signature } from './authentication.js'
import { type Budget, longestInPlaceMs, memoryBudget } from './budget.js'
import { type Clock, systemClock } from './clock.js'
import type { HttpAnswer, HttpRequest, Log, Signing, SourceRecord } from './connector.js'
import { SourceRefused, SourceUnavailable, UnexpectedResponse } from './errors.js'
import { type Failure, type FailureContext, failureOfStatus, problemOf } from './failures.js'
import { type BytesAnswer, type BytesClient, bodyOf, failureOf, refusalOf } from './http-answer.js'
import { recordsOf } from './json-stream.js'
import { NotJson } from './json-text.js'
import type { ProxySettings } from './proxy.js'
import { shownUrl } from './redact.js'
import { retryAfter } from './retry-after.js'
import { type TlsSettings, Wire, type WireAnswer } from './wire.js'

export interface HttpOptions extends AddressOptions {
  authentication?: Signing | undefined
  /** Gives the value of a credential each time that it is needed. */
  credentials?: Credentials | undefined
  /** The setting in which a credential is found, for messages. Left out: `GEMAAL_<SOURCE>_<FIELD>`. */
  credentialSetting?: ((field: string) => string) | undefined
  /** Headers of every request: those of the connector, and those of the source file, whose values may be secret. */
  headers?: { readonly [name: string]: string | (() => string | Promise<string>) } | undefined
  tls?: TlsSettings | undefined
  proxy?: ProxySettings | undefined
  /** Left out: no limit, yet one `blocked until` for all requests of this client. */
  budget?: Budget | undefined
  /** Version of the product, for `User-Agent: gemaal/<version>`. */
  version: string
  /** W3C trace id (32 hex digits) that the requests are part of. Left out: a trace of this client's own. */
  traceId?: string | undefined
  log: Log
  /** Default 20 s: from the first packet to the end of the TLS handshake. */
  connectTimeoutMs?: number | undefined
  /** Default 120 s without a byte. Large lists of real servers take half a minute before the first one. */
  idleTimeoutMs?: number | undefined
  /** Largest answer of `request`, unpacked. Default 256 MB. */
  maxAnswerBytes?: number | undefined
  /** Largest record of `records`. Default 16 MB. */
  maxRecordBytes?: number | undefined
  clock?: Clock | undefined
}

/** What one stream, or one Temporal activity, sees of the client of its source. */
export interface HttpView {
  /** Name of the stream, for messages. */
  stream?: string | undefined
  /** Ends waits and requests; they then throw its reason. */
  signal?: AbortSignal | undefined
  /** Numbers arrive as exact text, where a request does not say otherwise. */
  exact?: boolean | undefined
}

/** The client of a source. Connections, token and budget are shared by all views of it. */
export interface SourceHttp extends BytesClient {
  of(view: HttpView): BytesClient
  /** Closes the connections that are kept. Requests that still run fail. */
  close(): void
}

/**
 * Opens the client of one source. Nothing is sent yet.
 *
 * @throws SourceRefused when an address of the source file cannot be used
 */
export function openHttp(options: HttpOptions): SourceHttp {
  const core = new Core(options)
  return Object.assign(new View(core, {}), { of: (view: HttpView) => new View(core, view), close: () => core.wire.close() })
}

const megabyte = 1024 * 1024
const maxRedirects = 5
/** What may not stand in the value of a header. @see RFC 9110 §5.5 */
const unsendable = /[^\t\x20-\x7e\x80-\xff]/
const backoffMs = 500
/** As for a status that passes. */
const attemptsWhenJudged = 4

/** An answer that means something else than its status says. */
class Judged extends Error {
  readonly failure: Failure
  /** Our token ended: worth another try with a new one. */
  readonly renew: boolean
  constructor(failure: Failure, renew = false) {
    super('the answer was judged by its content')
    this.failure = failure
    this.renew = renew
  }
}

/** An answer that is accepted, its body not yet read; the budget's place is held until `release`. */
interface Open {
  answer: WireAnswer
  url: URL
  release: () => void
}

class Core {
  readonly options: HttpOptions
  readonly addresses: Addresses
  readonly wire: Wire
  readonly clock: Clock
  readonly #budget: Budget
  readonly #authenticator: Authenticator
  readonly #traceId: string

  constructor(options: HttpOptions) {
    this.options = options
    this.clock = options.clock ?? systemClock
    this.addresses = new Addresses(options)
    this.wire = new Wire({
      userAgent: `gemaal/${options.version}`,
      tls: options.tls,
      proxy: options.proxy,
      connectTimeoutMs: options.connectTimeoutMs ?? 20_000,
    })
    this.#budget = options.budget ?? memoryBudget({ name: options.source }, this.clock)
    this.#traceId = options.traceId ?? randomBytes(16).toString('hex')
    this.#authenticator = authenticatorFor({
      source: options.source,
      authentication: options.authentication ?? { by: 'none' },
      credentials: options.credentials ?? (() => ''),
      setting: this.#setting,
      clock: this.clock,
      send: async ({ path, body, headers, accept }) => {
        const url = this.addresses.resolve(path, this.addresses.root.href)
        const request = { url, method: 'POST' as const, headers, accept }
        return this.#run(request, {}, (open) => this.read(open, request, {}), { rawBody: body, signed: false })
      },
    })
  }

  readonly #setting = (field: string): string =>
    (this.options.credentialSetting ?? ((name) => settingName(this.options.source, name)))(field)

  /** Sends a request until it is answered in a way that `use` can take, or until trying on in place makes no sense. */
  run<T>(request: HttpRequest, view: HttpView, use: (open: Open) => Promise<T>, keep = false): Promise<T> {
    return this.#run(request, view, use, { signed: true, keep })
  }

  async #run<T>(
    request: HttpRequest,
    view: HttpView,
    use: (open: Open) => Promise<T>,
    more: { signed: boolean; rawBody?: string; keep?: boolean },
  ): Promise<T> {
    const url = new URL(this.#unsigned(requestUrl(this.addresses, request).href))
    let renewed = false
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#attempt(url, request, view, use, { ...more, renewed })
      if ('value' in outcome) return outcome.value
      if (outcome.renewed) {
        renewed = true
        attempt -= 1
        continue
      }
      const { error, attempts } = outcome.failure
      const retryAt = error instanceof SourceUnavailable ? error.retryAt : undefined
      if (retryAt) await this.#budget.blockedUntil(retryAt)
      if (attempt >= attempts || (retryAt && retryAt.getTime() - this.clock.now().getTime() > longestInPlaceMs)) {
        if (attempt > 1) error.message += ` Tried ${attempt} times.`
        throw error
      }
      this.options.log.debug({ source: this.options.source, stream: view.stream, attempt, reason: error.message }, 'request is tried again')
      // The budget itself waits for the moment that the source named, so that all who share it do.
      if (!retryAt) await this.clock.sleep(backoffMs * 2 ** (attempt - 1) * (0.5 + this.clock.random() / 2), view.signal)
    }
  }

  async #attempt<T>(
    url: URL,
    request: HttpRequest,
    view: HttpView,
    use: (open: Open) => Promise<T>,
    { signed, rawBody, keep, renewed }: { signed: boolean; rawBody?: string; keep?: boolean; renewed: boolean },
  ): Promise<{ value: T } | { failure: Failure; renewed?: false } | { renewed: true }> {
    if (signed) await this.#authenticator.ready(view.signal)
    const release = await this.#budget.acquire(view.signal)
    let held = false
    let signature: Signature = { headers: {} }
    /** Whether there is another token now; the place in the budget is free for the request that fetches it. */
    const renew = async (): Promise<boolean> => {
      if (!signed || renewed) return false
      release()
      return this.#authenticator.renew(signature, view.signal)
    }
    try {
      if (signed) signature = await this.#authenticator.sign()
      const headers = await this.#headers(request, signature)
      const body = rawBody ?? (request.body === undefined ? undefined : JSON.stringify(request.body))
      const sent = await this.#follow(url, request, view, { headers, body, param: signature.param })
      const refusal = await refusalOf(sent.answer, request, this.clock.now())
      if (!refusal) {
        const value = await use({ ...sent, release })
        held = keep === true
        return { value }
      }
      if (refusal.status === 401 && (await renew())) return { renewed: true }
      return { failure: failureOfStatus(refusal, this.context(request, view, sent.url)) }
    } catch (error) {
      if (error instanceof Judged) return error.renew && (await renew()) ? { renewed: true } : { failure: error.failure }
      const failure = failureOf(error, this.context(request, view, url))
      if (!failure) throw error
      return { failure }
    } finally {
      if (!held) release()
    }
  }

  /** Follows redirects within the origins of the source: each goes with the credentials, so that anywhere else is refused. */
  async #follow(
    start: URL,
    request: HttpRequest,
    view: HttpView,
    { headers, body, param }: { headers: { [name: string]: string }; body: string | undefined; param: Signature['param'] },
  ): Promise<{ answer: WireAnswer; url: URL }> {
    let url = start
    for (let redirects = 0; ; redirects += 1) {
      const startedAt = this.clock.now()
      const answer = await this.wire.send({
        url: param === undefined ? url : withParams(url, { [param.name]: param.value }),
        method: request.method ?? 'GET',
        headers,
        body,
        idleTimeoutMs: request.idleTimeoutMs ?? this.options.idleTimeoutMs ?? 120_000,
        signal: view.signal,
      })
      const ms = this.clock.now().getTime() - startedAt.getTime()
      this.options.log.debug(
        {
          source: this.options.source,
          stream: view.stream,
          method: request.method ?? 'GET',
          url: shownUrl(url),
          status: answer.status,
          ms,
        },
        'answered',
      )
      const location = answer.headers.location
      const sameRequest = (request.method ?? 'GET') === 'GET' ? [301, 302, 303, 307, 308] : [307, 308]
      if (location === undefined || !sameRequest.includes(answer.status)) return { answer, url }
      answer.discard()
      if (redirects === maxRedirects)
        throw new UnexpectedResponse(`${this.context(request, view, url).where}: more than ${maxRedirects} redirects.`)
      url = new URL(this.resolve(location, url.href))
    }
  }

  resolve(link: string, from?: string): string {
    return this.#unsigned(this.addresses.resolve(link, from))
  }

  /** An address without a credential in its query, which many a server repeats in its links: they are kept in cursors. */
  #unsigned(address: string): string {
    const { param } = this.#authenticator
    return param === undefined ? address : withoutParam(address, param)
  }

  async #headers(request: HttpRequest, signature: Signature): Promise<{ [name: string]: string }> {
    const own: { [name: string]: string } = {}
    for (const [name, value] of Object.entries(this.options.headers ?? {})) own[name] = typeof value === 'string' ? value : await value()
    const headers = {
      Accept: 'application/json',
      ...(request.body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...own,
      ...request.headers,
      ...signature.headers,
      // @see W3C Trace Context §3.2: version, trace, this request as parent, sampled
      traceparent: `00-${this.#traceId}-${randomBytes(8).toString('hex')}-01`,
    }
    for (const [name, value] of Object.entries(headers)) {
      // The client below would send it without the character: a credential that is nearly right.
      if (unsendable.test(value)) {
        const settings = this.#authenticator.fields.map(this.#setting).join(' and ')
        const whose = name in signature.headers && settings ? settings : `the header ${name}`
        throw new SourceRefused(
          `source '${this.options.source}': ${whose} holds a character that cannot be sent, such as a line break. Correct its value.`,
        )
      }
    }
    return headers
  }

  async read({ answer, url }: Open, request: HttpRequest, view: HttpView): Promise<HttpAnswer> {
    const { source, log, maxAnswerBytes = 256 * megabyte } = this.options
    const { body, damaged } = await bodyOf(answer, {
      bytes: maxAnswerBytes,
      exact: request.exact ?? view.exact ?? false,
      text: request.text ?? false,
    })
    if (damaged)
      log.warn({ source, stream: view.stream, url: shownUrl(url) }, 'some text of the answer is damaged: bytes that are not in its charset')
    const context = this.context(request, view, url)
    const whole: HttpAnswer = { status: answer.status, headers: answer.headers, url: url.href, where: context.where, body }
    this.#judge(whole, request, context)
    return whole
  }

  #judge(answer: HttpAnswer, request: HttpRequest, context: FailureContext): void {
    let verdict: ReturnType<NonNullable<HttpRequest['judge']>>
    try {
      verdict = request.judge?.(answer)
    } catch (error) {
      throw error instanceof SourceUnavailable ? new Judged({ error, attempts: attemptsWhenJudged }) : error
    }
    if (verdict === undefined) return
    const { headers, body } = answer
    const status = verdict === 'renew' ? 401 : answer.status
    const retryAt = retryAfter(headers['retry-after'], context.now, headers.date)
    throw new Judged(failureOfStatus({ status, headers, problem: problemOf(body), html: false, retryAt }, context), verdict === 'renew')
  }

  context(request: HttpRequest, view: HttpView, url: URL): FailureContext {
    const { source } = this.options
    const stream = view.stream === undefined ? '' : `, stream '${view.stream}'`
    return {
      where: `source '${source}'${stream}, ${request.method ?? 'GET'} ${shownUrl(url)}`,
      source,
      host: url.host,
      credentialSettings: this.#authenticator.fields.map(this.#setting),
      tokenHasTime: this.options.authentication?.by === 'zgw',
      now: this.clock.now(),
    }
  }
}

class View implements BytesClient {
  readonly #core: Core
  readonly view: HttpView

  constructor(core: Core, view: HttpView) {
    this.#core = core
    this.view = view
  }

  request(request: HttpRequest): Promise<HttpAnswer> {
    return this.#core.run(request, this.view, (open) => this.#core.read(open, request, this.view))
  }

  async bytes(request: HttpRequest): Promise<BytesAnswer> {
    const open = await this.#core.run(request, this.view, async (answer) => answer, true)
    const context = this.#core.context(request, this.view, open.url)
    const discard = () => {
      open.answer.discard()
      open.release()
    }
    async function* body() {
      try {
        yield* open.answer.body
      } catch (error) {
        throw failureOf(error, context)?.error ?? error
      } finally {
        discard()
      }
    }
    const { status, headers } = open.answer
    return { status, headers, url: open.url.href, where: context.where, body: body(), discard }
  }

  async *records(
    request: HttpRequest,
    at?: string,
    answered?: (answer: Omit<HttpAnswer, 'body'>) => void,
  ): AsyncGenerator<SourceRecord[], void, undefined> {
    const { options } = this.#core
    const open = await this.#core.run(request, this.view, async (answer) => answer, true)
    const context = this.#core.context(request, this.view, open.url)
    const { status, headers } = open.answer
    try {
      answered?.({ status, headers, url: open.url.href, where: context.where })
      if (status >= 400 || status === 204) return
      yield* recordsOf(open.answer.body, {
        at,
        exact: request.exact ?? this.view.exact ?? false,
        contentType: headers['content-type'],
        maxRecordBytes: options.maxRecordBytes ?? 16 * megabyte,
      })
    } catch (error) {
      // What came may be staged by now, and the list can have moved: only the slice as a whole can be read again.
      if (error instanceof NotJson && error.cutOff)
        throw new SourceUnavailable(`${context.where}: the answer breaks off.`, { cause: error })
      throw failureOf(error, context)?.error ?? error
    } finally {
      open.answer.discard()
      open.release()
    }
  }

  resolve(link: string, from?: string): string {
    return this.#core.resolve(link, from)
  }
}

function requestUrl(addresses: Addresses, { url, api, params }: HttpRequest): URL {
  return withParams(addresses.url(url, api), params ?? {})
}

/** `GEMAAL_OPEN_ZAAK_CLIENT_ID` for field `clientId` of source `open-zaak`. */
function settingName(source: string, field: string): string {
  const words = (text: string) => text.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/[^A-Za-z0-9]+/g, '_')
  return `GEMAAL_${words(source)}_${words(field)}`.toUpperCase()
}
