/** Finds secrets that stand in a source file in the clear. Looks at the text as written, so that they are found whatever else is wrong. */
import { isMap } from './form.js'
import { type ConfigProblem, problem } from './problem.js'
import { isSecretHeader, isSecretName } from './secret.js'
import { isReference } from './values.js'
import type { Path, Written, YamlFile } from './yaml.js'

/** Names in a credential that others know anyway: they may stand in the clear. */
const openCredentials = ['clientId', 'username', 'accessKeyId']
/** The other names that an `Authentication` of a connector asks for. */
const secretFields = ['token', 'password', 'key', 'secret', 'clientSecret']

/**
 * Every credential but a name, every header that is known to carry one, and every setting of the connector's own whose name says that it is
 * secret. Names of records' fields are none: of a stream, only what is called a password, secret or API key counts.
 *
 * @returns problems without the values
 */
export function secretsInTheClear(yaml: YamlFile): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const found = (path: Path, what: string) =>
    problems.push(
      problem(
        yaml.at(path),
        `${what} stands here in the clear; expected { env: NAME } or { file: path }. Take it out of the history of the repository and have it replaced`,
      ),
    )
  if (!isMap(yaml.value)) return problems
  const { headers, credentials, tls, ...rest } = yaml.value
  for (const [field] of texts(credentials)) {
    // Another name can be the first half of a secret that holds a colon.
    if (!openCredentials.includes(field))
      found(['credentials', field], secretFields.includes(field) ? `the credential '${field}'` : 'a credential')
  }
  for (const [name] of texts(headers)) if (isSecretHeader(name)) found(['headers', name], `the value of header '${name}'`)
  for (const [name] of texts(tls)) if (name === 'key') found(['tls', name], 'the private key')
  const search = (value: Written, path: Path): void => {
    if (typeof value === 'string') {
      const name = String(path.findLast((step) => typeof step === 'string'))
      if (isSecretName(name)) found(path, `the value of '${name}'`)
    } else if (Array.isArray(value)) for (const [index, item] of value.entries()) search(item, [...path, index])
    else if (isMap(value) && !isReference(value)) for (const [key, item] of Object.entries(value)) search(item, [...path, key])
  }
  search(rest, [])
  return problems
}

function texts(value: Written | undefined): [string, string][] {
  if (!isMap(value)) return []
  return Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
}
