import { createHmac, timingSafeEqual } from 'node:crypto'
import { forbidden, type Problem } from './problems.js'

export interface TokenOptions {
  /** Secrets by client id. */
  clients: ReadonlyMap<string, string>
  /** Seconds after `iat` until which a token is taken. */
  expirySeconds: number
  /** Seconds by which `iat` may lie in the future, or the expiry in the past. */
  leewaySeconds: number
  /** The clock of the server, in seconds. */
  now: number
}

/**
 * Judges a token as Open Zaak does: HS256, claims `client_id` and `iat`, in this order of complaints.
 *
 * @returns the client id
 * @see maykinmedia/commonground-api-common vng_api_common/middleware.py, JWTAuth.payload
 */
export function clientOf(authorization: string | undefined, options: TokenOptions): string | Problem {
  if (!authorization?.startsWith('Bearer ')) return forbidden()
  const [header, payload, signature, ...rest] = authorization.slice('Bearer '.length).split('.')
  const claims = decode(payload)
  const { alg } = decode(header) ?? {}
  if (claims === undefined || alg !== 'HS256' || signature === undefined || rest.length > 0)
    return forbidden('jwt-decode-error', 'JWT kon niet gedecodeerd worden. Mogelijk heb je een kopieer-plak fout gemaakt.')
  const { client_id: client, iat } = claims
  if (typeof client !== 'string') return forbidden('missing-client-identifier', 'Client identifier is niet aanwezig in JWT')
  const secret = options.clients.get(client)
  if (secret === undefined) return forbidden('invalid-client-identifier', 'Client identifier bestaat niet')
  if (!isSigned(`${header}.${payload}`, signature, secret)) return forbidden('invalid-jwt-signature', 'Client credentials zijn niet geldig')
  if (typeof iat !== 'number') return forbidden('jwt-missing-iat', 'Het `iat` claim ontbreekt in het JWT.')
  // What the library for tokens says, comes without a code of its own.
  if (iat > options.now + options.leewaySeconds) return forbidden('permission_denied', 'The token is not yet valid (iat)')
  if (iat + options.expirySeconds + options.leewaySeconds < options.now)
    return forbidden('jwt-expired', 'Het JWT dat gebruikt is voor dit verzoek is verlopen')
  return client
}

function decode(part: string | undefined): { [claim: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString())
    return typeof value === 'object' && value !== null ? (value as { [claim: string]: unknown }) : undefined
  } catch {
    return undefined
  }
}

function isSigned(text: string, signature: string, secret: string): boolean {
  const given = Buffer.from(signature, 'base64url')
  const right = createHmac('sha256', secret).update(text).digest()
  return given.length === right.length && timingSafeEqual(given, right)
}
