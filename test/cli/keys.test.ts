import { cp, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import * as keys from '../../cli/keys.js'
import { migrate, openDatabase as openPool, type Warehouse } from '../../sql/database.js'
import { checkPseudonymKey } from '../../sql/pseudonym-keys.js'
import { fingerprintOf, newPseudonymKey, readPseudonymKey } from '../../worker/pseudonyms.js'
import { openDatabase, type TestDatabase } from '../support/database.js'
import { openFolder, type TestFolder } from '../support/folder.js'
import { commandIn, gemaal } from '../support/gemaal.js'
import { sampleFolder } from '../support/waterdam.js'

const domain = 'sturing-dienstverlening'
const variable = 'GEMAAL_KEY_STURING_DIENSTVERLENING'
let folder: TestFolder
beforeAll(async () => {
  folder = await openFolder()
})
afterAll(() => folder.remove())

const run = (args: string[], env = {}) => gemaal(['keys', ...args], { cwd: folder.path, env: { GEMAAL_PROJECT: sampleFolder, ...env } })

describe('keys new', () => {
  test('shows a key once, as the line of a variable, and on stdout alone', async () => {
    const made = await run(['new', domain])
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(new RegExp(`^${variable}=st1:[A-Za-z0-9_-]{43}\n$`)) })
    const [, value = ''] = made.stdout.trim().split('=')
    expect(made.stderr).toContain(fingerprintOf(readPseudonymKey(domain, value)!))
    expect(made.stderr).not.toContain(value.slice(4))
    expect((await run(['new', domain])).stdout).not.toBe(made.stdout)
  })

  test('--write puts it in a file that only its owner may read, which the variable that it prints names', async () => {
    const file = join(folder.path, 'keys', 'sturing.key')
    const made = await run(['new', domain, '--write', file])
    expect(made).toMatchObject({ code: 0, stdout: `${variable}_FILE=${file}\n` })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const text = await readFile(file, 'utf8')
    expect(made.stderr).not.toContain(text.trim().slice(4))
    const listed = await run(['list', '--json'], { [`${variable}_FILE`]: file })
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { domain, key: 'st1', state: 'present, not used yet', place: expect.stringContaining(file) },
    ])
    expect(await run(['new', domain, '--write', file])).toMatchObject({ code: 2, stderr: expect.stringContaining('is not overwritten') })
    expect(await readFile(file, 'utf8')).toBe(text)
  })

  test('a key does not get among the files of the project, which are shared by Git', async () => {
    const project = join(folder.path, 'project')
    await cp(sampleFolder, project, { recursive: true })
    const { context } = commandIn(project)
    await expect(keys.make(context, [domain], { write: join(project, 'sturing.key') })).rejects.toThrow(/would be a file of the project/)
    expect(await keys.make(context, [domain], { write: join(project, '.gemaal', 'sturing.key') })).toBe(0)
  })

  test('a domain is a name in kebab-case', async () => {
    await expect(keys.make(commandIn(sampleFolder).context, ['Sociaal Domein'], {})).rejects.toThrow(/kebab-case/)
  })
})

describe('keys list', () => {
  test('names the domains that the project needs, and each place where a key was looked for', async () => {
    const listed = await run(['list'])
    expect(listed).toMatchObject({ code: 0 })
    expect(listed.stdout).toMatch(/sturing-dienstverlening +missing +– +– +– +zaken\.rollen/)
    expect(listed.stdout).not.toContain('sociaal')
    expect(listed.stderr).toContain(`variable ${variable} (not set); variable ${variable}_FILE (not set)`)
    expect(listed.stderr).toContain(`\`gemaal keys new ${domain}\``)
  })

  test('a variable that holds something else is told without what it holds', async () => {
    const listed = await run(['list'], { [variable]: 'canary-4471' })
    expect(listed.stderr).toContain(`variable ${variable} holds no key`)
    expect(listed.stdout + listed.stderr).not.toContain('canary')
  })
})

describe('with a warehouse', () => {
  let database: TestDatabase
  let warehouse: Warehouse
  const first = newPseudonymKey(domain)
  const identityOf = (text: string) => {
    const key = readPseudonymKey(domain, text)!
    return { domain, id: key.id, fingerprint: fingerprintOf(key) }
  }

  beforeAll(async () => {
    database = await openDatabase()
    warehouse = openPool(database.url)
    await migrate(warehouse.db)
    await checkPseudonymKey(warehouse.db, identityOf(first))
  })
  afterAll(async () => {
    await warehouse.close()
    await database.close()
  })

  const inUse = async () =>
    (
      await warehouse.pool.query(
        `select key_id, fingerprint, current from gemaal.pseudonym_keys where domain = '${domain}' order by key_id`,
      )
    ).rows

  test('the key in use is told from another one', async () => {
    const same = await run(['list', '--json'], { DATABASE_URL: database.url, [variable]: first })
    expect(JSON.parse(same.stdout)).toMatchObject([{ domain, state: 'present', inUse: 'st1', inUseSince: expect.any(String) }])
    const other = await run(['list', '--json'], { DATABASE_URL: database.url, [variable]: newPseudonymKey(domain) })
    expect(JSON.parse(other.stdout)).toMatchObject([{ domain, state: 'another key (st1 is in use)' }])
  })

  test('a domain whose key is in use gets no other first key', async () => {
    const refused = await run(['new', domain], { DATABASE_URL: database.url })
    expect(refused).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/has the key st1 in use[\s\S]*gemaal keys replace/),
    })
  })

  test('a new generation says what it does, and needs --yes', async () => {
    const before = await inUse()
    const refused = await run(['replace', domain], { DATABASE_URL: database.url })
    expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/st2 comes in place of st1[\s\S]*Give --yes/) })
    expect(await inUse()).toEqual(before)
  })

  test('with --yes the new key is the one in use, and the trail says who replaced it', async () => {
    onTestFinished(() => warehouse.pool.query(`update gemaal.pseudonym_keys set current = key_id = 'st1'`).then(() => {}))
    const replaced = await run(['replace', domain, '--yes'], { DATABASE_URL: database.url, GEMAAL_USER: 'els' })
    expect(replaced).toMatchObject({ code: 0, stdout: expect.stringMatching(new RegExp(`^${variable}=st2:\\S{43}\n$`)) })
    const identity = identityOf(replaced.stdout.trim().slice(variable.length + 1))
    expect(await inUse()).toEqual([
      { key_id: 'st1', fingerprint: identityOf(first).fingerprint, current: false },
      { key_id: 'st2', fingerprint: identity.fingerprint, current: true },
    ])
    const { rows } = await warehouse.pool.query(`select who, action, object, detail from gemaal.audit_trail order by id desc limit 1`)
    expect(rows).toEqual([{ who: 'els', action: 'keys replace', object: domain, detail: { from: 'st1', to: 'st2' } }])
  })

  test('a domain that has no key yet has none to replace', async () => {
    const { context } = commandIn(sampleFolder, { DATABASE_URL: database.url })
    onTestFinished(() => context.close())
    await expect(keys.replace(context, ['sociaal'], { yes: true })).rejects.toThrow(/no key in use/)
  })
})
