import { type HttpAnswer, type HttpClient, SourceRefused } from '../connector.js'
import { ownNames } from './record.js'

/**
 * A client that refuses an answer from which the source withheld a field that somebody wants: its column would turn null, as if the data had
 * changed.
 *
 * @see Objects API, docs/admin/authorization: rights by field; the header names what was left out of the answer
 */
export function refusingWithheld(http: HttpClient, wanted: ReadonlySet<string>): HttpClient {
  const judged = <A extends Pick<HttpAnswer, 'headers' | 'where'>>(answer: A): A => {
    const withheld = withheldOf(answer.headers['x-unauthorized-fields'], wanted)
    if (withheld.length === 0) return answer
    throw new SourceRefused(
      `${answer.where}: our token may not see ${withheld.join(', ')}, which a dataset takes. Request the right from the administrator of the Objecten API, or drop the columns in the contract.`,
    )
  }
  return {
    request: async (request) => judged(await http.request(request)),
    records: (request, at, answered) => http.records(request, at, answered),
    resolve: (link, from) => http.resolve(link, from),
  }
}

/**
 * The fields of the header that are wanted, by the name that the API has for them. It has one of two forms: `uuid,record__data__naam`, or for each
 * objecttype and version `https://…/objecttypes/…(1)=uuid,record__data__naam`, with `;` between them.
 */
export function withheldOf(header: string | undefined, wanted: ReadonlySet<string>): string[] {
  const names = (header ?? '').split(';').flatMap((part) => part.slice(part.lastIndexOf('=') + 1).split(','))
  const found = names.map((name) => name.trim()).filter((name) => name !== '' && wanted.has(fieldOf(name)))
  return [...new Set(found)]
}

/** The field of our record in which a field of the API lands: `record__startAt` → `recordStartAt`, `record__data__naam__eerste` → `naam`. */
function fieldOf(name: string): string {
  const [first = '', second = '', third] = name.split('__')
  if (first !== 'record') return first
  if (second === 'data') return third ?? ''
  const own = `record${second[0]?.toUpperCase()}${second.slice(1)}`
  return ownNames.includes(own) ? own : ''
}
