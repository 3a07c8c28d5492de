import {
  type Context,
  type HttpAnswer,
  type HttpClient,
  type Scope,
  type SourceRecord,
  SourceRefused,
  UnexpectedResponse,
} from '../connector.js'
import { problemOf } from '../failures.js'
import { vertrouwelijkheidaanduiding } from './codes.js'
import { uuidOf } from './normalise.js'

/** Where a right to read names the type that it is about, by component: `catalogi` knows no such type. */
const typeOf: { readonly [component: string]: string | undefined } = {
  zrc: 'zaaktype',
  ztc: undefined,
  drc: 'informatieobjecttype',
  brc: 'besluittype',
}

/** All rights on all types, to the most secret. */
const everything = { '* * *': vertrouwelijkheidaanduiding.length }

/**
 * What our token may read: `<component> <scope> <type>` → how secret a zaak or document may be, from 1 for `openbaar` to 8 for `zeer_geheim`;
 * 1 where that makes no difference, as for besluiten. Rights to write are left out: they change nothing of what we see.
 *
 * A right that is gone makes rows vanish from lists without an error, which is no delete.
 *
 * @returns undefined when the source does not tell: it has no Autorisaties API, or lets us not see ourselves in it
 */
export async function scope({ http, clientId, source, log }: Context): Promise<Scope | undefined> {
  if (clientId === undefined) return undefined
  const answer = await ask(http, clientId)
  if (typeof answer === 'string') {
    log.warn({ source, because: answer }, 'the source does not tell which rights we have: a change of them shows in single records only')
    return undefined
  }
  const applicatie = (answer.body ?? {}) as SourceRecord
  if (applicatie.heeftAlleAutorisaties === true) return everything
  const autorisaties = Array.isArray(applicatie.autorisaties) ? (applicatie.autorisaties as SourceRecord[]) : []
  const granted: { [grant: string]: number } = {}
  for (const { component, scopes, maxVertrouwelijkheidaanduiding, ...types } of autorisaties) {
    if (typeof component !== 'string' || !(component in typeOf)) continue
    const type = uuidOf(types[typeOf[component] ?? '']) ?? '*'
    const level = Math.max(1, (vertrouwelijkheidaanduiding as readonly unknown[]).indexOf(maxVertrouwelijkheidaanduiding) + 1)
    for (const each of Array.isArray(scopes) ? scopes : []) {
      // Older servers write `zds.scopes.zaken.lezen`.
      if (typeof each !== 'string' || !each.endsWith('.lezen')) continue
      const grant = `${component} ${each} ${type}`
      granted[grant] = Math.max(granted[grant] ?? 0, level)
    }
  }
  return granted
}

/** @returns the answer, or in words why there is none */
async function ask(http: HttpClient, clientId: string): Promise<HttpAnswer | string> {
  try {
    const answer = await http.request({
      api: 'autorisaties',
      url: 'applicaties/consumer',
      params: { clientId },
      accept: [400, 403, 404, 405],
    })
    return answer.status < 400 ? answer : [answer.status, problemOf(answer.body).code].filter(Boolean).join(' ')
  } catch (error) {
    // No base URL for this API, or a page of a server that does not have it. A token that is not taken fails in every other request too.
    if (error instanceof SourceRefused || error instanceof UnexpectedResponse) return error.message
    throw error
  }
}
