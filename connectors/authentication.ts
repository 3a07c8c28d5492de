import { SignJWT } from 'jose'
import { textOf } from './body.js'
import { type Clock, waitFor } from './clock.js'
import type { Authentication, HttpAnswer, OAuth2, Signing } from './connector.js'
import { SourceRefused } from './errors.js'
import { problemOf } from './failures.js'
import { signingOf } from './sign-in.js'
import { fill } from './template.js'

/** Gives the value of a credential when it is needed; it is kept nowhere. */
export type Credentials = (field: string) => string | Promise<string>

/** What signs a request. */
export interface Signature {
  readonly headers: { readonly [name: string]: string }
  /** A parameter of the query that is a credential. */
  readonly param?: { readonly name: string; readonly value: string }
}

/** Signs requests in one of the ways of `Authentication`. */
export interface Authenticator {
  /** The credentials that it takes, by field name; for messages. */
  readonly fields: readonly string[]
  /** Name of the parameter of the query that holds a credential, so that it is taken out of the links of a source that repeats it. */
  readonly param?: string
  /** Fetches a token, where there is none that is still good. Comes before the budget is asked for a place, since it sends a request of its own. */
  ready(signal: AbortSignal | undefined): Promise<void>
  /** Signs a request that goes now. */
  sign(): Promise<Signature>
  /** After a 401 on a request with this signature: whether there is another token now, so that the request is worth repeating. */
  renew(used: Signature, signal: AbortSignal | undefined): Promise<boolean>
}

/** What a token endpoint says of a request. */
export interface TokenRequest {
  path: string
  body: string
  headers: { [name: string]: string }
  /** Statuses that come back rather than as an error. */
  accept: readonly number[]
}

export interface AuthenticatorOptions {
  source: string
  authentication: Signing
  credentials: Credentials
  /** The setting in which a credential is found, for messages. */
  setting(field: string): string
  clock: Clock
  /** Sends a request to the token endpoint with the retries and the budget of the source, and without a credential in its headers. */
  send(request: TokenRequest): Promise<Pick<HttpAnswer, 'status' | 'body' | 'where'>>
}

/** The credentials that each way of signing takes, by field name. */
export const credentialFields: { readonly [by in Authentication['by']]: readonly string[] } = {
  none: [],
  // By the place: `placeCredentials`.
  place: [],
  // By the source file: `sign-in.ts`.
  stated: [],
  bearer: ['token'],
  token: ['token'],
  afasToken: ['token'],
  basic: ['username', 'password'],
  apiKey: ['key'],
  zgw: ['clientId', 'secret'],
  oauth2: ['clientId', 'clientSecret'],
}

/**
 * How requests are signed, as the source file says where the connector leaves that to it, with `{settings.x}` filled in.
 *
 * @param settings asked only where one is named
 * @throws SourceRefused when there is no value for one
 */
export function withSettings(
  authentication: Authentication | undefined,
  source: string,
  settings: () => { readonly [name: string]: unknown },
): Signing | undefined {
  if (authentication?.by === 'stated') return signingOf(settings().signIn)
  if (authentication?.by !== 'oauth2') return authentication
  const filled = (template: string, encode: (value: string) => string = String) => {
    try {
      return fill(template, (name) => textOf(settings()[name.replace(/^settings\./, '')]), encode)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw new SourceRefused(`source '${source}', its token endpoint: ${error.message}. Add it to sources/${source}.yaml.`)
    }
  }
  const { tokenPath, scope, fields = {} } = authentication
  // A setting that is the whole address is not one name in a path.
  const isWhole = /^\{[^{}]*\}$/.test(tokenPath)
  return {
    ...authentication,
    tokenPath: filled(tokenPath, isWhole ? String : encodeURIComponent),
    ...(scope === undefined ? {} : { scope: filled(scope) }),
    fields: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, filled(value)])),
  }
}

export function authenticatorFor(options: AuthenticatorOptions): Authenticator {
  const { authentication, credentials } = options
  switch (authentication.by) {
    case 'none':
    case 'place':
      return byHeader(authentication, async () => ({}))
    case 'bearer':
      return byHeader(authentication, async () => ({ Authorization: `Bearer ${await credentials('token')}` }))
    case 'token':
      return byHeader(authentication, async () => ({ Authorization: `Token ${await credentials('token')}` }))
    case 'afasToken':
      return byHeader(authentication, async () => ({ Authorization: `AfasToken ${afasToken(await credentials('token'), options)}` }))
    case 'apiKey':
      return 'param' in authentication
        ? byParam(authentication.param, () => credentials('key'))
        : byHeader(authentication, async () => ({ [authentication.header]: await credentials('key') }))
    case 'basic':
      return byHeader(authentication, async () => ({ Authorization: basic(await credentials('username'), await credentials('password')) }))
    case 'zgw':
      return byHeader(authentication, async () => ({
        Authorization: `Bearer ${await zgwToken(await credentials('clientId'), await credentials('secret'), options.clock)}`,
      }))
    case 'oauth2':
      return new ClientCredentials(options, authentication)
  }
}

const unchanging = { ready: async () => undefined, renew: async () => false }

function byHeader({ by }: Authentication, headers: () => Promise<Signature['headers']>): Authenticator {
  return { ...unchanging, fields: credentialFields[by], sign: async () => ({ headers: await headers() }) }
}

function byParam(name: string, value: () => string | Promise<string>): Authenticator {
  return {
    ...unchanging,
    fields: credentialFields.apiKey,
    param: name,
    sign: async () => ({ headers: {}, param: { name, value: await value() } }),
  }
}

const basic = (user: string, password: string): string => `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`

/**
 * The whole XML text of a token in base64. Less of it, such as the data alone, is refused by AFAS with no word on why.
 *
 * @see https://github.com/AFASSoftware/OASContent, OpenApiSpecs/profit
 */
function afasToken(text: string, { source, setting }: AuthenticatorOptions): string {
  const xml = text.trim()
  if (/^<token>[\s\S]*<\/token>$/.test(xml)) return Buffer.from(xml, 'utf8').toString('base64')
  throw new SourceRefused(
    `source '${source}': ${setting('token')} is not the text of a token, which begins with <token> and ends with </token>. Set it to the whole text that AFAS Profit gave.`,
  )
}

/**
 * A token of the ZGW APIs. It is made for one request, since the source counts its life from `iat`: so a long reading cannot run into its
 * end. No `exp`: the source decides how long it takes a token.
 *
 * @see https://vng-realisatie.github.io/gemma-zaken/themas/achtergronddocumentatie/authenticatie-autorisatie
 */
async function zgwToken(clientId: string, secret: string, clock: Clock): Promise<string> {
  return new SignJWT({ client_id: clientId, user_id: 'gemaal', user_representation: 'Gemaal' })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer(clientId)
    .setIssuedAt(Math.floor(clock.now().getTime() / 1000))
    .sign(new TextEncoder().encode(secret))
}

/** @see RFC 6749 §2.3.1: name and password are encoded as in a form before they are joined */
const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)

// A token is replaced a little before its end, so that it does not end on the way; of a short life no more than a tenth.
const marginMs = 30_000

/**
 * OAuth2 client credentials (RFC 6749 §4.4). One token for all requests of the client: the first that finds it ended fetches another, the
 * rest wait for it. An endpoint that hands out refresh tokens, and a new one with each answer, is followed in memory.
 */
class ClientCredentials implements Authenticator {
  readonly fields = credentialFields.oauth2
  readonly #options: AuthenticatorOptions
  readonly #settings: OAuth2
  #token: { value: string; until: number } | undefined
  #refreshToken: string | undefined
  #fetching: Promise<void> | undefined

  constructor(options: AuthenticatorOptions, settings: OAuth2) {
    this.#options = options
    this.#settings = settings
  }

  async ready(signal: AbortSignal | undefined): Promise<void> {
    if (this.#token && this.#options.clock.now().getTime() < this.#token.until) return
    await this.#fetch(signal)
  }

  async sign(): Promise<Signature> {
    return { headers: { Authorization: this.#bearer() } }
  }

  async renew({ headers: used }: Signature, signal: AbortSignal | undefined): Promise<boolean> {
    // Another request may have fetched one in the meantime.
    if (this.#bearer() === used.Authorization) {
      this.#token = undefined
      await this.#fetch(signal)
    }
    return this.#bearer() !== used.Authorization
  }

  #bearer(): string {
    return `Bearer ${this.#token?.value ?? ''}`
  }

  async #fetch(signal: AbortSignal | undefined): Promise<void> {
    this.#fetching ??= this.#ask().finally(() => {
      this.#fetching = undefined
    })
    await waitFor(this.#fetching, signal)
  }

  async #ask(): Promise<void> {
    if (this.#refreshToken !== undefined) {
      const refreshToken = this.#refreshToken
      // A refresh token may be good for one use only.
      this.#refreshToken = undefined
      const { refused } = await this.#take({ grant_type: 'refresh_token', refresh_token: refreshToken })
      if (!refused) return
    }
    const { scope, fields } = this.#settings
    const { refused, code, where } = await this.#take({
      grant_type: 'client_credentials',
      ...(scope === undefined ? {} : { scope }),
      ...fields,
    })
    if (!refused) return
    throw new SourceRefused(
      `${where}: the token endpoint refuses us${code === undefined ? '' : ` (${code})`}. Check ${this.fields.map(this.#options.setting).join(' and ')}, ` +
        `or request new ones from the administrator of the source. If that is not its address: tokenPath of the connector is from the root with a slash in front, else under the base URL.`,
    )
  }

  async #take(grant: { [name: string]: string }): Promise<{ refused: boolean; where: string; code?: string | undefined }> {
    const { credentials, clock, send } = this.#options
    const askedAt = clock.now().getTime()
    const { tokenPath, body: form, client } = this.#settings
    const [id, secret] = [await credentials('clientId'), await credentials('clientSecret')]
    const fields = client === 'basic' ? grant : { ...grant, client_id: id, client_secret: secret }
    const json = form === 'json'
    const { status, body, where } = await send({
      path: tokenPath,
      body: json ? JSON.stringify(fields) : new URLSearchParams(fields).toString(),
      headers: {
        'Content-Type': json ? 'application/json' : 'application/x-www-form-urlencoded',
        ...(client === 'basic' ? { Authorization: basic(formEncoded(id), formEncoded(secret)) } : {}),
      },
      // @see RFC 6749 §5.2
      accept: [400, 401],
    })
    if (status >= 400) return { refused: true, where, code: problemOf(body).code }
    const answer = (typeof body === 'object' && body !== null ? body : {}) as { [name: string]: unknown }
    if (typeof answer.access_token !== 'string' || answer.access_token === '') {
      throw new SourceRefused(
        `${where}: the token endpoint answers without an access_token. Check tokenPath of the connector against the documentation of the source.`,
      )
    }
    const lifeMs = Number(answer.expires_in) * 1000
    // Without a stated life a token is good until the source refuses it.
    const until = Number.isFinite(lifeMs) && lifeMs > 0 ? askedAt + lifeMs - Math.min(marginMs, lifeMs / 10) : Number.POSITIVE_INFINITY
    this.#token = { value: answer.access_token, until }
    if (typeof answer.refresh_token === 'string' && answer.refresh_token !== '') this.#refreshToken = answer.refresh_token
    return { refused: false, where }
  }
}
