import type { JsonObject } from '../../../connectors/connector.js'
import { clientId, clientSecret, type DataverseServer, environment, tenant } from '../../sources/dataverse/server.js'
import type { SourceOptions } from '../reading.js'

export const stated: { [stream: string]: JsonObject } = {
  contacts: {
    entitySet: 'contacts',
    key: 'contactid',
    changes: 'delta',
    record: {
      contactid: { type: 'uuid', kind: 'none' },
      fullname: { type: 'text', kind: 'naam' },
      statuscode: { type: 'integer', kind: 'none' },
      statuscode_label: { type: 'text', kind: 'none' },
      creditlimit: { type: 'decimal', kind: 'none' },
      modifiedon: { type: 'datetime', kind: 'none' },
    },
  },
}

/** A source as a worker opens it. */
export function optionsFor(server: DataverseServer, streams = stated): SourceOptions & { baseUrl: string } {
  return {
    baseUrl: server.url,
    credentials: { clientId, clientSecret },
    settings: { tenant, environment },
    streams,
    http: { knownAs: server.knownAs },
  }
}
