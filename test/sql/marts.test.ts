import { readFile } from 'node:fs/promises'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DatasetPlan } from '../../config/dataset-plan.js'
import { type Mart, splitMart } from '../../config/mart.js'
import { applyDatasets } from '../../sql/datasets.js'
import { applyMarts, dropMarts, MartBroken, planMarts } from '../../sql/marts.js'
import { applyRoles, roleNames } from '../../sql/roles.js'
import { a, database, digest, put, query, useWarehouse } from './bench.js'
import { bsn, column, openPlan, plan, uuid } from './warehouse.js'

useWarehouse()

const zaken = openPlan({ name: 'zaken.zaken', columns: [uuid, column('einddatum', { type: 'date' }), column('zaaktype')] })
const rollen = plan({ activity: 'sturing', history: true, columns: [uuid, { ...bsn, treatment: 'pseudonymise' }, column('roltype')] })
const wmo = plan({
  name: 'wmo.zaken',
  activity: 'wmo',
  columns: [uuid, column('soort'), column('postcode', { kind: 'postcode', treatment: 'pc4' })],
})
const plans = [zaken, rollen, wmo]

function mart(name: string, text: string, more: Partial<Mart> = {}): Mart {
  const [schema = '', view = ''] = name.split('.')
  return {
    name,
    schema,
    view,
    file: `marts/${schema}/${view}.sql`,
    question: `Wat zegt ${name}?`,
    askedBy: 'MT Dienstverlening',
    columns: {},
    open: undefined,
    sql: text,
    sqlLine: 5,
    ...more,
  }
}

/** As `gemaal apply` does it. */
function apply(marts: Mart[], datasets: DatasetPlan[] = plans) {
  return database()
    .transaction()
    .execute(async (trx) => {
      await dropMarts(trx)
      await applyDatasets(trx, datasets, digest)
      await applyRoles(trx, datasets, new Map())
      return applyMarts(trx, marts, datasets)
    })
}
const applyOnly = (marts: Mart[]) =>
  database()
    .transaction()
    .execute((trx) => applyMarts(trx, marts, plans))

async function problemsOf(applying: Promise<unknown>): Promise<string[]> {
  const error = await applying.then(
    () => undefined,
    (e: unknown) => e,
  )
  expect(error).toBeInstanceOf(MartBroken)
  return (error as MartBroken).problems.map((p) => p.message)
}

let names: Awaited<ReturnType<typeof roleNames>>
beforeEach(async () => {
  names = await roleNames(database())
})
afterEach(async () => {
  const ours = await query<{ n: string }>(`select rolname as n from pg_roles where rolname like '${names.database}%'`)
  for (const { n } of ours) await query(`drop owned by "${n}"; drop role "${n}"`)
})

/** The roles that may read a relation, tried as each of them. */
async function readersOf(relation: string, among = ['reader', 'sturing', 'wmo']): Promise<string[]> {
  const may: string[] = []
  for (const who of among) {
    const role = names.of(who)
    const read = database()
      .transaction()
      .execute(async (trx) => {
        await sql`set local role ${sql.id(role)}`.execute(trx)
        await sql.raw(`select * from ${relation}`).execute(trx)
      })
    await read.then(
      () => may.push(who),
      (e: unknown) => expect(String(e)).toContain('permission denied'),
    )
  }
  return may
}

describe('a mart', () => {
  const perType = mart('zaken.per_type', 'select zaaktype, count(*) as zaken\nfrom zaken.zaken group by 1;\n', {
    columns: { zaaktype: `Omschrijving van 't zaaktype`, zaken: 'Aantal' },
  })

  test('is a view that carries its question and the meaning of its columns', async () => {
    await apply([perType])
    await put('zaken.zaken', [{ uuid: a, zaaktype: 'Melding' }])
    expect(await query('select * from zaken.per_type')).toEqual([{ zaaktype: 'Melding', zaken: 1 }])
    expect(
      await query(`select obj_description('zaken.per_type'::regclass) as q, col_description('zaken.per_type'::regclass, 1) as c`),
    ).toEqual([{ q: 'Wat zegt zaken.per_type?\nAsked by: MT Dienstverlening', c: `Omschrijving van 't zaaktype` }])
  })

  test('is planned, made, changed and dropped with its file', async () => {
    await apply([])
    expect(await planMarts(database(), [perType])).toEqual([
      { mart: 'zaken.per_type', what: 'make', words: 'mart zaken.per_type is made: Wat zegt zaken.per_type?' },
    ])
    await applyOnly([perType])
    expect(await planMarts(database(), [perType])).toEqual([])
    expect(await applyOnly([perType])).toEqual([])
    const changed = { ...perType, sql: 'select 1 as een', columns: {} }
    expect((await applyOnly([changed])).map((c) => c.what)).toEqual(['change'])
    expect(await query('select * from zaken.per_type')).toEqual([{ een: 1 }])
    expect((await applyOnly([])).map((c) => c.what)).toEqual(['drop'])
    expect(await query(`select to_regclass('zaken.per_type') as v`)).toEqual([{ v: null }])
    expect(await planMarts(database(), [])).toEqual([])
  })

  test('that did not change is left alone, unless one that it reads is made again', async () => {
    const over = mart('zaken.over', 'select zaken from zaken.per_type')
    const other = mart('zaken.ander', 'select 1 as een')
    await apply([perType, over, other])
    const oids = () =>
      query<{ v: string; o: number }>(
        `select relname as v, oid::bigint as o from pg_class where relkind = 'v' and relnamespace = 'zaken'::regnamespace order by 1`,
      )
    const before = await oids()
    await applyOnly([{ ...perType, sql: 'select 2 as zaken', columns: {} }, over, other])
    const after = await oids()
    expect(after.map((r, i) => [r.v, r.o === before[i]?.o])).toEqual([
      ['ander', true],
      ['over', false],
      ['per_type', false],
    ])
  })

  test('may read other marts, in any order of names', async () => {
    await apply([
      mart('zaken.a', 'select n + 1 as n from zaken.b'),
      mart('zaken.b', 'select n + 1 as n from zaken.c'),
      mart('zaken.c', 'select 1 as n'),
    ])
    expect(await query('select n from zaken.a')).toEqual([{ n: 3 }])
  })

  test('may stand in a schema of its own, with names that SQL keeps for itself', async () => {
    await apply([mart('select.table', 'select zaaktype as "order" from zaken.zaken', { columns: { order: 'x' } })])
    expect(await readersOf('"select"."table"')).toEqual(['reader', 'sturing', 'wmo'])
  })

  test('is dropped and made again around a column that changes under it', async () => {
    await apply([perType])
    await put('zaken.zaken', [{ uuid: a, zaaktype: 'Melding' }])
    const retyped = {
      ...zaken,
      version: '2.0.0',
      columns: [uuid, column('einddatum', { type: 'date' }), column('zaaktype', { type: 'text[]' })],
    }
    await apply([perType], [retyped, rollen, wmo])
    expect(await query('select * from zaken.per_type')).toEqual([{ zaaktype: null, zaken: 1 }])
    await expect(
      database()
        .transaction()
        .execute((trx) =>
          applyDatasets(
            trx,
            [zaken, rollen, wmo].map((p) => ({ ...p, version: '3.0.0' })),
            digest,
          ),
        ),
    ).rejects.toThrow('mart zaken.per_type reads zaken.zaken, which changes: marts are dropped first')
  })

  test('that others read is not dropped from under them', async () => {
    await apply([perType])
    await query('create view public.van_jan as select zaken from zaken.per_type')
    expect(await problemsOf(applyOnly([]))).toEqual([expect.stringContaining('view public.van_jan reads mart zaken.per_type')])
    expect(await applyOnly([perType])).toEqual([])
    await query('drop view public.van_jan')
  })
})

describe('a broken mart', () => {
  test('is told with its file, the place in it, the code and the name there; the old ones stay', async () => {
    await apply([mart('zaken.goed', 'select 1 as een'), mart('zaken.stuk', 'select zaaktype from zaken.zaken')])
    const problems = await problemsOf(
      apply([
        mart('zaken.goed', 'select 2 as twee'),
        mart('zaken.stuk', '/* ë */ select z.zaaktype,\n       z.foo\nfrom zaken.zaken z'),
        mart('zaken.weg', 'select * from zaken.nergens'),
        mart('zaken.raar', 'selecteer x'),
        mart('zaken.dubbel', 'select 1 as a, 2 as a'),
        mart('zaken.tekst', `select 'geheim'::int as x`),
      ]),
    )
    expect(problems).toEqual([
      'marts/zaken/dubbel.sql: Postgres refuses it with 42701 (two columns have the same name)',
      'marts/zaken/raar.sql:5:1  Postgres refuses it with 42601 (it is no SQL) at selecteer',
      'marts/zaken/stuk.sql:6:8  Postgres refuses it with 42703 (no such column) at z.foo',
      'marts/zaken/tekst.sql:5:8  Postgres refuses it with 22P02 (this text is no value of the type)',
      'marts/zaken/weg.sql:5:15  Postgres refuses it with 42P01 (no such table or view) at zaken.nergens',
    ])
    expect(await query('select * from zaken.goed')).toEqual([{ een: 1 }])
    expect(await query('select * from zaken.stuk')).toEqual([])
  })

  test('takes those that read it along in the message, and so does a circle', async () => {
    await apply([])
    expect(
      await problemsOf(
        applyOnly([
          mart('zaken.a', 'select * from zaken.b'),
          mart('zaken.b', 'select * from zaken.a'),
          mart('zaken.c', 'select * from zaken.a'),
        ]),
      ),
    ).toEqual([
      'marts/zaken/a.sql:5:15  it reads mart zaken.b, which is broken itself or reads this one',
      'marts/zaken/b.sql:5:15  it reads mart zaken.a, which is broken itself or reads this one',
      'marts/zaken/c.sql:5:15  it reads mart zaken.a, which is broken itself or reads this one',
    ])
  })

  test('describes a column that it does not have', async () => {
    expect(await problemsOf(apply([mart('zaken.x', 'select 1 as een, 2 as twee', { columns: { een: 'Een', drie: 'Drie' } })]))).toEqual([
      `marts/zaken/x.sql: it describes column 'drie', which it does not have; it has een, twee`,
    ])
  })

  test('holds more than one query', async () => {
    await apply([])
    const second = [
      `select 1;\ndrop table zaken.zaken`,
      `select 1) as x; drop table zaken.zaken; select (1`,
      `select '\\'; drop table zaken.zaken; --'`,
      `select E'\\''; drop table zaken.zaken; select ''`,
      `select $a$;$a$; commit`,
    ]
    for (const text of second)
      expect(await problemsOf(applyOnly([mart('zaken.x', text)]))).toEqual([expect.stringContaining('a mart is one query')])
    expect(await query(`select to_regclass('zaken.zaken') is not null as stands`)).toEqual([{ stands: true }])
    const one = [
      `select ';' as a, $$;$$ as b, $x$ $$ ; $x$ as c, 1 as "d;" -- ;\n /* ; /* nested ; */ */ ;;\n-- the end;`,
      `select e'\\';' as x`,
    ]
    for (const text of one) await applyOnly([mart('zaken.x', text)])
  })

  test('reads tables of Gemaal itself', async () => {
    expect(await problemsOf(apply([mart('zaken.x', 'select record from gemaal.quarantine')]))).toEqual([
      expect.stringContaining(`it reads gemaal.quarantine, which is Gemaal's own`),
    ])
  })

  test('takes the name of something that stands there', async () => {
    await apply([])
    expect(await problemsOf(apply([mart('zaken.rollen', 'select 1 as x')]))).toEqual([
      expect.stringContaining('zaken.rollen stands there already and is no mart'),
    ])
    expect(await query(`select relkind::text as k from pg_class where oid = 'zaken.rollen'::regclass`)).toEqual([{ k: 'r' }])
  })
})

describe('who may read a mart', () => {
  const everyone = ['reader', 'sturing', 'wmo']

  test.each<[string, string, string[]]>([
    ['over datasets for every reader: every reader', 'select zaaktype from zaken.zaken', everyone],
    [
      'over a personal dataset without its personal columns: every reader',
      'select roltype, count(*) as n from zaken.rollen group by 1',
      everyone,
    ],
    ['that only counts a personal dataset: every reader', 'select count(*) as n from zaken.rollen', everyone],
    ['that uses a pseudonym: the role of its activity', 'select count(distinct bsn) as n from zaken.rollen', ['sturing']],
    [
      'that uses it only to join: the role of its activity',
      'select z.zaaktype from zaken.zaken z where exists (select from zaken.rollen r where r.bsn = z.zaaktype)',
      ['sturing'],
    ],
    ['that uses rows as a whole: the role of its activity', 'select to_jsonb(r)::text as alles from zaken.rollen r', ['sturing']],
    ['that uses the hash of rows with personal columns: the role of its activity', 'select _hash from zaken.rollen', ['sturing']],
    ['over history: as over the dataset', 'select bsn from zaken.rollen_history', ['sturing']],
    ['over deleted keys that say nothing of a person: every reader', 'select uuid from zaken.rollen_deleted', everyone],
    [
      'over datasets of two activities, with a personal column of one: nobody',
      'select r.bsn, w.soort from zaken.rollen r, wmo.zaken w',
      [],
    ],
    [
      'over datasets of two activities, without personal columns: every reader',
      'select r.roltype, w.soort from zaken.rollen r, wmo.zaken w',
      everyone,
    ],
    ['over a meta view: every reader', 'select name, as_of from meta.datasets', everyone],
    ['over what Postgres shows to everyone: every reader', 'select nspname from pg_namespace', everyone],
    [
      'over a table of Postgres that nobody may read, such as samples of the values of columns: nobody',
      'select stavalues1::text from pg_statistic',
      [],
    ],
    ['over a table of Postgres that holds passwords: nobody', 'select rolpassword from pg_authid', []],
  ])('%s', async (_, text, expected) => {
    const changes = await apply([mart('zaken.x', text)])
    expect(await readersOf('zaken.x')).toEqual(expected)
    expect(changes.filter((c) => c.what === 'closed').length).toBe(expected.length === 0 ? 1 : 0)
  })

  test('is seen through marts on marts and through views of others', async () => {
    await apply([])
    await query('create view public.omweg as select r.bsn as nummer, r.roltype from zaken.rollen r')
    await applyOnly([
      mart('zaken.diep', 'select nummer from zaken.midden'),
      mart('zaken.midden', 'select nummer, roltype from public.omweg'),
    ])
    expect([await readersOf('zaken.diep'), await readersOf('zaken.midden')]).toEqual([['sturing'], ['sturing']])
    await applyOnly([])
    await query('drop view public.omweg')
  })

  test('says why nobody may', async () => {
    const changes = await apply([mart('zaken.x', 'select r.bsn, w.soort from zaken.rollen r, wmo.zaken w')])
    expect(changes.filter((c) => c.what === 'closed').map((c) => c.words)).toEqual([
      'nobody but its owner may read mart zaken.x: it uses personal columns and reads datasets of sturing and wmo, and no role may read all of them',
    ])
  })

  test('follows the datasets, though the mart itself did not change', async () => {
    const x = mart('zaken.x', 'select zaaktype from zaken.zaken')
    await apply([x])
    expect(await readersOf('zaken.x')).toEqual(everyone)
    const closed: DatasetPlan = {
      ...zaken,
      columns: zaken.columns.map((c) => ({ ...c, kind: c.key ? 'none' : 'vrije_tekst' })),
      personal: true,
      access: 'activity',
      activity: 'wmo',
    }
    await database()
      .transaction()
      .execute(async (trx) => {
        await applyDatasets(trx, [closed, rollen, wmo], digest)
        await applyMarts(trx, [x], [closed, rollen, wmo])
      })
    expect(await readersOf('zaken.x')).toEqual(['wmo'])
  })
})

test('the mart of the sample project answers its question, with reopened zaken apart', async () => {
  const sample = openPlan({
    name: 'zaken.zaken',
    columns: [uuid, column('zaaktype_omschrijving'), column('startdatum', { type: 'date' }), column('einddatum', { type: 'date' })],
  })
  const statussen = openPlan({
    name: 'zaken.statussen',
    columns: [
      uuid,
      column('zaak_uuid', { type: 'uuid', reference: 'zaken' }),
      column('datum_status_gezet', { type: 'timestamptz' }),
      column('is_eindstatus', { type: 'boolean' }),
    ],
  })
  const file = 'marts/zaken/doorlooptijd.sql'
  const text = splitMart(await readFile(new URL(`../../config/sample/waterdam/${file}`, import.meta.url), 'utf8'))
  const doorlooptijd = mart('zaken.doorlooptijd', text?.sql ?? '', { sqlLine: text?.sqlLine ?? 1 })
  await apply([doorlooptijd], [sample, statussen])
  const zaak = (n: number) => `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`
  const closed = { zaaktype_omschrijving: 'Melding', startdatum: '2026-01-01' }
  await put('zaken.zaken', [
    { uuid: zaak(1), ...closed, einddatum: '2026-03-02' },
    { uuid: zaak(2), ...closed, einddatum: '2026-03-12' },
    { uuid: zaak(3), ...closed, einddatum: '2026-03-31' },
    { uuid: zaak(4), ...closed },
  ])
  const status = (n: number, zaak_uuid: string, datum_status_gezet: string, is_eindstatus: boolean) => ({
    uuid: zaak(n),
    zaak_uuid,
    datum_status_gezet,
    is_eindstatus,
  })
  await put('zaken.statussen', [
    status(10, zaak(1), '2026-03-02T10:00:00Z', true),
    status(11, zaak(3), '2026-02-01T10:00:00Z', true),
    status(12, zaak(3), '2026-02-02T10:00:00Z', false),
    status(13, zaak(3), '2026-03-31T10:00:00Z', true),
  ])
  expect(await query('select * from zaken.doorlooptijd order by heropend')).toEqual([
    { maand: '2026-03-01', zaaktype: 'Melding', heropend: false, zaken: 2, mediaan_dagen: 65 },
    { maand: '2026-03-01', zaaktype: 'Melding', heropend: true, zaken: 1, mediaan_dagen: 89 },
  ])
  expect(await readersOf('zaken.doorlooptijd', ['reader'])).toEqual(['reader'])
})
