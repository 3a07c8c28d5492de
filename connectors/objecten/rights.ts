import { type Context, type HttpClient, type Scope, type SourceRecord, UnexpectedResponse } from '../connector.js'
import { readPages } from '../paging.js'
import { pages } from './pages.js'

/**
 * What our token may see: `<objecttype> *`, or where rights are given by field `<objecttype> <version> <field>`. Objects of a type that was taken
 * away vanish from lists without an error, and fields without one too, but for a header.
 *
 * @returns undefined when the source does not tell: servers before 2.0 have no list of rights
 */
export async function scope({ http, source, log }: Context): Promise<Scope | undefined> {
  const granted: { [grant: string]: number } = {}
  try {
    for await (const permission of permissionsOf(http)) for (const grant of grantsOf(permission)) granted[grant] = 1
  } catch (error) {
    if (!(error instanceof UnexpectedResponse)) throw error
    log.warn(
      { source, because: error.message },
      'the source does not tell which rights we have: a change of them shows in single records only',
    )
    return undefined
  }
  return granted
}

/** The rights of our token, one an objecttype. A token with all rights has none. */
export async function* permissionsOf(http: HttpClient): AsyncGenerator<SourceRecord, void, undefined> {
  for await (const { records } of readPages(http, { api: 'objecten', url: 'permissions', pages })) yield* records
}

function grantsOf({ type, use_fields: byField, fields }: SourceRecord): string[] {
  const objecttype = String(type).split('/').at(-1)!.toLowerCase()
  if (byField !== true || typeof fields !== 'object' || fields === null) return [`${objecttype} *`]
  return Object.entries(fields).flatMap(([version, names]) =>
    Array.isArray(names) ? names.map((name) => `${objecttype} ${version} ${String(name)}`) : [],
  )
}
