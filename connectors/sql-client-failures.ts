import { SourceRefused, SourceUnavailable, UnexpectedResponse } from './errors.js'
import { failureOfConnection } from './failures.js'

/**
 * What a failed statement means. `broken`: the connection ended, or none was made; `busy`: no room, a lock, a server that starts or stops;
 * `slow`: the statement took longer than it may; `login`, `right`: a person has to act; `absent`: a table or column that is not there;
 * `wrong`: the server did not take the statement.
 */
export interface SqlFailure {
  means: 'broken' | 'busy' | 'slow' | 'login' | 'right' | 'absent' | 'wrong'
  /** SQLSTATE, number or name of the error. The server's own words can hold values and are never shown. */
  code: string
}

export interface SqlFailureContext {
  /** `source 'x', stream 'y'` */
  where: string
  source: string
  host: string
  /** Names of the settings that hold the credentials. */
  settings: readonly string[]
}

/** The error that a failure becomes. */
export function sqlFailure({ means, code }: SqlFailure, { where, source, host, settings }: SqlFailureContext): Error {
  const said = `${where}: ${host} says ${code}.`
  switch (means) {
    case 'broken':
      return failureOfConnection(code, {
        where,
        source,
        host,
        credentialSettings: settings,
        tokenHasTime: false,
        now: new Date(),
      }).error
    case 'busy':
      return new SourceUnavailable(`${said} It takes no more statements for now.`)
    case 'slow':
      return new SourceUnavailable(
        `${said} A statement took longer than it may. Ask the administrator for an index on the key of the stream, and on the column of its changes.`,
      )
    case 'login':
      return new SourceRefused(
        `${said} It does not let us in with what is in ${settings.join(' and ')}. Check them, and the name of the database in sources/${source}.yaml.`,
      )
    case 'right':
      return new SourceRefused(
        `${said} The login has no right to read this. Ask the administrator of the database to grant SELECT on the table or view.`,
      )
    case 'absent':
      return new SourceRefused(
        `${said} A table or column is not there any more. \`gemaal discover ${source}\` shows what is; correct sources/${source}.yaml.`,
      )
    case 'wrong':
      return new UnexpectedResponse(`${said} It did not take the statement. Check the types in sources/${source}.yaml.`)
  }
}

/** The code of Node.js for a connection that failed, where the error has one. */
export function connectionCode(error: unknown): string | undefined {
  const { code, errors } = (error ?? {}) as { code?: unknown; errors?: unknown }
  // A host with several addresses fails once for each.
  if (Array.isArray(errors) && errors.length > 0) return connectionCode(errors[0])
  return typeof code === 'string' && /^(E[A-Z_]+|ERR_[A-Z_]+|[A-Z]+(_[A-Z]+)+)$/.test(code) ? code : undefined
}
