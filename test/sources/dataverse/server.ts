import type { EntitySet, Row } from '../odata/model.js'
import { type Answer, failure, type ODataOptions, type ODataServer, send, startOData } from '../odata/server.js'

/**
 * An environment of Dataverse on loopback, with the endpoint of its tokens beside it: tables of which changes are kept track of, codes with labels,
 * a deletion told by its GUID alone, and a token of changes that ends.
 *
 * @see https://learn.microsoft.com/power-apps/developer/data-platform/use-change-tracking-synchronize-data-external-systems
 */

export const clientId = '6f1d0c9e-5a55-4d5e-9d2b-0c9f3a1b2c3d'
export const clientSecret = 'geheim-van-dataverse~1'
export const tenant = 'waterdam.onmicrosoft.com'
export const environment = 'https://waterdam.crm4.dynamics.com'
const login = 'https://login.microsoftonline.com'

export const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

export const contact = (n: number): Row => ({
  contactid: id(n),
  fullname: `Zoë Jansen ${n}`,
  statuscode: String(1 + (n % 2)),
  _owninguser_value: id(900),
  creditlimit: `${n}000.5000`,
  modifiedon: `2026-03-0${1 + (n % 9)}T10:00:00Z`,
})

export interface DataverseServer extends ODataServer {
  /** Maps the address of the login service to this one, as `knownAs` of a source file. */
  knownAs: { [address: string]: string }
  /** Requests for a token, as they were posted. */
  tokens: URLSearchParams[]
}

export async function startDataverse(options: Partial<ODataOptions> = {}): Promise<DataverseServer> {
  const tokens: URLSearchParams[] = []
  const path = '/api/data/v9.2'
  const contacts: EntitySet = {
    name: 'contacts',
    key: ['contactid'],
    fields: {
      contactid: 'Guid',
      fullname: 'String',
      statuscode: 'Int32',
      _owninguser_value: 'Guid',
      creditlimit: 'Decimal',
      modifiedon: 'DateTimeOffset',
    },
    rows: Array.from({ length: 8 }, (_, n) => contact(n + 1)),
  }
  const server = await startOData({
    version: 4,
    sets: [contacts],
    tracked: ['contacts'],
    path,
    deletedAs: 'value',
    labels: { statuscode: { 1: 'Actief', 2: 'Inactief' } },
    refuses: (request) => (request.headers.authorization === `Bearer token-${tokens.length}` ? undefined : 401),
    beside: (request, response, body) => {
      if (request.url !== `${path}/${tenant}/oauth2/v2.0/token`) return false
      send(response, answerToToken(new URLSearchParams(body)))
      return true
    },
    ...options,
  })

  function answerToToken(asked: URLSearchParams): Answer {
    const isRight =
      asked.get('client_id') === clientId &&
      asked.get('client_secret') === clientSecret &&
      asked.get('scope') === `${environment}/.default` &&
      asked.get('grant_type') === 'client_credentials'
    if (!isRight) return failure(401, 'invalid_client')
    tokens.push(asked)
    return { status: 200, text: JSON.stringify({ token_type: 'Bearer', expires_in: 3599, access_token: `token-${tokens.length}` }) }
  }

  return { ...server, knownAs: { [login]: 'dataverse' }, tokens }
}
