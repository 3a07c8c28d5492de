import { beforeEach, describe, expect, test } from 'vitest'
import type { DatasetPlan } from '../../config/dataset-plan.js'
import { applyDataset, planDataset, vacuumDataset } from '../../sql/datasets.js'
import {
  a,
  apply,
  b,
  canary,
  checkpoint,
  database,
  digest,
  kinds,
  nextIsFull,
  placesOf,
  put,
  quarantine,
  query,
  stage,
  useWarehouse,
} from './bench.js'
import { bsn, column, plan, uuid } from './warehouse.js'

useWarehouse()

describe('a stricter treatment', () => {
  const child = (treatment: 'keep' | 'pseudonymise') => ({
    table: 'rollen_personen',
    field: 1,
    columns: [{ ...column('nummer', { kind: 'bsn', treatment }), path: ['nummer'], value: 'text' as const }],
  })
  const before = plan({ history: true, children: [child('keep')], indexes: ['bsn'] })
  const stricter = (treatment: 'pseudonymise' | 'drop') =>
    plan({
      history: true,
      indexes: treatment === 'drop' ? [] : ['bsn'],
      children: treatment === 'drop' ? [] : [child('pseudonymise')],
      columns: treatment === 'drop' ? [uuid, column('omschrijving')] : [uuid, { ...bsn, treatment }, column('omschrijving')],
      left:
        treatment === 'drop'
          ? [
              { column: 'bsn', kind: 'bsn', why: 'not allowed' },
              { column: 'personen', kind: 'bsn', why: 'not allowed' },
            ]
          : [],
    })

  beforeEach(async () => {
    await apply(before)
    await checkpoint('zaken.rollen')
    await put('zaken.rollen', [{ uuid: a, bsn: canary, omschrijving: 'blijft', _hash: b }])
    await put('zaken.rollen_history', [{ uuid: a, bsn: canary, _hash: b, _recorded_from: '2025-01-01' }])
    await query(`insert into zaken.rollen_personen values ('${a}', 0, '${canary}', '${b}', 1)`)
    await quarantine('zaken.rollen', { uuid: a, bsn: canary, omschrijving: 'blijft', personen: [{ nummer: canary }] })
    await quarantine('zaken.rollen', { bsn: canary }, true)
    await quarantine('zaken.anders', { bsn: 'niet van deze dataset' })
  })

  test.each(['pseudonymise', 'drop'] as const)(
    '%s takes the old values out of dataset, history, child tables, quarantine and staging',
    async (treatment) => {
      const run = await stage('zaken.rollen')
      expect((await placesOf(canary)).length).toBe(5)
      const changes = await apply(stricter(treatment))
      expect(await placesOf(canary)).toEqual([])
      expect(changes.filter((c) => c.purges).length).toBeGreaterThan(0)
      expect(await query('select omschrijving from zaken.rollen')).toEqual([{ omschrijving: 'blijft' }])
      expect(await query('select record from gemaal.quarantine order by id')).toEqual([
        { record: { uuid: a, omschrijving: 'blijft' } },
        { record: {} },
        { record: { bsn: 'niet van deze dataset' } },
      ])
      expect(await query(`select to_regclass('staging.d${run}') as t`)).toEqual([{ t: null }])
      expect(await query('select status from gemaal.dataset_runs')).toEqual([{ status: 'discarded' }])
      expect(await query('select status, decided_by from gemaal.holds')).toEqual([{ status: 'superseded', decided_by: 'gemaal apply' }])
      expect(await planDataset(database(), stricter(treatment))).toEqual([])
    },
  )

  test('takes out what earlier loads measured of the column', async () => {
    const run = await stage('zaken.rollen')
    const codes = { bsn: { [canary]: 1 }, omschrijving: { blijft: 1 } }
    const profile = { rows: 1, absent: { bsn: 0 }, codes, newest: { bsn: canary } }
    await query(`insert into gemaal.load_profiles (dataset_run_id, profile) values (${run}, '${JSON.stringify(profile)}')`)
    await apply(stricter('drop'))
    expect(await query('select profile from gemaal.load_profiles')).toEqual([
      { profile: { rows: 1, absent: { bsn: 0 }, codes: { omschrijving: { blijft: 1 } }, newest: {} } },
    ])
  })

  test('takes the hashes along that were made from the old values', async () => {
    await apply(stricter('pseudonymise'))
    expect(await placesOf(b)).toEqual([])
    expect(await nextIsFull('zaken.rollen')).toBe(true)
  })

  test('says what it does and that VACUUM frees the room, which runs outside a transaction', async () => {
    const [change] = await planDataset(database(), stricter('pseudonymise'))
    expect(change?.words).toBe(
      'column bsn is pseudonymised instead of kept; the old values leave the dataset, its history, quarantine and staging before anything lands; the next reading is full, and VACUUM makes the room in quarantine free',
    )
    await apply(stricter('pseudonymise'))
    await vacuumDataset(database(), 'zaken.rollen')
    expect(await query('select uuid from zaken.rollen')).toEqual([{ uuid: a }])
  })

  test('leaves no old value in the file of the table', async () => {
    const file = async () => {
      await query('checkpoint')
      const [r] = await query<{ f: Buffer }>(`select pg_read_binary_file(pg_relation_filepath('zaken.rollen')) as f`)
      return r?.f.includes(canary)
    }
    expect(await file()).toBe(true)
    await apply(stricter('drop'))
    expect(await file()).toBe(false)
  })

  test('rolls back with its transaction', async () => {
    await expect(
      database()
        .transaction()
        .execute(async (trx) => {
          await applyDataset(trx, stricter('drop'), digest)
          throw new Error('no')
        }),
    ).rejects.toThrow('no')
    expect(await query('select bsn from zaken.rollen')).toEqual([{ bsn: canary }])
    expect(await planDataset(database(), before)).toEqual([])
  })

  test('of what is inside a jsonb column empties the column', async () => {
    const json = (treatment: 'keep' | 'drop') =>
      plan({
        name: 'zaken.json',
        columns: [
          uuid,
          column('data', {
            type: 'jsonb',
            inside: [
              { path: ['a'], kind: 'none', treatment: 'keep' },
              { path: ['*', 'bsn'], kind: 'bsn', treatment },
            ],
          }),
        ],
      })
    await apply(json('keep'))
    await put('zaken.json', [{ uuid: a, data: { bsn: canary } }])
    expect(await kinds(apply(json('drop')))).toEqual(['stricter treatment'])
    expect(await query('select data from zaken.json')).toEqual([{ data: null }])
    expect(await kinds(apply(json('keep')))).toEqual(['milder treatment'])
  })

  test('of a key column empties the table with its history, and forgets the keys elsewhere', async () => {
    const of = (treatment: 'keep' | 'pseudonymise') =>
      plan({ name: 'zaken.klant', columns: [column('bsn', { kind: 'bsn', key: true, treatment }), column('x')], history: true })
    await apply(of('keep'))
    await checkpoint('zaken.klant')
    await stage('zaken.klant')
    await put('zaken.klant', [{ bsn: canary }])
    await put('zaken.klant_history', [{ bsn: canary, _recorded_from: '2025-01-01' }])
    await query(`
      insert into zaken.klant_deleted values ('${canary}', now(), now(), 'deleted', 1);
      delete from gemaal.quarantine; delete from zaken.rollen; delete from zaken.rollen_history;
      update gemaal.hold_keys set key = array['${canary}'];
      insert into gemaal.absences values ('zaken.klant', 'open-zaak', array['${canary}'], 1);
      insert into gemaal.findings (run_id, dataset, source, stream, rule, severity, count, of, examples) select max(id), 'zaken.klant', 's', 's', 'r', 'warn', 1, 1, array['${canary}'] from gemaal.runs`)
    await quarantine('zaken.klant', { bsn: canary, x: 'y' })
    await query(`update gemaal.quarantine set key = array['${canary}']`)
    const changes = await apply(of('pseudonymise'))
    expect(changes.map((c) => c.words)).toEqual([
      'key column bsn is pseudonymised instead of kept; the table is emptied, with its history, until the next reading, which is full',
    ])
    expect(await placesOf(canary)).toEqual([])
    expect(await query('select key, record, closed_how from gemaal.quarantine')).toEqual([
      { key: null, record: { x: 'y' }, closed_how: 'purged' },
    ])
    expect(await nextIsFull('zaken.klant')).toBe(true)
    expect(await planDataset(database(), of('pseudonymise'))).toEqual([])
  })
})

describe('another pseudonym key', () => {
  const pseudonyms = (more: Partial<DatasetPlan> = {}) =>
    plan({ columns: [uuid, { ...bsn, treatment: 'pseudonymise' }], history: true, ...more })

  test('is a new generation: the old pseudonyms leave history now and the dataset with the next reading', async () => {
    await apply(pseudonyms(), { sturing: 'sd1' })
    await checkpoint('zaken.rollen')
    await put('zaken.rollen', [{ uuid: a, bsn: 'sd1_x' }])
    await put('zaken.rollen_history', [{ uuid: a, bsn: 'sd1_x', _recorded_from: '2025-01-01' }])
    expect(await planDataset(database(), pseudonyms(), { sturing: 'sd1', anders: 'x' })).toEqual([])
    expect(await planDataset(database(), pseudonyms())).toEqual([])
    const [change] = await apply(pseudonyms(), { sturing: 'sd2' })
    expect(change).toMatchObject({
      what: 'generation',
      purges: true,
      rereads: true,
      words: expect.stringContaining('key sd2 instead of sd1'),
    })
    expect(await query('select bsn from zaken.rollen')).toEqual([{ bsn: 'sd1_x' }])
    expect(await query('select bsn from zaken.rollen_history')).toEqual([{ bsn: null }])
    expect(await nextIsFull('zaken.rollen')).toBe(true)
    expect(await planDataset(database(), pseudonyms(), { sturing: 'sd2' })).toEqual([])
  })

  test('of another domain empties the column at once, since the old pseudonyms stay joinable', async () => {
    await apply(pseudonyms(), { sturing: 'sd1' })
    await put('zaken.rollen', [{ uuid: a, bsn: 'sd1_x' }])
    expect(await kinds(apply(pseudonyms({ domain: 'sociaal' }), { sociaal: 'so1' }))).toEqual(['stricter treatment'])
    expect(await placesOf('sd1_x')).toEqual([])
  })

  test('of a key column empties the table', async () => {
    const keyed = pseudonyms({ columns: [column('bsn', { kind: 'bsn', key: true, treatment: 'pseudonymise' })] })
    await apply(keyed, { sturing: 'sd1' })
    await put('zaken.rollen', [{ bsn: 'sd1_x' }])
    expect(await kinds(apply(keyed, { sturing: 'sd2' }))).toEqual(['key'])
    expect(await placesOf('sd1_x')).toEqual([])
  })
})
