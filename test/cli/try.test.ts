import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newPseudonymKey } from '../../worker/pseudonyms.js'
import { startZgw, type ZgwServer } from '../sources/zgw/server.js'
import { openFolder, type TestFolder } from '../support/folder.js'
import { gemaal } from '../support/gemaal.js'
import { sampleFolder } from '../support/waterdam.js'

let zgw: ZgwServer
let folder: TestFolder
beforeAll(async () => {
  zgw = await startZgw({ zaken: 120 })
  folder = await openFolder()
})
beforeEach(() => zgw.reset())
afterAll(async () => {
  await zgw.stop()
  await folder.remove()
})

// The folder holds neither project nor servers, and no variable names any.
const environment = () => ({
  GEMAAL_PROJECT: sampleFolder,
  OPEN_ZAAK_URL: zgw.url,
  GEMAAL_OPEN_ZAAK_CLIENT_ID: zgw.clientId,
  GEMAAL_OPEN_ZAAK_SECRET: zgw.secret,
})
const run = (args: string[], env: { [name: string]: string } = {}) =>
  gemaal(['try', ...args], {
    cwd: folder.path,
    env: { ...environment(), ...env },
  })
const json = async (...args: string[]) => JSON.parse((await run([...args, '--json'])).stdout)

describe('records are shown as they would land', () => {
  test('with the requests that were made, what the rules found, and no value that shield drops', async () => {
    const tried = await run(['open-zaak/rollen', '--limit', '500'])
    expect(tried.code).toBe(0)
    expect(tried.stdout).toMatch(/record 1 lands\n {2}uuid +[0-9a-f-]{36}\n/)
    expect(tried.stderr).toContain(
      "The key of domain 'sturing-dienstverlening' is not here: pseudonyms are made with a random key, for this try alone.",
    )
    expect(tried.stderr).toMatch(/1 request:\n {2}GET http:\/\/127\.0\.0\.1:\d+\/zaken\/api\/v1\/rollen\?pageSize=500 {2}200, \d+ ms\n/)
    expect(tried.stderr).toMatch(/zaken\.rollen: \d+ would land, \d+ would go to quarantine, 0 would be outside\.\n {2}\S+: \d+ record/)
    const values = zgw.personalValues().filter((value) => value.length > 3)
    expect(values.length).toBeGreaterThan(100)
    expect(values.filter((value) => (tried.stdout + tried.stderr).includes(value))).toEqual([])
  })

  test('each with what the rules found in it, in words, and what a run alone can judge', async () => {
    const { records, datasets } = await json('open-zaak/rollen', '--limit', '500', '--dataset', 'zaken.rollen')
    const findings = records.flatMap((r: { findings: object[] }) => r.findings)
    expect(findings.length).toBeGreaterThan(0)
    for (const finding of findings)
      expect(finding).toMatchObject({
        rule: expect.stringMatching(/^[a-z-]+\./),
        nl: expect.stringMatching(/\.$/),
        en: expect.stringMatching(/\.$/),
      })
    const [rollen] = datasets
    const counted = Object.values(rollen.findings as { [rule: string]: number }).reduce((a, b) => a + b, 0)
    expect(counted).toBeGreaterThan(0)
    expect(rollen.notJudged).toContain('zgw-zaken.zaak-bestaat')
  })

  test('pseudonyms are those of the key that is here', async () => {
    const key = { GEMAAL_KEY_STURING_DIENSTVERLENING: newPseudonymKey('sturing-dienstverlening') }
    const bsns = async (env: { [name: string]: string }) => {
      const { stdout, stderr } = await run(['open-zaak/rollen', '--limit', '500', '--json'], env)
      const { records } = JSON.parse(stdout) as { records: { columns: { [name: string]: string } }[] }
      return { stderr, found: records.map((r) => r.columns.betrokkene_identificatie_inp_bsn).filter(Boolean) }
    }
    const [one, two, random] = [await bsns(key), await bsns(key), await bsns({})]
    expect(one.found.length).toBeGreaterThan(10)
    expect(two.found).toEqual(one.found)
    expect(random.found).not.toEqual(one.found)
    expect(one.stderr).not.toContain('random key')
  })

  test('no more are shown than were asked for', async () => {
    expect((await json('open-zaak/zaken', '--limit', '3')).records).toHaveLength(3)
    expect((await json('open-zaak/zaken')).records).toHaveLength(20)
    expect(await run(['open-zaak/zaken', '--limit', 'alle'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--limit') })
  })

  test('as one dataset takes them, and counted for each that takes from the stream', async () => {
    const { dataset, records, datasets } = await json('open-zaak/zaken', '--dataset', 'wmo.zaken', '--limit', '120')
    expect(dataset).toBe('wmo.zaken')
    expect(datasets.map((d: { dataset: string }) => d.dataset)).toEqual(['wmo.zaken', 'zaken.open_zaken', 'zaken.zaken'])
    for (const d of datasets) expect(d.land + d.quarantine + d.outside).toBe(120)
    const lands = records.find((r: { goes: string }) => r.goes === 'land')
    expect(lands.children).toHaveProperty('zaken_kenmerken')
    expect(lands.columns).not.toHaveProperty('communicatiekanaal')
    const outside = records.find((r: { goes: string }) => r.goes === 'outside')
    expect(Object.keys(outside.columns)).toEqual(['uuid'])
    expect(await run(['open-zaak/zaken', '--dataset', 'wmo.zakn'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("did you mean 'wmo.zaken'?"),
    })
  })

  test('of a stream without a dataset only what says nothing of a person', async () => {
    const project = `${folder.path}/small`
    await gemaal(['init', 'small', '--name', 'W', '--code', '0363'], { cwd: folder.path })
    await gemaal(['source', 'add', 'open-zaak', '--connector', 'zgw', '--url', zgw.url], { cwd: project })
    const tried = await run(['open-zaak/rollen', '--limit', '200', '--json'], { GEMAAL_PROJECT: project })
    expect(tried.stderr).toContain('No dataset takes from this stream')
    const { records, dataset } = JSON.parse(tried.stdout)
    expect(dataset).toBeNull()
    expect(records[0].columns).toHaveProperty('betrokkene_type')
    expect(records[0].columns).not.toHaveProperty('betrokkene_identificatie_inp_bsn')
    expect(zgw.personalValues().filter((v) => v.length > 3 && tried.stdout.includes(v))).toEqual([])
  })
})

describe('single records are asked for by their key', () => {
  test('found, gone, or not for us to see', async () => {
    const [zaak] = zgw.snapshot().zaken
    const uuid = String(zaak!.uuid)
    const gone = '00000000-0000-4000-8000-000000000000'
    const { records, answers, read } = await json('open-zaak/zaken', '--key', uuid, gone)
    expect(read).toBe(1)
    expect(records[0].columns.uuid).toBe(uuid)
    expect(answers).toEqual([{ key: { uuid: gone }, says: 'gone' }])
  })
})

describe('what goes wrong', () => {
  test('a stream or source that is not there is met with the nearest', async () => {
    expect(await run(['open-zaak/rolen'])).toMatchObject({ code: 2, stderr: expect.stringContaining("did you mean 'rollen'?") })
    expect(await run(['openzaak/rollen'])).toMatchObject({ code: 2, stderr: expect.stringContaining("did you mean 'open-zaak'?") })
  })

  test('a secret that is not taken ends with 5, says which variable, and shows the request', async () => {
    const tried = await run(['open-zaak/zaken'], { GEMAAL_OPEN_ZAAK_SECRET: 'canary-secret-0123456789' })
    expect(tried).toMatchObject({ code: 5, stdout: '', stderr: expect.stringMatching(/GET \S+ {2}403[\s\S]*GEMAAL_OPEN_ZAAK_SECRET/) })
    expect(tried.stderr).not.toContain('canary')
  })

  test('a secret that is missing ends with 5 and each place that was looked at', async () => {
    const tried = await run(['open-zaak/zaken'], { GEMAAL_OPEN_ZAAK_SECRET: '' })
    expect(tried).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('variable GEMAAL_OPEN_ZAAK_SECRET (empty), variable GEMAAL_OPEN_ZAAK_SECRET_FILE (not set)'),
    })
  })

  test('a source that is down ends with 6', async () => {
    expect(await run(['open-zaak/zaken'], { OPEN_ZAAK_URL: 'http://127.0.0.1:9' })).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('refuses the connection'),
    })
  })

  test('a request that was made again is counted', async () => {
    zgw.fail({ list: 'rollen', fault: { kind: 'gateway' } })
    const tried = await run(['open-zaak/rollen', '--limit', '1'])
    expect(tried).toMatchObject({ code: 0, stderr: expect.stringMatching(/2 requests, 1 of them again after a failure:\n.*502.*\n.*200/) })
  })

  test('Ctrl-C ends it at once with 130', async () => {
    const held = zgw.hold({ list: 'rollen' })
    const tried = await gemaal(['try', 'open-zaak/rollen'], {
      cwd: folder.path,
      env: environment(),
      interrupt: held.arrived,
    })
    held.release()
    expect(tried).toMatchObject({ code: 130, stdout: '', stderr: expect.stringContaining('No request was answered.') })
  })

  test('codes that the standard does not know are among the surprises', async () => {
    const { surprises } = await json('open-zaak/zaken', '--limit', '120')
    expect(surprises.length).toBeLessThanOrEqual(5)
    expect(surprises).toContainEqual(expect.objectContaining({ what: 'unknown code' }))
  })
})

test('nothing is written: no server was started, no folder made', async () => {
  expect(await readdir(folder.path)).toEqual(['small'])
})
