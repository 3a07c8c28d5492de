import { inspect } from 'node:util'

const shown = '[secret]'

/** A value that no log, error or JSON may show. It prints as `[secret]`; `reveal()` is the one way to it. */
export class Secret {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return shown
  }

  toJSON(): string {
    return shown
  }

  [inspect.custom](): string {
    return shown
  }
}

/**
 * Names of fields and headers whose value is a secret: `password`, `clientSecret`, `X-Api-Key`, `Authorization`, `Cookie`, … A hash is none: that of an FSC
 * grant says which contract is meant and is worth nothing without the certificate.
 */
export function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
  if (words.some((word) => secretWords.has(word) || secretWords.has(word.replace(/s$/, '')))) return true
  const last = words.at(-1)
  return (last === 'key' || last === 'token') && words.length > 1 && secretQualifiers.has(words.at(-2)!)
}

/** The same for a header, where any key or token is one. */
export function isSecretHeader(name: string): boolean {
  return isSecretName(name) || /(^|[-_])(token|key|apikey|auth|jwt|signature)$/i.test(name)
}

const secretWords = new Set([
  'secret',
  'password',
  'passwd',
  'passphrase',
  'wachtwoord',
  'pwd',
  'authorization',
  'bearer',
  'cookie',
  'apikey',
])
const secretQualifiers = new Set(['api', 'access', 'private', 'signing', 'shared', 'subscription', 'auth', 'bearer', 'refresh', 'x'])
