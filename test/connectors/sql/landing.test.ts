import { afterEach, beforeEach, expect, test } from 'vitest'
import { SourceRefused, SourceUnavailable } from '../../../connectors/errors.js'
import { newPseudonymKey } from '../../../worker/pseudonyms.js'
import { examplesOf } from '../../docs/pages.js'
import { startPostgresSource } from '../../sources/sql/postgres.js'
import { bsn, type SqlSource, voorzieningen } from '../../sources/sql/source.js'
import { balanceOf, openProject, type TestProject } from '../../support/project.js'
import { openTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js'

/** The files of the page, by the path in their first line. */
const example = examplesOf('docs/connectors/sql.md')
const files = {
  ...example,
  'gemaal.yaml':
    'gemaal: 1\norganisation: { name: Gemeente Waterdam, code: 0363 }\ncontact: { data: data@waterdam.example, fg: fg@waterdam.example }\n',
  'activities.yaml':
    'wmo-monitor:\n  purpose: Volgen van voorzieningen\n  basis: wettelijke verplichting\n  law: Wmo 2015 art. 2.5.1\n  until: 2028-12-31\n  personal: { bsn: pseudonymise }\n',
}

let source: SqlSource
let network: TcpProxy
let project: TestProject
beforeEach(async () => {
  source = await startPostgresSource()
  await source.execute(voorzieningen(1, rows))
  network = await openTcpProxy({ port: source.port })
  project = await openProject(files, {
    CENTRIC_URL: source.baseUrl.replace(`:${source.port}`, `:${network.port}`),
    GEMAAL_CENTRIC_USERNAME: source.credentials.username,
    GEMAAL_CENTRIC_PASSWORD: source.credentials.password,
    GEMAAL_KEY_WMO_MONITOR: newPseudonymKey('wmo-monitor'),
  })
})
afterEach(async () => {
  await project.close()
  await network.close()
  await source.stop()
})

/** More than one statement gives. */
const rows = 2_100
const stream = 'centric/voorzieningen'
const dataset = 'wmo.voorzieningen'
const read = async (reading?: 'full' | 'changes') => balanceOf(await project.read(stream, reading), dataset)
const count = async () => Number((await project.rows<{ n: string }>(`select count(*) as n from ${dataset}`))[0]!.n)
const now = `'2026-06-01 12:00:00'`

test('a table lands with what its activity allows, then what changed, and what is deleted goes', async () => {
  expect(await read()).toMatchObject({ read: rows, new: rows, quarantined: 0 })
  const [row] = await project.rows(`select * from ${dataset} where voorziening_id = 7`)
  expect(row).toMatchObject({ bedrag: '7.1234567890', bsn: expect.stringMatching(/^wm\w*_/) })
  expect(row).not.toHaveProperty('soort')
  expect(JSON.stringify(row)).not.toContain(bsn(7))

  await source.execute(`
    update wmo.voorziening set bedrag = 5, mutatie = ${now} where voorziening_id = 7;
    delete from wmo.voorziening where voorziening_id in (1, 2);
    ${voorzieningen(5_000, 1, () => now)}`)
  const changes = await read('changes')
  expect(changes).toMatchObject({ new: 1, changed: 1, deleted: 0 })
  expect(changes.read).toBeLessThan(1_600)
  expect(await count()).toBe(rows + 1)
  expect(await read()).toMatchObject({ read: rows - 1, new: 0, changed: 0, unchanged: rows - 1, deleted: 2 })
  expect(await read('changes')).toMatchObject({ new: 0, changed: 0 })
})

test('a reading that was cut off goes on from its last chunk, and the dataset is whole', async () => {
  await source.execute(voorzieningen(rows + 1, 4_400))
  const begun = await project.begin(stream)
  let batches = 0
  const cut = () => {
    batches += 1
    network.cut()
  }
  await expect(begun.stage(undefined, cut)).rejects.toThrow(SourceUnavailable)
  expect(batches).toBeGreaterThan(0)
  await expect(begun.stage()).rejects.toThrow(SourceUnavailable)
  network.mend()
  await begun.stage()
  expect(balanceOf(await begun.publish(), dataset)).toMatchObject({ read: 6_500, new: 6_500 })
  expect(await count()).toBe(6_500)
})

test('a login that may not connect for now is unavailable, and nothing is lost by it', async () => {
  await read()
  const { username } = source.credentials
  await source.execute(`alter role ${username} connection limit 0`)
  await expect(read()).rejects.toThrow(SourceUnavailable)
  await source.execute(`alter role ${username} connection limit -1`)
  expect(await read()).toMatchObject({ unchanged: rows, deleted: 0 })
})

test('a right on a table or a column that is taken away is refused and deletes nothing', async () => {
  await read()
  const { username } = source.credentials
  await source.execute(
    `revoke select on wmo.voorziening from ${username}; grant select (voorziening_id, bsn, mutatie, datum_besluit) on wmo.voorziening to ${username}`,
  )
  await expect(read()).rejects.toThrow(/has no column 'bedrag' that the login may read/)
  await source.execute(`revoke select (voorziening_id, bsn, mutatie, datum_besluit) on wmo.voorziening from ${username}`)
  await expect(read()).rejects.toThrow(SourceRefused)
  expect(await count()).toBe(rows)
})

test('row-level security that begins to hide rows holds the run, and deletes nothing', async () => {
  await read()
  await source.execute(
    'alter table wmo.voorziening enable row level security; create policy deel on wmo.voorziening using (voorziening_id < 2000)',
  )
  const outcome = await project.read(stream)
  expect(outcome.datasets).toMatchObject([{ dataset, hold: expect.any(Number) }])
  expect(await count()).toBe(rows)
})

test('a column that is renamed stops the stream by its name, and one that comes does nothing', async () => {
  await read()
  await source.execute('alter table wmo.voorziening add wijk text')
  expect(await read()).toMatchObject({ unchanged: rows })
  await source.execute('alter table wmo.voorziening rename bedrag to bedrag_eur')
  await expect(read()).rejects.toThrow(/'wmo.voorziening' has no column 'bedrag'.*gemaal discover centric/)
  expect(await count()).toBe(rows)
})

test('a value that is none of its type puts its record in quarantine beside the others', async () => {
  await source.execute(`update wmo.voorziening set datum_besluit = 'infinity' where voorziening_id = 9`)
  expect(await read()).toMatchObject({ read: rows, new: rows - 1, quarantined: 1 })
})
