/** How a source is signed in at, for a connector that reads many: its source file says so. */
import { z } from 'zod'
import type { Signing } from './connector.js'
import { text } from './form.js'

/** `signIn:` of a source file. */
export const signIn = z
  .union(
    [
      z.enum(['none', 'basic', 'bearer']),
      z.strictObject({ header: text }),
      z.strictObject({ param: text }),
      z.strictObject({ tokenPath: text, scope: text.optional() }),
    ],
    {
      error:
        'none, basic, bearer, { header: <name> } or { param: <name> } for a key, or { tokenPath: <address>, scope: <scope> } for OAuth2',
    },
  )
  .default('basic')
  .meta({
    description:
      'How requests are signed: basic (credentials username, password), bearer (token), a key in a header or parameter (key), OAuth2 client credentials (clientId, clientSecret), or none. Left out: basic.',
  })

/** @param written as it stands in a source file, in that form */
export function signingOf(written: unknown): Signing {
  const said = signIn.parse(written)
  if (typeof said === 'string') return { by: said }
  return 'tokenPath' in said ? { by: 'oauth2', ...said } : { by: 'apiKey', ...said }
}
