/** The credentials of a source that is played, and whether a request is signed with them. */
import type { IncomingHttpHeaders } from 'node:http'
import { jwtVerify } from 'jose'
import { authenticatorFor, credentialFields } from '../authentication.js'
import { systemClock } from '../clock.js'
import type { Signing } from '../connector.js'
import type { Given } from './list.js'

/** Where tokens of OAuth2 are had, whatever address the connector states: that one is no part of what is played. */
export const tokenPath = '/token-of-recordings'

export interface Signer {
  /** How the connector signs its requests to the player. */
  authentication: Signing
  credentials: { [field: string]: string }
  takes(headers: IncomingHttpHeaders, url: URL): Promise<boolean>
  /** What the token endpoint answers. */
  token(body: string, authorization: string | undefined): Given
}

const accessToken = 'toegang-van-de-opname'

export function signerFor(stated: Signing = { by: 'none' }): Signer {
  const authentication: Signing =
    stated.by === 'oauth2'
      ? { by: 'oauth2', tokenPath, ...(stated.body && { body: stated.body }), ...(stated.client && { client: stated.client }) }
      : stated
  const credentials = Object.fromEntries(
    credentialFields[stated.by].map((field) => [
      field,
      stated.by === 'afasToken' ? '<token><data>opname</data></token>' : `geheim-${field}`,
    ]),
  )
  return {
    authentication,
    credentials,
    async takes(headers, url) {
      if (authentication.by === 'oauth2') return headers.authorization === `Bearer ${accessToken}`
      if (authentication.by === 'zgw') return isSignedBy(headers.authorization, credentials.secret!)
      const expected = await authenticatorFor({
        source: 'recordings',
        authentication,
        credentials: (field) => credentials[field]!,
        setting: (field) => field,
        clock: systemClock,
        send: async () => ({ status: 404, body: undefined, where: '' }),
      }).sign()
      const inHeaders = Object.entries(expected.headers).every(([name, value]) => headers[name.toLowerCase()] === value)
      return inHeaders && (expected.param === undefined || url.searchParams.get(expected.param.name) === expected.param.value)
    },
    token(body, authorization = '') {
      const sent = `${body} ${Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString()}`
      const ours = [credentials.clientId!, credentials.clientSecret!].every((value) => new RegExp(`${value}(?!-)`).test(sent))
      return ours
        ? { status: 200, headers: {}, body: { access_token: accessToken, token_type: 'Bearer', expires_in: 3600 } }
        : { status: 401, headers: {}, body: { error: 'invalid_client' } }
    },
  }
}

async function isSignedBy(authorization: string | undefined, secret: string): Promise<boolean> {
  const token = authorization?.replace(/^Bearer /, '') ?? ''
  return jwtVerify(token, new TextEncoder().encode(secret)).then(
    () => true,
    () => false,
  )
}
