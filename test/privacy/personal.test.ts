import { afterAll, beforeAll, expect, test } from 'vitest'
import { newPseudonymKey } from '../../worker/pseudonyms.js'
import { startZgw, type ZgwServer } from '../sources/zgw/server.js'
import { until } from '../support/until.js'
import { type Household, openHousehold } from './household.js'
import { type Haystacks, searchFor } from './search.js'

/** Enough of them that the first rollen are staged before the last are read. */
const zaken = 700

// A second dataset of the rollen, which waits for a person as soon as records are refused.
const waiting = 'from: open-zaak/rollen\nactivity: sturing-dienstverlening\npersonal: [bsn]\nholds: { quarantined: 3 }\n'

let zgw: ZgwServer
let household: Household
/** Numbers of persons, malformed ones too, names and postcodes: of these the sample's contracts let none land as it is. */
let personal: (haystacks: Haystacks) => { place: string; value: string; notation: string }[]
let control: typeof personal

beforeAll(async () => {
  zgw = await startZgw({ zaken, broken: 0.3 })
  const environment = {
    OPEN_ZAAK_URL: zgw.url,
    GEMAAL_OPEN_ZAAK_CLIENT_ID: zgw.clientId,
    GEMAAL_OPEN_ZAAK_SECRET: zgw.secret,
    GEMAAL_KEY_STURING_DIENSTVERLENING: newPseudonymKey('sturing-dienstverlening'),
    GEMAAL_KEY_SOCIAAL: newPseudonymKey('sociaal'),
  }
  household = await openHousehold(environment, { 'datasets/zaken/rollen_wachtend.yaml': waiting })
  const { rollen, zaken: all } = zgw.snapshot()
  const who = rollen.map((rol) => (rol.betrokkeneIdentificatie ?? {}) as { [name: string]: unknown })
  const more = who.flatMap((one) => [
    one.innNnpId,
    one.kvkNummer,
    one.vestigingsNummer,
    (one.verblijfsadres as { aoaPostcode?: string } | null)?.aoaPostcode,
  ])
  personal = searchFor([...zgw.personalValues(), ...more].filter((value) => typeof value === 'string' && value.length >= 6) as string[])
  control = searchFor(all.slice(0, 5).map((zaak) => zaak.uuid as string))
  expect((await household.gemaal('apply')).code).toBe(0)
})
afterAll(async () => {
  await household?.close()
  await zgw?.stop()
})

test('the values that are searched for are those of persons, and stand where nobody would look for them', () => {
  const places = zgw.planted().map(({ place }) => place)
  expect(places).toEqual(expect.arrayContaining(['toelichting', 'betrokkene, in a parameter', 'objectIdentificatie, deep in overigeData']))
  const values = zgw.personalValues()
  expect(values.filter((value) => /^\d{9}$/.test(value)).length).toBeGreaterThan(200)
  expect(values.some((value) => /^\d{8}$/.test(value))).toBe(true)
})

/** Records that are staged, by their state: r lands, q is refused. */
async function staged(): Promise<{ r: number; q: number }> {
  const tables = await household.rows<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'staging'::regnamespace and relkind = 'r' and relname ~ '^d[0-9]+$'`,
  )
  const counts = { r: 0, q: 0 }
  for (const { name } of tables) {
    const rows = await household.rows<{ state: 'r' | 'q'; n: string }>(
      `select _state::text as state, count(*) as n from staging.${name} where _state in ('r', 'q') group by 1`,
    )
    for (const { state, n } of rows) counts[state] += Number(n)
  }
  return counts
}

const runEnded = async () => (await household.rows('select from gemaal.runs where ended_at is null')).length === 0

test('while a run is stopped half way, with records staged and others refused, nothing of a person is kept', async () => {
  const held = zgw.hold({ list: 'rollen', nth: 3 })
  expect((await household.gemaal('run', 'open-zaak', '--full', '--no-wait')).code).toBe(0)
  await held.arrived
  await until(async () => {
    const { r, q } = await staged()
    return r >= 900 && q > 0
  }, 'records are staged')
  const written = await household.written()
  expect(control(written).length).toBeGreaterThan(0)
  expect(personal(written)).toEqual([])
  held.release()
  await until(runEnded, 'the run ends')
})

test('after a run that refused records and held datasets back, nothing of a person is kept', async () => {
  const refused = await household.rows<{ n: string }>(
    `select count(*) as n from gemaal.quarantine where findings @> '[{"rule": "nl.bsn"}]'`,
  )
  expect(Number(refused[0]!.n)).toBeGreaterThan(0)
  expect(await household.rows(`select why, dataset from gemaal.holds where status = 'open'`)).toContainEqual({
    why: 'quarantined',
    dataset: 'zaken.rollen_wachtend',
  })
  expect((await staged()).q).toBeGreaterThan(0)
  const landed = await household.rows<{ n: string }>(
    `select count(*) as n from zaken.rollen where betrokkene_identificatie_inp_bsn like 'st1\\_%'`,
  )
  expect(Number(landed[0]!.n)).toBeGreaterThan(200)
  expect(personal(await household.written())).toEqual([])
})

test('when the source answers with the persons that it had in hand, nothing of them is kept', async () => {
  const statuses = { rollen: 500, statussen: 400, zaakobjecten: 403, resultaten: 422 } as const
  for (const list of Object.keys(statuses) as (keyof typeof statuses)[])
    zgw.fail({ list, fault: { kind: 'hugeError', status: statuses[list], bytes: 20_000 }, times: 99 })
  zgw.breakRecord(zgw.snapshot().zaken[0]!.uuid as string)
  expect((await household.gemaal('run', 'open-zaak', '--full', '--no-wait')).code).toBe(0)
  const ended = async (status: string) =>
    (await household.rows<{ stream: string }>(`select stream from gemaal.stream_runs where status = '${status}' order by stream`)).map(
      (r) => r.stream,
    )
  await until(async () => (await ended('waiting')).length === 1 && (await ended('failed')).length === 3, 'one waits and three failed')
  expect([await ended('waiting'), await ended('failed')]).toEqual([['rollen'], ['resultaten', 'statussen', 'zaakobjecten']])
  expect(personal(await household.written())).toEqual([])
  zgw.reset()
  await until(runEnded, 'the run ends')
  expect(personal(await household.written())).toEqual([])
})

test('when records vanish, links change and rights narrow, nothing of a person is kept', async () => {
  for (const { uuid } of zgw.snapshot().zaken.slice(0, zaken / 4)) zgw.deleteZaak(uuid as string)
  expect((await household.gemaal('run', 'open-zaak', '--full')).code).toBeGreaterThan(0)
  expect(await household.rows(`select why from gemaal.holds where status = 'open'`)).toContainEqual({ why: 'deletes' })
  for (const words of [['runs', 'list'], ['status'], ['quarantine', 'list'], ['findings'], ['holds', 'list'], ['privacy', 'show']])
    await household.gemaal(...words)
  expect(personal(await household.written())).toEqual([])
})

test('nothing of a person is in any file on disk: not in the data of Postgres and its log of writes, not in that of Temporal', async () => {
  const files = await household.end()
  const places = [...new Set(control(files).map(({ place }) => place))]
  expect(places.some((place) => place.startsWith('postgres data/base/'))).toBe(true)
  expect(places.some((place) => place.startsWith('postgres data/pg_wal/'))).toBe(true)
  expect([...files.keys()]).toEqual(expect.arrayContaining(['temporal/temporal.db', 'temporal/temporal.log', 'postgres/postgres.log']))
  expect(searchFor(['stream:open-zaak/rollen'])(files).map(({ place }) => place)).toContain('temporal/temporal.db')
  expect(personal(files)).toEqual([])
})
