import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitingNotified } from '../../sql/notified.js'
import { type AbonnementChange, applyAbonnementen, planAbonnementen } from '../../worker/abonnementen.js'
import { openLog } from '../../worker/log.js'
import { messageOf, type NotificatiesServer, startNotificaties } from '../sources/notificaties/server.js'
import { openRunning, type Running, until } from '../support/running.js'
import { openWaterdam, type Waterdam } from '../support/waterdam.js'

const source = `connector: zgw
baseUrl: { env: OPEN_ZAAK_URL }
settle: none
notificaties: { baseUrl: { env: NOTIFICATIES_URL }, callback: { env: CALLBACK_URL } }
`

let waterdam: Waterdam
let running: Running
let api: NotificatiesServer
beforeAll(async () => {
  waterdam = await openWaterdam({ zaken: 300, broken: 0 }, { 'sources/open-zaak.yaml': source })
  api = await startNotificaties({ [waterdam.zgw.clientId]: waterdam.zgw.secret })
  Object.assign(waterdam.environment, { NOTIFICATIES_URL: api.url, GEMAAL_OPEN_ZAAK_CALLBACK_SECRET: 'zo-roept-de-bron-ons' })
  running = await openRunning(waterdam)
  const { callbackPort } = await running.worker({ callbackPort: 0 })
  waterdam.environment.CALLBACK_URL = `http://127.0.0.1:${callbackPort}/notificaties/open-zaak`
  expect(await running.run({ sync: 'daily', reading: 'full' })).toMatchObject({ status: 'synced' })
})
afterAll(async () => {
  await running?.close()
  await api?.stop()
  await waterdam?.close()
})

const options = () => ({ environment: waterdam.environment, version: '0.0.0-test', log: openLog('silent') })
async function subscribe(
  how: typeof planAbonnementen | typeof applyAbonnementen = applyAbonnementen,
): Promise<{ what: string[]; problems: string[] }> {
  const { project, plan } = await waterdam.workspace.load(waterdam.digest)
  const told = await how(waterdam.warehouse.db, project, plan, options())
  const { changes, problems } = Array.isArray(told) ? { changes: told as AbonnementChange[], problems: [] } : told
  return { what: changes.map(({ what }) => what), problems }
}

const one = async <T>(sql: string, values: unknown[] = []): Promise<T | undefined> => (await waterdam.rows<{ x: T }>(sql, values))[0]?.x
const openZaak = async (): Promise<string> =>
  (await one<string>('select uuid::text as x from zaken.zaken where einddatum is null order by uuid limit 1'))!
const planned = (uuid: string) => one<string>('select einddatum_gepland::text as x from zaken.zaken where uuid = $1', [uuid])
const readAgain = async () => (await one<number>(`select count(*)::int as x from gemaal.runs where trigger = 'notificatie'`))!
const quiet = () =>
  until(async () => {
    const open = await one<number>('select count(*)::int as x from gemaal.runs where ended_at is null')
    return open === 0 && (await waitingNotified(waterdam.warehouse.db, 'open-zaak')).size === 0
  }, 'all that was told is read again')

const zaakUrl = (uuid: string) => `${waterdam.zgw.url}/zaken/api/v1/zaken/${uuid}`
const changed = (uuid: string, actie = 'partial_update') => messageOf('zaken', zaakUrl(uuid), 'zaak', zaakUrl(uuid), actie)

test('apply subscribes once, tries nothing that stands, and makes good what was lost at the other side', async () => {
  expect(await subscribe(planAbonnementen)).toEqual({ what: ['make'], problems: [] })
  expect(await subscribe()).toEqual({ what: ['make'], problems: [] })
  const [abonnement] = api.abonnementen()
  expect(abonnement).toMatchObject({ callbackUrl: waterdam.environment.CALLBACK_URL, auth: 'zo-roept-de-bron-ons' })
  expect(abonnement!.kanalen.map(({ naam }) => naam)).toEqual(expect.arrayContaining(['zaken', 'documenten', 'besluiten']))
  expect(await subscribe()).toEqual({ what: [], problems: [] })
  expect(await subscribe(planAbonnementen)).toEqual({ what: [], problems: [] })
  api.forget()
  expect(await subscribe()).toEqual({ what: ['make'], problems: [] })
  expect(api.abonnementen()).toHaveLength(1)
})

test('another secret is another abonnement, and the old one is gone', async () => {
  waterdam.environment.GEMAAL_OPEN_ZAAK_CALLBACK_SECRET = 'een-nieuw-geheim'
  expect(await subscribe()).toEqual({ what: ['change'], problems: [] })
  expect(api.abonnementen().map(({ auth }) => auth)).toEqual(['een-nieuw-geheim'])
})

test('a Notificaties API that is away, or cannot reach us, is told without the secret, and with who can mend it', async () => {
  const callback = waterdam.environment.CALLBACK_URL!
  api.forget()
  waterdam.environment.CALLBACK_URL = 'http://127.0.0.1:9/notificaties/open-zaak'
  const { what, problems } = await subscribe()
  expect(what).toEqual([])
  expect(problems).toEqual([expect.stringMatching(/source 'open-zaak'.*500.*GEMAAL_CALLBACK_PORT has to run.*gemaal apply/)])
  expect(problems.join()).not.toContain('een-nieuw-geheim')
  waterdam.environment.CALLBACK_URL = callback
  expect((await subscribe()).problems).toEqual([])
})

test('what changed at the source is in the dataset when it was told, and nothing else is read', async () => {
  const uuid = await openZaak()
  waterdam.zgw.changeZaak(uuid, { einddatumGepland: '2031-01-01' })
  expect(await api.deliver(changed(uuid))).toEqual([204])
  await until(async () => (await planned(uuid)) === '2031-01-01', 'it landed')
  await quiet()
  const [account] = await waterdam.rows(
    `select s.reading, d.read, d.changed from gemaal.dataset_runs d join gemaal.stream_runs s on s.id = d.stream_run_id
     join gemaal.runs r on r.id = s.run_id where r.trigger = 'notificatie' and d.dataset = 'zaken.zaken' order by d.id desc limit 1`,
  )
  expect(account).toEqual({ reading: 'by-key', read: 1, changed: 1 })
})

test('messages of one object that come together make one run a stream, however often and in whatever order they come', async () => {
  const uuid = await openZaak()
  const before = await readAgain()
  const rol = waterdam.zgw.addRol(uuid)
  const added = messageOf('zaken', zaakUrl(uuid), 'rol', `${waterdam.zgw.url}/zaken/api/v1/rollen/${rol}`, 'create')
  const statuses = await api.deliver(added, changed(uuid), changed(uuid, 'create'), added, changed(uuid, 'update'))
  expect(statuses).toEqual([204, 204, 204, 204, 204])
  await until(async () => (await one<number>('select count(*)::int as x from zaken.rollen where uuid = $1', [rol])) === 1, 'the rol landed')
  await quiet()
  expect((await readAgain()) - before).toBeLessThanOrEqual(4)
})

test('two hundred messages at once are all answered, and their records are read together', async () => {
  const zaken = (await waterdam.rows<{ uuid: string }>('select uuid::text from zaken.zaken order by uuid limit 200')).map(
    ({ uuid }) => uuid,
  )
  const before = await readAgain()
  const statuses = await Promise.all(zaken.map((uuid) => api.deliver(changed(uuid))))
  expect(new Set(statuses.flat())).toEqual(new Set([204]))
  await quiet()
  expect((await readAgain()) - before).toBeLessThanOrEqual(3)
})

test('a zaak that was destroyed leaves', async () => {
  const uuid = await openZaak()
  waterdam.zgw.deleteZaak(uuid)
  await api.deliver(changed(uuid, 'destroy'))
  await until(async () => (await one('select 1 as x from zaken.zaken where uuid = $1', [uuid])) === undefined, 'it left')
  expect(await one('select 1 as x from zaken.zaken_deleted where uuid = $1', [uuid])).toBe(1)
  await quiet()
})

test('a message about a zaak that was never there, or that came before the zaak itself can be read, does no harm', async () => {
  const before = await one<number>('select count(*)::int as x from zaken.zaken')
  await api.deliver(changed('0b1f1e4e-6f0e-4f61-8d5c-0e9a4e0e5a11', 'create'))
  await quiet()
  expect(await one<number>('select count(*)::int as x from zaken.zaken')).toBe(before)
})

test('what is told during a full reading is read beside it, and the older listing does not take it back', async () => {
  const uuid = await openZaak()
  const held = waterdam.zgw.hold({ list: 'zaken', nth: 1 })
  const full = await running.start({ reading: 'full', streams: ['zaken'] })
  await held.arrived
  waterdam.zgw.changeZaak(uuid, { einddatumGepland: '2031-02-02' })
  await api.deliver(changed(uuid))
  const landed = async () => (await planned(uuid)) === '2031-02-02'
  await until(landed, 'it landed beside the full reading')
  held.release()
  await running.ended(full)
  expect(await landed()).toBe(true)
  await quiet()
})

test('what was told while Temporal did not take it is read when it does', async () => {
  const uuid = await openZaak()
  waterdam.zgw.changeZaak(uuid, { einddatumGepland: '2031-03-03' })
  // As it stands when the worker that took the message ended before it told Temporal.
  await waterdam.rows(
    `insert into gemaal.notified (source, stream, key, told_at) values ('open-zaak', 'zaken', $1, clock_timestamp() - interval '1 minute')`,
    [JSON.stringify({ uuid })],
  )
  await until(async () => (await planned(uuid)) === '2031-03-03', 'it landed')
})

test('a message that is lost is no loss: the next sync finds what changed', async () => {
  const uuid = await openZaak()
  waterdam.zgw.changeZaak(uuid, { einddatumGepland: '2031-06-06' })
  expect((await running.run({ sync: 'daily', reading: 'changes', streams: ['zaken'] })).status).toBe('synced')
  expect(await planned(uuid)).toBe('2031-06-06')
})
