/** A connector as an OpenAPI document suggests it: streams, keys, paging, records, authentication. What it cannot know is left to a person. */
import type { Authentication, Pages } from '../../connectors/connector.js'
import { isNode, type Node, type OpenApi } from './document.js'
import { snake } from './kinds.js'
import { listOf, pagesOf, type QueryParam } from './paging.js'
import { descriptionOf, type ProposedSchema, recordOf } from './record.js'

export interface ProposedStream {
  description: string
  path: string
  pages: Pages
  /** Undefined where nothing looks like one. */
  key: string | undefined
  byKeyPath: string | undefined
  /** A filter on change that may be one: to be tried before it is relied on. */
  changes: { cursor: string; param: string } | undefined
  record: ProposedSchema
}

export interface Proposal {
  title: string
  docs: string | undefined
  baseUrl: string | undefined
  authentication: Authentication | undefined
  streams: { readonly [name: string]: ProposedStream }
  /** Paths of lists that were left out, and why. */
  left: readonly string[]
}

export function proposalOf(document: OpenApi, from: string | undefined): Proposal {
  const { info, externalDocs, servers } = document.root
  const streams: { [name: string]: ProposedStream } = {}
  const left: string[] = []
  const paths = isNode(document.root.paths) ? document.root.paths : {}
  for (const [path, written] of Object.entries(paths)) {
    const item = document.at(written)
    const operation = item && document.at(item.get)
    const list = operation && listOf(document, operation)
    if (!item || !operation || !list) continue
    if (path.includes('{')) {
      left.push(`${path}: a list of each of other records; state it as a stream with a parent`)
      continue
    }
    const record = recordOf(document, list.record)
    if (!record) continue
    const params = paramsOf(document, item, operation)
    const one = pathOfOne(path, Object.keys(paths))
    const key = keyOf(record, one)
    streams[nameOf(path, streams)] = {
      description: descriptionOf(
        { description: operation.summary ?? operation.description },
        path.split('/').findLast((step) => step !== '') ?? path,
      ),
      path: path.replace(/^\//, ''),
      pages: pagesOf(document, list, params),
      key,
      byKeyPath: one && key && one.replace(/^\//, '').replace(/\{[^{}]*\}/, `{${key}}`),
      changes: changesOf(record, params),
      record: { ...record, ...(key !== undefined && { required: [...new Set([key, ...(record.required ?? [])])] }) },
    }
  }
  return {
    title: isNode(info) && typeof info.title === 'string' ? info.title : '',
    docs: [isNode(externalDocs) ? externalDocs.url : undefined, from].find(
      (url): url is string => typeof url === 'string' && URL.canParse(url),
    ),
    baseUrl: baseUrlOf(servers, from),
    authentication: authenticationOf(document),
    streams,
    left,
  }
}

/** The path of one record of a list: `klachten/{uuid}`, or `incidents/id/{id}`. */
function pathOfOne(list: string, paths: readonly string[]): string | undefined {
  const base = `${list.replace(/\/$/, '')}/`
  const below = (form: RegExp) => paths.find((path) => path.startsWith(base) && form.test(path.slice(base.length)))
  return below(/^\{[^{}/]*\}\/?$/) ?? below(/^(?:id|uuid|key)\/\{[^{}/]*\}\/?$/)
}

function paramsOf(document: OpenApi, item: Node, operation: Node): QueryParam[] {
  const stated = [item.parameters, operation.parameters].flatMap((each) => (Array.isArray(each) ? (each as unknown[]) : []))
  return stated.flatMap((each) => {
    const param = document.at(each)
    return param?.in === 'query' && typeof param.name === 'string' ? [{ name: param.name, schema: document.at(param.schema) ?? {} }] : []
  })
}

/** The last step that is a name; with those before it where another stream has it. */
function nameOf(path: string, streams: { readonly [name: string]: unknown }): string {
  const steps = path
    .split('/')
    .map(snake)
    .filter((step) => /^[a-z]/.test(step) && !/^(api|v\d+)$/.test(step))
  for (let count = 1; count <= steps.length; count += 1) {
    const name = steps.slice(-count).join('_')
    if (!(name in streams)) return name
  }
  return `stroom_${Object.keys(streams).length + 1}`
}

const keyNames = ['id', 'uuid', 'identificatie', 'nummer', 'number', 'code', 'key', 'unid', 'url']

function keyOf(record: ProposedSchema, one: string | undefined): string | undefined {
  const fields = Object.entries(record.properties ?? {}).filter(
    ([, { type, lands }]) => lands !== false && /^(string|integer)$/.test(String(type)),
  )
  const names = fields.map(([name]) => name)
  const inPath = /\{([^{}]*)\}\/?$/.exec(one ?? '')?.[1]
  return (
    names.find((name) => name === inPath) ??
    keyNames.find((name) => names.includes(name)) ??
    names.find((name) => /(?:Id|_id|Nummer)$/.test(name))
  )
}

const moments = /gewijzigd|wijziging|mutatie|modif|updated|changed|lastupdate/i
const since = /(?:na|vanaf|sinds|since|after|from|gte?|__gte?|start)$|^(?:since|modified|updated|changed)/i

function changesOf(record: ProposedSchema, params: readonly QueryParam[]): ProposedStream['changes'] {
  const cursor = Object.entries(record.properties ?? {}).find(([name, { format }]) => /^date/.test(format ?? '') && moments.test(name))?.[0]
  const param =
    params.find(({ name }) => moments.test(name) && since.test(name))?.name ?? params.find(({ name }) => /^since$/i.test(name))?.name
  return cursor === undefined || param === undefined ? undefined : { cursor, param }
}

function baseUrlOf(servers: unknown, from: string | undefined): string | undefined {
  const [server] = Array.isArray(servers) ? (servers as unknown[]) : []
  if (!isNode(server) || typeof server.url !== 'string') return undefined
  const variables = isNode(server.variables) ? server.variables : {}
  const url = server.url.replace(/\{([^{}]*)\}/g, (whole, name: string) => {
    const variable = variables[name]
    return isNode(variable) && variable.default !== undefined ? String(variable.default) : whole
  })
  if (URL.canParse(url)) return /^https?:/.test(url) && !/[{}?#@]/.test(url) ? url : undefined
  return from !== undefined && URL.canParse(url, from) ? new URL(url, from).href : undefined
}

/** The scheme that the whole document asks for, or the only one that it has. */
function authenticationOf(document: OpenApi): Authentication | undefined {
  const components = document.at(document.root.components)
  const schemes = isNode(components?.securitySchemes) ? components.securitySchemes : {}
  const [asked] = Array.isArray(document.root.security) ? (document.root.security as unknown[]) : []
  const names = [...(isNode(asked) ? Object.keys(asked) : []), ...Object.keys(schemes)]
  for (const name of names) {
    const scheme = document.at(schemes[name])
    const found = scheme && schemeOf(scheme)
    if (found) return found
  }
  return undefined
}

function schemeOf({ type, scheme, in: place, name, description = '', flows, bearerFormat }: Node): Authentication | undefined {
  const said = String(description)
  if (type === 'http' && scheme === 'basic') return { by: 'basic' }
  // The words in which VNG describes the tokens of its APIs.
  if (type === 'http' && bearerFormat === 'JWT' && /client_id|HS256|JWT-claims/i.test(said)) return { by: 'zgw' }
  if (type === 'http' && String(scheme).toLowerCase() === 'bearer') return { by: 'bearer' }
  if (type === 'apiKey' && typeof name === 'string') {
    if (place === 'query') return { by: 'apiKey', param: name }
    if (place === 'header')
      return name.toLowerCase() === 'authorization' && /\bToken\b/.test(said) ? { by: 'token' } : { by: 'apiKey', header: name }
  }
  const flow = isNode(flows) && isNode(flows.clientCredentials) ? flows.clientCredentials : undefined
  if (type === 'oauth2' && flow && typeof flow.tokenUrl === 'string') {
    const scopes = isNode(flow.scopes) ? Object.keys(flow.scopes) : []
    return { by: 'oauth2', tokenPath: flow.tokenUrl, ...(scopes.length > 0 && { scope: scopes.join(' ') }) }
  }
  return type === 'oauth2' || type === 'openIdConnect' ? { by: 'bearer' } : undefined
}
