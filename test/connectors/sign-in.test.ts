import { afterEach, expect, test } from 'vitest'
import { withSettings } from '../../connectors/authentication.js'
import odata from '../../connectors/odata/connector.js'
import { signIn, signingOf } from '../../connectors/sign-in.js'
import { json, type Loopback, probe, serve } from './loopback.js'

let server: Loopback | undefined
afterEach(() => server?.close())

test.each<[written: unknown, credentials: { [field: string]: string }, sent: { [name: string]: string | undefined }]>([
  [undefined, { username: 'lezer', password: 'geheim' }, { authorization: `Basic ${Buffer.from('lezer:geheim').toString('base64')}` }],
  ['none', {}, { authorization: undefined }],
  ['bearer', { token: 'een-token' }, { authorization: 'Bearer een-token' }],
  [{ header: 'X-Api-Key' }, { key: 'een-sleutel' }, { 'x-api-key': 'een-sleutel', authorization: undefined }],
])('a source that says signIn: %j is signed in at so', async (written, credentials, sent) => {
  server = await serve(json({}))
  const authentication = withSettings(odata.authentication, 'probe', () => ({ signIn: written }))
  await probe(server.url, { authentication, credentials: (field) => credentials[field]! }).request({ url: 'a' })
  expect(server.seen[0]!.headers).toMatchObject(Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined)))
  for (const [name, value] of Object.entries(sent)) if (value === undefined) expect(server.seen[0]!.headers).not.toHaveProperty(name)
})

test('OAuth2 and a key in the query are said by what they need', () => {
  expect(signingOf({ tokenPath: '/oauth/token', scope: 'lezen' })).toEqual({ by: 'oauth2', tokenPath: '/oauth/token', scope: 'lezen' })
  expect(signingOf({ param: 'subscription-key' })).toEqual({ by: 'apiKey', param: 'subscription-key' })
})

test('anything else is refused with what can be said', () => {
  expect(signIn.safeParse('digest').error!.issues[0]!.message).toMatch(/none, basic, bearer, \{ header: <name> \}/)
})
