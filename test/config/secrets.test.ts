import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { loadSnapshot } from '../../config/load.js'
import { ConfigError } from '../../config/problem.js'
import type { ProjectFiles } from '../../config/project.js'
import { type ConfigValue, findCredential, fromVariableOrFile, resolveInside, resolveValue } from '../../config/values.js'
import { openFolder } from '../support/folder.js'
import { changed, problemsOf, sample, withFile } from './files.js'

// Made up, and of letters that stand in no file of the sample.
const canary = 'kanarieZq7xW2'
const zaaksysteem = 'sources/zaaksysteem.yaml'
const openZaak = 'sources/open-zaak.yaml'

/** All that can reach a log or a screen of what loading says: texts, JSON and what Node prints. */
function allThatIsSaid(files: ProjectFiles): string {
  try {
    const { project, warnings } = loadSnapshot(files)
    // The files themselves are what people wrote; all that is made of them is looked at.
    const { files: _files, ...made } = project
    const plain = { ...made, sources: [...made.sources], datasets: [...made.datasets], activities: [...made.activities] }
    return [JSON.stringify(plain), inspect(plain, { depth: 20 }), JSON.stringify(warnings)].join('\n')
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return [error.message, error.stack, JSON.stringify(error), JSON.stringify(error.problems), inspect(error, { depth: 20 })].join('\n')
  }
}

const inTheClear: readonly [where: string, files: ProjectFiles][] = [
  ['as a credential', changed(zaaksysteem, '{ file: /run/secrets/zaaksysteem }', canary)],
  ['as a list of credentials', changed(zaaksysteem, '{ file: /run/secrets/zaaksysteem }', `[${canary}]`)],
  ['as a map of a credential', changed(zaaksysteem, '{ file: /run/secrets/zaaksysteem }', `{ value: ${canary} }`)],
  ['in place of all credentials', changed(zaaksysteem, '{ clientId: gemaal, secret: { file: /run/secrets/zaaksysteem } }', canary)],
  ['as a key under credentials', changed(zaaksysteem, 'clientId: gemaal', `clientId: gemaal, ${canary}`)],
  ['as a key with nothing in it', changed(zaaksysteem, 'clientId: gemaal', `clientId: gemaal, ${canary}: {}`)],
  ['as a key with a list in it', changed(zaaksysteem, 'clientId: gemaal', `clientId: gemaal, ${canary}: [x]`)],
  ['as a text with a colon in place of all credentials', changed(zaaksysteem, 'clientId: gemaal, secret', `${canary}: x, secret`)],
  ['as a header', changed(zaaksysteem, '{ Fsc-Grant-Hash: { env: ZAAKSYSTEEM_GRANT } }', `{ Authorization: Bearer ${canary} }`)],
  ['as a cookie', changed(zaaksysteem, '{ Fsc-Grant-Hash: { env: ZAAKSYSTEEM_GRANT } }', `{ Cookie: session=${canary} }`)],
  ['as a private key', changed(zaaksysteem, '{ file: /run/secrets/key.pem }', canary)],
  ['as a password in an address', changed(openZaak, 'https://', `https://gemaal:${canary}@`)],
  ['as a key in an address', changed(openZaak, '.example', `.example/?key=${canary}`)],
  ['as a password in an address of an API', changed(zaaksysteem, '  zaken: https://', `  zaken: https://gemaal:${canary}@`)],
  ['as a setting of the connector', withFile(openZaak, `connector: zgw\nbaseUrl: https://openzaak.example\nclientSecret: ${canary}\n`)],
  [
    'deep in a setting of the connector',
    withFile(openZaak, `connector: zgw\nbaseUrl: https://openzaak.example\nlogin: { user: jan, password: ${canary} }\n`),
  ],
  ['in a list of a setting', withFile(openZaak, `connector: zgw\nbaseUrl: https://openzaak.example\npasswords: [${canary}]\n`)],
  ['as a setting of a stream', changed('sources/cbs.yaml', 'regions: buurten', `password: ${canary}`)],
  ['in a misspelt key', withFile(openZaak, `connector: zgw\ncredential: { secret: ${canary} }\n`)],
  ['as a text that YAML does not take', changed(zaaksysteem, 'secret: { file: /run/secrets/zaaksysteem }', `secret: @${canary}`)],
  ['as a text that stays open', changed(zaaksysteem, 'secret: { file: /run/secrets/zaaksysteem }', `secret: "${canary}`)],
  ['as an alias', changed(zaaksysteem, 'secret: { file: /run/secrets/zaaksysteem }', `secret: *${canary} `)],
  ['behind a tag', changed(zaaksysteem, '{ file: /run/secrets/zaaksysteem }', `!${canary} x`)],
  ['in place of a source', withFile(openZaak, canary)],
  ['as the name of a variable', changed(zaaksysteem, '{ file: /run/secrets/zaaksysteem }', `{ env: ${canary}-x }`)],
  ['as the path of a file', changed(zaaksysteem, '/run/secrets/zaaksysteem', canary)],
]

test.for(inTheClear)('a secret that stands in the clear %s is refused and not repeated', ([, files]) => {
  expect(problemsOf(files).length).toBeGreaterThan(0)
  expect(allThatIsSaid(files)).not.toContain(canary)
})

test('a secret in the clear anywhere under the credentials of a source is in no message, whatever its signs', () => {
  const signs = fc.string({ unit: fc.constantFrom(...'abXYZ019 :,{}[]"\'#&*!|>%@`\\-?\n\t'), minLength: 4, maxLength: 24 })
  fc.assert(
    fc.property(signs, fc.constantFrom('secret: ', '"secret": ', ''), (text, key) => {
      const marked = `Qk7${text}w3Z`
      const said = allThatIsSaid(withFile(openZaak, `connector: zgw\nbaseUrl: https://openzaak.example\ncredentials:\n  ${key}${marked}\n`))
      expect(said).not.toContain('Qk7')
      expect(said).not.toContain('w3Z')
    }),
    { numRuns: 300 },
  )
})

test('names that others know anyway may stand in the clear', () => {
  expect(
    problemsOf(
      withFile(
        openZaak,
        'connector: zgw\nbaseUrl: https://openzaak.example\ncredentials: { clientId: gemaal, username: jan, accessKeyId: WATERDAM }\n',
      ),
    ),
  ).toEqual([])
  expect(problemsOf(changed(zaaksysteem, '{ env: ZAAKSYSTEEM_GRANT }', '$1$4$JYqm'))).toEqual([])
})

test('a project holds where its secrets are, and not the secrets', async () => {
  const folder = await openFolder()
  onTestFinished(() => folder.remove())
  const file = join(folder.path, 'secret')
  await writeFile(file, `${canary}\n`)
  const files = changed(zaaksysteem, '/run/secrets/zaaksysteem', file.replaceAll('\\', '/'), { ...sample })
  expect(allThatIsSaid(files)).not.toContain(canary)
  const source = loadSnapshot(files).project.sources.get('zaaksysteem')!
  const env = { ZAAKSYSTEEM_GRANT: canary }
  for (const found of [findCredential(source, 'secret', env), resolveValue(source.headers['Fsc-Grant-Hash']!, env)]) {
    expect(found.value?.reveal()).toBe(canary)
    expect(
      [String(found.value), `${found.value}`, JSON.stringify(found), inspect(found, { depth: 9, showHidden: true })].join('\n'),
    ).not.toContain(canary)
  }
})

const noCredentials: { name: string; credentials: { [field: string]: ConfigValue } } = { name: 'open-zaak', credentials: {} }

test('a credential that is not in the file is found in its variable, else in the file that a variable names', async () => {
  const folder = await openFolder()
  onTestFinished(() => folder.remove())
  const file = join(folder.path, 'secret')
  await writeFile(file, 'of the file\r\n')
  const named = { GEMAAL_OPEN_ZAAK_CLIENT_ID_FILE: file }
  expect(reveal(findCredential(noCredentials, 'clientId', { ...named, GEMAAL_OPEN_ZAAK_CLIENT_ID: 'of the variable' }))).toBe(
    'of the variable',
  )
  expect(reveal(findCredential(noCredentials, 'clientId', named))).toBe('of the file')
  expect(reveal(findCredential(noCredentials, 'clientId', { ...named, GEMAAL_OPEN_ZAAK_CLIENT_ID: '' }))).toBe('of the file')
})

test('what the source file says comes before the variable of that name, and nothing else is looked at', () => {
  const written = { name: 'open-zaak', credentials: { secret: { env: 'ELSEWHERE' } } }
  const env = { GEMAAL_OPEN_ZAAK_SECRET: 'not this one' }
  expect(findCredential(written, 'secret', env)).toEqual({ value: undefined, looked: ['variable ELSEWHERE (not set)'] })
  expect(reveal(findCredential(written, 'secret', { ...env, ELSEWHERE: 'this one' }))).toBe('this one')
})

test('where nothing is found each place is told, in the order in which it was looked at', () => {
  expect(findCredential(noCredentials, 'clientSecret', {})).toEqual({
    value: undefined,
    looked: ['variable GEMAAL_OPEN_ZAAK_CLIENT_SECRET (not set)', 'variable GEMAAL_OPEN_ZAAK_CLIENT_SECRET_FILE (not set)'],
  })
  expect(fromVariableOrFile('GEMAAL_X', { GEMAAL_X: '', GEMAAL_X_FILE: '/nowhere/secret' })).toEqual({
    value: undefined,
    looked: ['variable GEMAAL_X (empty)', 'file /nowhere/secret (named by GEMAAL_X_FILE) (does not exist)'],
  })
})

test('references inside a setting become their values, and those that lead nowhere are told', () => {
  const settings = { host: 'a', login: { user: { env: 'USER_NAME' }, others: [{ env: 'OTHER' }, 'b'] } }
  expect(resolveInside(settings, { USER_NAME: 'jan', OTHER: 'piet' })).toEqual({
    value: { host: 'a', login: { user: 'jan', others: ['piet', 'b'] } },
    looked: [],
  })
  expect(resolveInside(settings, {}).looked).toEqual(['variable USER_NAME (not set)', 'variable OTHER (not set)'])
})

function reveal(found: ReturnType<typeof findCredential>): string | undefined {
  return found.value?.reveal()
}
