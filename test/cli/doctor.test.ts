import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Check } from '../../cli/doctor/check.js'
import { run as doctor } from '../../cli/doctor.js'
import { newPseudonymKey } from '../../worker/pseudonyms.js'
import { credentials, startOrders } from '../sources/orders/server.js'
import { openFolder, type TestFolder } from '../support/folder.js'
import { commandIn, gemaal } from '../support/gemaal.js'
import { openRunning, type Running } from '../support/running.js'
import { openWaterdam, sampleFolder, type Waterdam } from '../support/waterdam.js'

interface Diagnosis {
  code: number
  problems: number
  warnings: number
  checks: Check[]
  /** Checks of one result, as `area: says`. */
  of(result: Check['result']): string[]
}

let waterdam: Waterdam
let folder: TestFolder
beforeAll(async () => {
  waterdam = await openWaterdam({ zaken: 40 })
  folder = await openFolder()
})
afterAll(async () => {
  await waterdam.close()
  await folder.remove()
})

async function diagnose(project: string | undefined, env: { [name: string]: string }): Promise<Diagnosis> {
  const { context, texts } = commandIn(project, env, true)
  try {
    const code = await doctor(context)
    const told = JSON.parse(texts.stdout)
    return {
      code,
      ...told,
      of: (result) => told.checks.filter((c: Check) => c.result === result).map((c: Check) => `${c.area}: ${c.says}`),
    }
  } finally {
    await context.close()
  }
}

const ofSample = (env: { [name: string]: string } = {}) =>
  diagnose(sampleFolder, { ...waterdam.environment, DATABASE_URL: waterdam.url, ...env })

/** A project with a connector of its own, and one source of it. */
async function projectWith(name: string, files: { [path: string]: string }): Promise<string> {
  const project = join(folder.path, name)
  const all = {
    'gemaal.yaml': 'gemaal: 1\norganisation: { name: W, code: 0363 }\ncontact: { data: d@waterdam.example, fg: fg@waterdam.example }\n',
    ...files,
  }
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(project, path)), { recursive: true })
    await writeFile(join(project, path), text)
  }
  return project
}

describe('without servers', () => {
  test('says what a newcomer has and does next, and ends with 0', async () => {
    const diagnosed = await gemaal(['doctor'], { cwd: folder.path })
    expect(diagnosed.code).toBe(0)
    expect(diagnosed.stdout).toContain(`ok       machine: Node.js ${process.versions.node}`)
    expect(diagnosed.stdout).toMatch(/ok {7}machine: \d+\.\d GB free for the data folder/)
    expect(diagnosed.stdout).toContain('ok       warehouse: none yet: neither DATABASE_URL nor PGHOST is set')
    expect(diagnosed.stdout).toMatch(/warning {2}temporal: Temporal does not run on this machine[^\n]*\n {9}→ /)
    expect(diagnosed.stdout).toMatch(/warning {2}project: there is none here\n {9}→ .*gemaal init/)
    expect(diagnosed.stderr).toMatch(/0 problems, 2 warnings\.\n$/)
  })

  test('a Postgres that is named and out of reach is a problem of the warehouse', async () => {
    const { code, of } = await diagnose(undefined, { DATABASE_URL: 'postgresql://gemaal:canary-88@127.0.0.1:9/gemaal' })
    expect(code).toBe(8)
    expect(of('problem')).toEqual([
      expect.stringMatching(/^warehouse: The Postgres that DATABASE_URL names, 127\.0\.0\.1:9\/gemaal, could not be reached/),
    ])
  })

  test('a Temporal that is named and out of reach is a problem', async () => {
    const { code, of } = await diagnose(undefined, { TEMPORAL_ADDRESS: '127.0.0.1:9' })
    expect(code).toBe(1)
    expect(of('problem')).toEqual([expect.stringMatching(/^temporal: Temporal does not answer/)])
  })

  test('a proxy is shown without its password, and one that is no address is a problem', async () => {
    const { of } = await diagnose(undefined, { HTTPS_PROXY: 'http://me:canary-77@proxy.example:3128', NO_PROXY: '.local' })
    expect(of('ok')).toContainEqual('machine: HTTPS_PROXY http://proxy.example:3128, NO_PROXY .local')
    const wrong = await diagnose(undefined, { HTTP_PROXY: 'ftp://proxy.example' })
    expect(wrong).toMatchObject({ code: 5 })
    expect(wrong.of('problem')).toEqual([expect.stringContaining('HTTP_PROXY is not the address of a proxy')])
  })
})

describe('a source', () => {
  test('that is as it should be: credentials, sign-in, clock, filter, rights and keys', async () => {
    const { code, of } = await ofSample()
    expect(of('problem')).toEqual([])
    expect(code).toBe(0)
    for (const says of [
      'source open-zaak: credential secret: found in variable GEMAAL_OPEN_ZAAK_SECRET',
      "source open-zaak: 'zaken': registratiedatum__gt is honoured: no zaken after the year 9999",
      'source open-zaak: rights to read: * * *',
      'source open-zaak: its clock agrees with this machine to within 30 s',
      'source open-zaak: records of 13 streams can be re-read by key',
    ])
      expect(of('ok')).toContain(says)
    expect(of('ok')).toContainEqual(
      expect.stringMatching(/^source open-zaak: we are let in at its API catalogi: 'catalogussen' gives records \(1 request, /),
    )
    expect(of('ok')).toContainEqual(expect.stringMatching(/^source open-zaak: we are let in at its API zaken: /))
    expect(of('ok')).toContainEqual(
      expect.stringMatching(/^keys: key st1 of domain 'sturing-dienstverlening': found in variable GEMAAL_KEY_STURING_DIENSTVERLENING/),
    )
  })

  test('whose credentials are missing: each place that was looked at, and what to set', async () => {
    const { code, checks } = await ofSample({ GEMAAL_OPEN_ZAAK_SECRET: '', GEMAAL_OPEN_ZAAK_SECRET_FILE: '/nowhere/secret' })
    expect(code).toBe(5)
    expect(checks).toContainEqual({
      area: 'source open-zaak',
      result: 'problem',
      says: 'credential secret: not found; looked at variable GEMAAL_OPEN_ZAAK_SECRET (empty); file /nowhere/secret (named by GEMAAL_OPEN_ZAAK_SECRET_FILE) (does not exist)',
      fix: 'set GEMAAL_OPEN_ZAAK_SECRET, or GEMAAL_OPEN_ZAAK_SECRET_FILE to a file that holds it',
      code: 5,
    })
  })

  test('that does not take our secret: which variables, and never what they hold', async () => {
    const diagnosed = await ofSample({ GEMAAL_OPEN_ZAAK_SECRET: 'canary-secret-0123456789' })
    expect(diagnosed.code).toBe(5)
    expect(diagnosed.of('problem')).toEqual([expect.stringMatching(/403 .*GEMAAL_OPEN_ZAAK_CLIENT_ID and GEMAAL_OPEN_ZAAK_SECRET/)])
    expect(JSON.stringify(diagnosed.checks)).not.toContain('canary')
  })

  test('that is down, or whose name nobody knows, ends with 6', async () => {
    const down = await ofSample({ OPEN_ZAAK_URL: 'http://127.0.0.1:9' })
    expect(down).toMatchObject({ code: 6 })
    expect(down.of('problem')).toEqual([expect.stringContaining('refuses the connection')])
    const unknown = await ofSample({ OPEN_ZAAK_URL: 'http://openzaak.invalid' })
    expect(unknown).toMatchObject({ code: 6 })
    expect(unknown.of('problem')).toEqual([expect.stringMatching(/the name openzaak\.invalid is not known \(E/)])
  })

  test('whose rights are other ones than were accepted says which, before a run is held', async () => {
    await waterdam.read('zaaktypen')
    onTestFinished(() => waterdam.zgw.grant('all'))
    waterdam.zgw.grant([{ zaaktype: 'B0337', atMost: 'openbaar' }])
    const { code, of } = await ofSample()
    expect(code).toBe(0)
    expect(of('warning')).toContainEqual('source open-zaak: rights are narrower than those that were accepted: * * *')
  })

  test('that ignores the filter of changes, and streams that cannot be re-read by key', async () => {
    const orders = await startOrders({ ignoresFilter: true })
    onTestFinished(() => orders.stop())
    const project = await projectWith('orders', {
      'connectors/winkel/connector.yaml': await readFile(new URL('../connectors/probes/orders/connector.yaml', import.meta.url), 'utf8'),
      'sources/shop.yaml': `connector: winkel\nbaseUrl: ${orders.url}/api\n`,
      'datasets/shop/orders.yaml': 'from: shop/orders\nactivity: winkel\n',
      'datasets/shop/lines.yaml': 'from: shop/lines\n',
      'activities.yaml': 'winkel: { purpose: x, basis: toestemming, until: 2099-12-31 }\n',
    })
    const { code, checks } = await diagnose(project, {
      GEMAAL_SHOP_CLIENT_ID: credentials.clientId,
      GEMAAL_SHOP_CLIENT_SECRET: credentials.clientSecret,
    })
    expect(code).toBe(5)
    expect(checks).toContainEqual(
      expect.objectContaining({
        result: 'problem',
        says: expect.stringContaining("'orders': "),
        fix: expect.stringContaining('read: full'),
      }),
    )
    expect(checks).toContainEqual(
      expect.objectContaining({
        result: 'warning',
        says: expect.stringMatching(/'lines': its records cannot be re-read by key: a delete is proven only by two complete listings/),
      }),
    )
  })

  test('is not asked outside of the hours of its budget', async () => {
    const { hour } = Object.fromEntries(
      new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Amsterdam', hour: '2-digit', hourCycle: 'h23' })
        .formatToParts(new Date())
        .map(({ type, value }) => [type, Number(value)]),
    ) as { hour: number }
    const clock = (at: number) => `${String(at % 24).padStart(2, '0')}:00`
    const project = await projectWith('hours', {
      'sources/open-zaak.yaml': `connector: zgw\nbaseUrl: ${waterdam.zgw.url}\nbudget: { between: ${clock(hour + 6)}-${clock(hour + 12)} }\n`,
    })
    waterdam.zgw.clearRequests()
    const { code, of } = await diagnose(project, waterdam.environment)
    expect(code).toBe(0)
    expect(of('warning')).toContainEqual(expect.stringContaining('source open-zaak: it may be read only between'))
    expect(waterdam.zgw.requests()).toEqual([])
  })

  test('whose clock is ten minutes ahead', async () => {
    const server: Server = createServer((_, response) => {
      response.sendDate = false
      response.writeHead(200, { 'content-type': 'application/json', date: new Date(Date.now() + 600_000).toUTCString() })
      response.end('[{"id":"1"}]')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => new Promise((resolve) => server.close(() => resolve())))
    const project = await projectWith('clock', {
      'connectors/teller/connector.yaml':
        'docs: https://teller.example\nstreams:\n  tellers:\n    path: tellers\n    pages: { by: single }\n    key: id\n    record: { properties: { id: { type: string, kind: none, description: Nummer } } }\n',
      'sources/tellers.yaml': `connector: teller\nbaseUrl: http://127.0.0.1:${(server.address() as AddressInfo).port}\n`,
    })
    const { code, of } = await diagnose(project, {})
    expect(code).toBe(0)
    expect(of('warning')).toContainEqual(expect.stringMatching(/^source tellers: its clock is (599|60[01]) s ahead of this machine$/))
    expect(of('ok')).toContainEqual('source tellers: it needs no credentials')
  })
})

describe('the keys', () => {
  test('another one than is in use is a problem, and so is none', async () => {
    await waterdam.read('zaken')
    await waterdam.read('rollen')
    const other = await ofSample({ GEMAAL_KEY_STURING_DIENSTVERLENING: newPseudonymKey('sturing-dienstverlening') })
    expect(other).toMatchObject({ code: 5 })
    expect(other.of('problem')).toEqual([
      expect.stringMatching(/^keys: the key of domain 'sturing-dienstverlening' \(st1, .*\) is not the one in use \(st1\)/),
    ])
    const none = await ofSample({ GEMAAL_KEY_STURING_DIENSTVERLENING: '' })
    expect(none.checks).toContainEqual(
      expect.objectContaining({ result: 'problem', fix: 'set GEMAAL_KEY_STURING_DIENSTVERLENING to the key that is in use (st1)' }),
    )
  })
})

describe('the warehouse', () => {
  test('of which our login may do everything', async () => {
    const { of } = await ofSample()
    for (const says of [
      'warehouse: the login may create schemas',
      'warehouse: the login may use temporary tables',
      'warehouse: the login may create roles',
      'warehouse: its clock agrees with this machine',
      'warehouse: the control schema is up to date',
    ])
      expect(of('ok')).toContain(says)
    expect(of('ok')).toContainEqual(expect.stringMatching(/^warehouse: Postgres \d+\.\d+, database test_\w+, login \w+ \(DATABASE_URL\)$/))
  })

  test('whose login may too little says what a DBA runs', async () => {
    const name = `plain_${new URL(waterdam.url).pathname.slice(1)}`
    await waterdam.rows(`create role ${name} login password 'x'`)
    const [{ database } = { database: '' }] = await waterdam.rows<{ database: string }>('select current_database() as database')
    await waterdam.rows(`revoke temporary on database ${database} from public`)
    onTestFinished(() => waterdam.rows(`drop role ${name}`).then(() => {}))
    const url = new URL(waterdam.url)
    url.username = name
    url.password = 'x'
    const { code, checks } = await diagnose(undefined, { DATABASE_URL: url.href })
    expect(code).toBe(8)
    expect(checks).toContainEqual(
      expect.objectContaining({ result: 'problem', fix: `a DBA runs: grant create on database ${database} to ${name}` }),
    )
    expect(checks).toContainEqual(
      expect.objectContaining({ result: 'problem', fix: `a DBA runs: grant temporary on database ${database} to ${name}` }),
    )
    expect(checks).toContainEqual(expect.objectContaining({ result: 'warning', says: `login ${name} may not create roles` }))
  })
})

describe('Temporal and the workers', () => {
  let running: Running
  beforeAll(async () => {
    running = await openRunning(waterdam)
  })
  afterAll(() => running.close())

  const withTemporal = (env: { [name: string]: string } = {}) =>
    ofSample({ TEMPORAL_ADDRESS: running.address, TEMPORAL_NAMESPACE: running.namespace, GEMAAL_TASK_QUEUE: running.taskQueue, ...env })

  test('a namespace that is there, and a worker that is not and then is', async () => {
    const without = await withTemporal()
    expect(without.code).toBe(0)
    expect(without.of('ok')).toContain(`temporal: ${running.address}, namespace ${running.namespace}`)
    expect(without.of('warning')).toEqual([`temporal: no worker takes work from task queue '${running.taskQueue}'`])
    await running.worker()
    const { of } = await withTemporal()
    expect(of('warning')).toEqual([])
    expect(of('ok')).toContain(`temporal: 1 worker takes work from task queue '${running.taskQueue}'`)
  })

  test('a namespace that is not there is a problem', async () => {
    const { of } = await withTemporal({ TEMPORAL_NAMESPACE: 'nergens' })
    expect(of('problem')).toEqual([expect.stringMatching(/^temporal: .* does not let us at namespace 'nergens'/)])
  })
})
