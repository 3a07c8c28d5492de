import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { loadSettings, SettingsError } from '../../config/settings.js'
import { findPseudonymKey } from '../../config/values.js'

const canary = 'kanarie-Zq7xW2'

test('without variables there are defaults', () => {
  expect(loadSettings({})).toMatchObject({
    databaseUrl: undefined,
    pg: undefined,
    data: '.gemaal',
    log: 'info',
    taskQueue: 'gemaal',
    healthPort: undefined,
    concurrency: 4,
    webhook: undefined,
    noColor: false,
    ci: false,
  })
})

test('an empty variable is none', () => {
  expect(loadSettings({ DATABASE_URL: '', PGHOST: '', GEMAAL_LOG: '', GEMAAL_HEALTH_PORT: '', NO_COLOR: '' })).toEqual(loadSettings({}))
})

test('variables are read to their types', () => {
  const settings = loadSettings({
    PGHOST: 'db',
    PGPORT: '6432',
    PGDATABASE: 'warehouse',
    TEMPORAL_ADDRESS: 'temporal:7233',
    GEMAAL_PROJECT: '/srv/waterdam',
    GEMAAL_LOG: 'debug',
    GEMAAL_HEALTH_PORT: '0',
    GEMAAL_CALLBACK_PORT: '8081',
    GEMAAL_CONCURRENCY: '8',
    https_proxy: 'http://proxy:3128',
    NO_PROXY: '.internal',
    NO_COLOR: '1',
    CI: 'true',
  })
  expect(settings).toMatchObject({
    pg: { host: 'db', port: 6432, user: undefined, database: 'warehouse' },
    temporal: { address: 'temporal:7233', namespace: undefined },
    project: '/srv/waterdam',
    log: 'debug',
    healthPort: 0,
    callbackPort: 8081,
    concurrency: 8,
    proxy: { http: undefined, no: '.internal' },
    noColor: true,
    ci: true,
  })
  expect(settings.proxy.https?.reveal()).toBe('http://proxy:3128')
})

test('the PG variables count only where PGHOST is set', () => {
  expect(loadSettings({ PGUSER: 'jan', PGPORT: '5432' }).pg).toBeUndefined()
})

test('all variables that cannot be used are told at once, by name and not by value', () => {
  const problems = problemsOf({ PGPORT: canary, GEMAAL_LOG: canary, GEMAAL_HEALTH_PORT: '70000', GEMAAL_CONCURRENCY: '0' })
  expect(problems).toEqual([
    'PGPORT cannot be used; expected a port, 1 to 65535.',
    'GEMAAL_LOG cannot be used; expected one of fatal, error, warn, info, debug, trace, silent.',
    'GEMAAL_HEALTH_PORT cannot be used; expected a port, 0 to 65535.',
    'GEMAAL_CONCURRENCY cannot be used; expected a whole number, 1 to 100.',
  ])
})

test('a webhook goes with its secret', () => {
  const url = 'https://chat.example/hooks/1'
  expect(problemsOf({ GEMAAL_WEBHOOK_URL: url })[0]).toContain('GEMAAL_WEBHOOK_SECRET')
  expect(problemsOf({ GEMAAL_WEBHOOK_URL: canary, GEMAAL_WEBHOOK_SECRET: canary })).toEqual([
    'GEMAAL_WEBHOOK_URL cannot be used; expected an address such as https://chat.example.nl/hooks/….',
  ])
  expect(loadSettings({ GEMAAL_WEBHOOK_URL: url, GEMAAL_WEBHOOK_SECRET: canary }).webhook?.secret.reveal()).toBe(canary)
})

test('a secret comes from its file where a variable names one, and a file that is not there is told', async () => {
  const file = await secretFile(`postgres://jan:${canary}@db/warehouse\n`)
  expect(loadSettings({ DATABASE_URL_FILE: file }).databaseUrl?.reveal()).toBe(`postgres://jan:${canary}@db/warehouse`)
  expect(problemsOf({ DATABASE_URL_FILE: '/nowhere/url' })[0]).toBe(
    'DATABASE_URL is not found. Looked at: variable DATABASE_URL (not set); file /nowhere/url (named by DATABASE_URL_FILE) (does not exist).',
  )
})

test('settings print without their secrets', () => {
  const settings = loadSettings({
    DATABASE_URL: `postgres://jan:${canary}@db/warehouse`,
    PGHOST: 'db',
    PGPASSWORD: canary,
    GEMAAL_WEBHOOK_URL: `https://chat.example/${canary}`,
    GEMAAL_WEBHOOK_SECRET: canary,
    HTTPS_PROXY: `http://jan:${canary}@proxy`,
  })
  const said = [JSON.stringify(settings), inspect(settings, { depth: 9, showHidden: true }), `${settings.databaseUrl}`].join('\n')
  expect(said).not.toContain(canary)
  expect(said).toContain('[secret]')
})

test('the key of a pseudonym domain is that of its name in capitals', async () => {
  const file = await secretFile(canary)
  expect(findPseudonymKey('sociaal-domein', { GEMAAL_KEY_SOCIAAL_DOMEIN: canary }).value?.reveal()).toBe(canary)
  expect(findPseudonymKey('sociaal', { GEMAAL_KEY_SOCIAAL_FILE: file }).value?.reveal()).toBe(canary)
  expect(findPseudonymKey('sociaal', {})).toEqual({
    value: undefined,
    looked: ['variable GEMAAL_KEY_SOCIAAL (not set)', 'variable GEMAAL_KEY_SOCIAAL_FILE (not set)'],
  })
})

function problemsOf(env: { [name: string]: string }): readonly string[] {
  try {
    loadSettings(env)
    return []
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    expect([error.message, error.stack, inspect(error)].join('\n')).not.toContain(canary)
    return error.problems
  }
}

async function secretFile(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gemaal-settings-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'secret')
  await writeFile(file, text)
  return file
}
