import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { BlockList, isIP } from 'node:net'
import { HttpProxyAgent } from 'http-proxy-agent'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { SourceRefused } from './errors.js'

/** The settings of a proxy, with the meaning of `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. */
export interface ProxySettings {
  /** Proxy for sources on http. */
  http?: string | undefined
  /** Proxy for sources on https: reached by CONNECT, so that it sees no more than the host. */
  https?: string | undefined
  /** Hosts that are called straight: names with their subdomains, `host:port`, addresses, address ranges (`10.0.0.0/8`), or `*`. Split by commas or spaces. */
  no?: string | undefined
}

export interface Agents {
  http: HttpAgent
  https: HttpsAgent
  /** Agents of the proxy, for the addresses for which `passes` says so. */
  proxied: { http: HttpAgent | undefined; https: HttpAgent | undefined }
}

/** Connections are kept for the next request, of which a listing has thousands. */
export function agentsFor(proxy: ProxySettings | undefined): Agents {
  const keep = { keepAlive: true }
  return {
    http: new HttpAgent(keep),
    https: new HttpsAgent(keep),
    proxied: {
      http: proxy?.http ? new HttpProxyAgent(proxyUrl(proxy.http, 'HTTP_PROXY'), keep) : undefined,
      https: proxy?.https ? new HttpsProxyAgent(proxyUrl(proxy.https, 'HTTPS_PROXY'), keep) : undefined,
    },
  }
}

function proxyUrl(text: string, setting: string): URL {
  const address = text.includes('://') ? text : `http://${text}`
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (!url || !/^https?:$/.test(url.protocol))
    throw new SourceRefused(`${setting} is not the address of a proxy, such as http://proxy.example:8080.`)
  return url
}

/** Whether requests to this address go through the proxy. What is no HTTP, such as SFTP, does not. */
export function passesProxy(url: URL, proxy: ProxySettings | undefined): boolean {
  if (!/^https?:$/.test(url.protocol)) return false
  if (!(url.protocol === 'https:' ? proxy?.https : proxy?.http)) return false
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  return !(proxy?.no ?? '').split(/[\s,]+/).some((entry) => entry !== '' && excludes(entry.toLowerCase(), host, port))
}

function excludes(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true
  const range = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry)
  if (range) return inRange(range[1]!, Number(range[2]), host)
  const { 1: name = entry, 2: only } = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry) ?? []
  if (only !== undefined && only !== port) return false
  const suffix = name.replace(/^\*?\./, '')
  return host === suffix || (isIP(host) === 0 && host.endsWith(`.${suffix}`))
}

function inRange(network: string, bits: number, host: string): boolean {
  const family = isIP(network)
  if (family === 0 || isIP(host) !== family || bits > (family === 4 ? 32 : 128)) return false
  const list = new BlockList()
  const kind = family === 4 ? 'ipv4' : 'ipv6'
  list.addSubnet(network, bits, kind)
  return list.check(host, kind)
}
