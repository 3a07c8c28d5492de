import {
  type HttpAnswer,
  type HttpClient,
  type HttpRequest,
  type SourceRecord,
  SourceUnavailable,
  UnexpectedResponse,
} from '../connector.js'
import { problemOf } from '../failures.js'
import type { Version } from './edm.js'
import { isObject } from './value.js'

/** What every request of a version says of the form that it asks for. */
export const headersOf: { readonly [version in Version]: { readonly [name: string]: string } } = {
  2: { Accept: 'application/json', MaxDataServiceVersion: '2.0' },
  3: { Accept: 'application/json;odata=minimalmetadata', MaxDataServiceVersion: '3.0' },
  // Long numbers as text: many a service would round them on its own way out. @see OData JSON 4.01 §3.2
  4: { Accept: 'application/json;odata.metadata=minimal;IEEE754Compatible=true', 'OData-Version': '4.0', 'OData-MaxVersion': '4.0' },
}

/** A page in any version: `next` leads on, `delta` at the end to what changes from now on. */
export interface ListBody {
  value: unknown[]
  next?: string
  delta?: string
}

/**
 * A client whose lists have one form, that of `ListBody`, whatever the version. An error inside an answer that began well is an error, and no
 * shorter list.
 */
export function odataClient(http: HttpClient, version: Version): HttpClient {
  return {
    async request(request) {
      const answer = await http.request(judged(request))
      return answer.status >= 300 || answer.status === 204 ? answer : { ...answer, body: listIn(answer, version) }
    },
    records: (request, at, answered) => http.records(request, at, answered),
    resolve: (link, from) => http.resolve(link, from),
  }
}

/** A request whose answer is looked through for an error. */
export function judged(request: HttpRequest): HttpRequest {
  return {
    ...request,
    judge(answer) {
      refuseErrorInside(answer)
      return request.judge?.(answer)
    },
  }
}

const errorNames = ['error', 'odata.error', '@odata.error']

/** @throws SourceUnavailable for an answer of 2xx that holds an error, beside its records or in place of one */
function refuseErrorInside({ status, body, where }: HttpAnswer): void {
  if (status >= 300 || !isObject(body)) return
  const list = listOf(body)
  const error = errorIn(body, list !== undefined) ?? list?.map((each) => errorIn(each, false)).find((each) => each !== undefined)
  if (error === undefined) return
  const { code } = problemOf({ error })
  throw new SourceUnavailable(
    `${where}: the answer begins well and holds an error${code ? ` (${code})` : ''}. The service failed while it wrote the list; it is tried again.`,
  )
}

/** A record may have a field `error`; an error in place of a record has nothing else, and around a list there are no fields. */
function errorIn(place: unknown, isAroundList: boolean): object | undefined {
  if (!isObject(place)) return undefined
  const isAlone = Object.keys(place).filter((name) => !name.startsWith('@')).length === 1
  const name = errorNames.find((each) => isObject(place[each]) && (each !== 'error' || isAroundList || isAlone))
  return name === undefined ? undefined : (place[name] as object)
}

const listOf = ({ value, d }: { [name: string]: unknown }): unknown[] | undefined =>
  [value, d, isObject(d) ? d.results : undefined].find(Array.isArray)

function listIn({ body, where, status }: HttpAnswer, version: Version): ListBody {
  if (isObject(body)) {
    // Version 1 has the list at `d` itself, and services of 2 and 3 fall back to older forms.
    const { d } = body
    if (Array.isArray(d)) return { value: d }
    if (isObject(d) && Array.isArray(d.results)) return { value: d.results, ...link('next', d.__next) }
    if (Array.isArray(body.value)) {
      const next = body['@odata.nextLink'] ?? body['odata.nextLink'] ?? body['@nextLink']
      return { value: body.value, ...link('next', next), ...link('delta', body['@odata.deltaLink'] ?? body['@deltaLink']) }
    }
  }
  throw new UnexpectedResponse(
    `${where}: the answer is no list of OData version ${version}. Check 'version' and baseUrl of the source: gemaal discover says which version it is.`,
    { status },
  )
}

const link = (name: 'next' | 'delta', value: unknown) => (typeof value === 'string' && value !== '' ? { [name]: value } : {})

/** The one record in an answer, or undefined where there is none. */
export function recordIn(body: unknown): SourceRecord | undefined {
  const isVerbose = isObject(body) && 'd' in body && Object.keys(body).length === 1
  const record = isVerbose ? body.d : body
  return isObject(record) ? record : undefined
}
