/** The credentials of a source: which it needs, and where each is found or was looked for. */
import { hasApis, type SourceFile } from '../config/source.js'
import { credentialVariable, type Environment, findCredential, resolveValue } from '../config/values.js'
import { credentialFields } from '../connectors/authentication.js'
import type { Connector } from '../connectors/connector.js'
import { placeCredentials } from '../connectors/file-access.js'
import { signingOf } from '../connectors/sign-in.js'

export interface CredentialPlace {
  field: string
  /** The variable that holds it where the source file names no other place. */
  variable: string
  /** Where it was found; undefined where it was not. */
  from: string | undefined
  /** Each place that was looked at in vain. */
  looked: readonly string[]
}

/** One a credential that the connector signs with; none where it needs none. The values stay where they are. */
export function credentialsOf(source: SourceFile, connector: Connector, environment: Environment): CredentialPlace[] {
  return fieldsOf(source, connector, environment).map((field) => {
    const found = findCredential(source, field, environment)
    const variable = credentialVariable(source.name, field)
    return found.value === undefined
      ? { field, variable, from: undefined, looked: found.looked }
      : { field, variable, from: found.from, looked: [] }
  })
}

function fieldsOf(source: SourceFile, { authentication }: Connector, environment: Environment): readonly string[] {
  if (authentication?.by === 'stated') return credentialFields[signingOf(source.settings.signIn).by]
  if (authentication?.by !== 'place') return credentialFields[authentication?.by ?? 'none']
  const { baseUrl } = source
  const address = baseUrl === undefined || hasApis(baseUrl) ? undefined : resolveValue(baseUrl, environment).value?.reveal()
  return address === undefined ? [] : placeCredentials(address, (field) => findCredential(source, field, environment).value !== undefined)
}
