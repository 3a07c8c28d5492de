import type { Connector, HttpRequest } from './connector.js'
import { SourceRefused } from './errors.js'
import { shownUrl } from './redact.js'

export interface AddressOptions {
  /** Name of the source, for messages. */
  source: string
  /** One base URL for all APIs of the connector, or one an API. */
  baseUrl: string | { readonly [api: string]: string }
  /** The connector's APIs: each with its path under one shared base URL. */
  apis?: Connector['apis']
  /** Addresses as they stand inside links → the API that they mean. For a connector without APIs the name is not looked at. */
  knownAs?: { readonly [address: string]: string } | undefined
  /** Further origins that credentials may go to, such as that of a token endpoint. */
  origins?: readonly string[] | undefined
}

/**
 * The addresses of one source: where its APIs are, and which links may be followed. Nothing is requested, and so no credential goes, outside
 * of the origins that the source file lists.
 */
export class Addresses {
  readonly #source: string
  readonly #bases = new Map<string, URL>()
  /** Longest first, so that the nearest address wins. */
  readonly #known: { from: URL; to: URL }[]
  readonly #origins: Set<string>

  constructor(options: AddressOptions) {
    this.#source = options.source
    for (const [api, address] of baseUrls(options))
      this.#bases.set(api, this.#parse(address, api === '' ? 'baseUrl' : `baseUrl of '${api}'`))
    this.#known = Object.entries(options.knownAs ?? {})
      .map(([address, api]) => ({
        from: this.#parse(address, 'knownAs'),
        to: this.base(this.#bases.has('') && this.#bases.size === 1 ? '' : api),
      }))
      .sort((a, b) => b.from.pathname.length - a.from.pathname.length)
    this.#origins = new Set([...this.#bases.values()].map((url) => url.origin))
    for (const origin of options.origins ?? []) this.#origins.add(this.#parse(origin, 'origins').origin)
  }

  base(api = ''): URL {
    const base = this.#bases.get(api) ?? (api === '' && this.#bases.size === 1 ? [...this.#bases.values()][0] : undefined)
    if (base) return base
    const names = [...this.#bases.keys()].map((name) => `'${name}'`).join(', ')
    throw new SourceRefused(
      api === ''
        ? `source '${this.#source}': this connector has several APIs (${names}) and the request does not say which one it means; the connector has to name it.`
        : `source '${this.#source}': there is no base URL for API '${api}' (there is ${names}). Add it under baseUrl in sources/${this.#source}.yaml.`,
    )
  }

  /** The first base URL, with a slash at its end: what the address of a token endpoint is relative to. */
  get root(): URL {
    return withSlash([...this.#bases.values()][0]!)
  }

  /** The address of a request: a path under the API's base URL, or an absolute link. A path that begins with a slash is under the base URL too. */
  url(path: string, api?: string): URL {
    if (isAbsolute(path)) return new URL(this.resolve(path))
    const base = this.base(api)
    const relative = path.replace(/^\/+/, '')
    if (relative === '') return new URL(base)
    if (relative.startsWith('?')) return new URL(base.href.replace(/[?#].*$/, '') + relative)
    return new URL(`./${relative}`, withSlash(base))
  }

  /**
   * The address that a link of the source means, for requests only: relative to `from` (else to the base URL), mapped by `knownAs`.
   *
   * @throws SourceRefused when it leads to an origin that the source file does not list
   */
  resolve(link: string, from?: string): string {
    let url: URL
    try {
      url = from === undefined ? (isAbsolute(link) ? new URL(link) : this.url(link)) : new URL(link, from)
    } catch (error) {
      if (error instanceof SourceRefused) throw error
      throw new SourceRefused(
        `source '${this.#source}': a link of the source cannot be read as an address. Report it to the supplier of the source.`,
      )
    }
    url.username = ''
    url.password = ''
    url.hash = ''
    for (const { from: known, to } of this.#known) {
      const rest = below(url, known)
      if (rest !== undefined) return to.href.replace(/[/?#]*$/, '') + rest + url.search
    }
    if (this.#origins.has(url.origin)) return url.href
    // Behind a gateway that ends TLS a server often writes http in its links. The way up to TLS is safe, the way down is not taken.
    if (url.protocol === 'http:' && url.port === '' && this.#origins.has(`https://${url.host}`)) {
      url.protocol = 'https:'
      return url.href
    }
    throw new SourceRefused(
      `source '${this.#source}': a link leads to ${shownUrl(url.origin)}, which sources/${this.#source}.yaml does not list, so no credential goes there. ` +
        `If it is this source under another name, add it under knownAs.`,
    )
  }

  #parse(address: string, setting: string): URL {
    const url = URL.canParse(address) ? new URL(address) : undefined
    if (!url || !/^https?:$/.test(url.protocol)) {
      throw new SourceRefused(
        `source '${this.#source}': ${setting} is not an http or https address. Correct it in sources/${this.#source}.yaml.`,
      )
    }
    if (url.username || url.password) {
      throw new SourceRefused(
        `source '${this.#source}': ${setting} holds a user or password; give them as credentials of the source instead.`,
      )
    }
    return url
  }
}

function baseUrls({ baseUrl, apis }: AddressOptions): [string, string][] {
  if (typeof baseUrl !== 'string') return Object.entries(baseUrl)
  if (!apis || Object.keys(apis).length === 0) return [['', baseUrl]]
  return Object.entries(apis).map(([api, path]) => [api, baseUrl.replace(/\/*$/, '') + (path === '' ? '' : `/${path.replace(/^\/+/, '')}`)])
}

const isAbsolute = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(text)

function withSlash(url: URL): URL {
  const copy = new URL(url)
  copy.search = ''
  if (!copy.pathname.endsWith('/')) copy.pathname += '/'
  return copy
}

/** What follows `base` in the path of `url`, with its slash; undefined when `url` is not under it. */
function below(url: URL, base: URL): string | undefined {
  const prefix = base.pathname.replace(/\/+$/, '')
  if (url.origin !== base.origin || !url.pathname.startsWith(prefix)) return undefined
  const rest = url.pathname.slice(prefix.length)
  return rest === '' || rest.startsWith('/') ? rest : undefined
}

/** An address with parameters behind those that it has. */
export function withParams(url: URL, params: NonNullable<HttpRequest['params']>): URL {
  const added = Object.entries(params).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as [string, string]]))
  if (added.length === 0) return url
  const address = new URL(url)
  // What stands in the address stays as it is spelt there: a link of the source may not be written anew.
  address.search = [address.search.replace(/^\?/, ''), new URLSearchParams(added)].filter((part) => String(part) !== '').join('&')
  return address
}

/** An address without a parameter; all else in its query stays as it is spelt. */
export function withoutParam(address: string, name: string): string {
  const url = new URL(address)
  const parts = url.search.replace(/^\?/, '').split('&')
  const kept = parts.filter((part) => !new URLSearchParams(part).has(name))
  if (kept.length < parts.length) url.search = kept.join('&')
  return url.href
}
