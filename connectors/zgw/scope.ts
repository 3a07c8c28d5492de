import type { Context, Scope, SourceRecord } from '../connector.js'
import { problemOf } from '../failures.js'
import { vertrouwelijkheidaanduiding } from './codes.js'
import { uuidOf } from './normalise.js'

/** All rights on all zaaktypen, to the most secret. */
const everything = { '* * *': vertrouwelijkheidaanduiding.length }

/**
 * What our token may read: `<component> <scope> <zaaktype>` → how secret a zaak may be, from 1 for `openbaar` to 8 for `zeer_geheim`; 1 where
 * that makes no difference. Rights to write are left out: they change nothing of what we see.
 *
 * A right that is gone makes rows vanish from lists without an error, which is no delete.
 *
 * @returns undefined when the source does not tell: it has no Autorisaties API, or lets us not see ourselves in it
 */
export async function scope({ http, clientId, source, log }: Context): Promise<Scope | undefined> {
  if (clientId === undefined) return undefined
  const answer = await http.request({
    api: 'autorisaties',
    url: 'applicaties/consumer',
    params: { clientId },
    accept: [400, 403, 404, 405],
  })
  if (answer.status >= 400) {
    const code = problemOf(answer.body).code
    // A token that is not taken is an error of every other request as well, and is said there.
    log.warn(
      { source, status: answer.status, code },
      'the source does not tell which rights we have: rows that vanish by a change of rights are found one by one',
    )
    return undefined
  }
  const applicatie = (answer.body ?? {}) as SourceRecord
  if (applicatie.heeftAlleAutorisaties === true) return everything
  const autorisaties = Array.isArray(applicatie.autorisaties) ? (applicatie.autorisaties as SourceRecord[]) : []
  const granted: { [grant: string]: number } = {}
  for (const { component, scopes, zaaktype, maxVertrouwelijkheidaanduiding } of autorisaties) {
    if (component !== 'zrc' && component !== 'ztc') continue
    const level = Math.max(1, (vertrouwelijkheidaanduiding as readonly unknown[]).indexOf(maxVertrouwelijkheidaanduiding) + 1)
    for (const each of Array.isArray(scopes) ? scopes : []) {
      // Older servers write `zds.scopes.zaken.lezen`.
      if (typeof each !== 'string' || !each.endsWith('.lezen')) continue
      const grant = `${component} ${each} ${uuidOf(zaaktype) ?? '*'}`
      granted[grant] = Math.max(granted[grant] ?? 0, level)
    }
  }
  return granted
}
