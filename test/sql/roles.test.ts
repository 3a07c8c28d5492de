import { sql } from 'kysely'
import { afterEach, describe, expect, test } from 'vitest'
import type { DatasetPlan } from '../../config/dataset-plan.js'
import { type Database, migrate, openDatabase as openPool } from '../../sql/database.js'
import { applyDatasets } from '../../sql/datasets.js'
import { type ActivityReaders, applyRoles, planRoles, roleNames, roleNamesOf, rolesSql } from '../../sql/roles.js'
import { database, databaseUrl, digest, query, useWarehouse } from './bench.js'
import { openPlan, openWarehouse, plan, type Warehouse } from './warehouse.js'

useWarehouse()

const open = openPlan({ name: 'catalogi.zaaktypen' })
const rollen = plan({ activity: 'sturing-dienst', history: true })
const wmo = plan({ name: 'wmo.zaken', activity: 'wmo-monitor' })
const nobody: ActivityReaders = new Map()

const made: string[] = []
/** A group or login of the cluster, gone after the test. */
async function role(options = 'nologin'): Promise<string> {
  const name = `g_${Math.random().toString(36).slice(2, 12)}`
  await query(`create role ${name} ${options}`)
  made.push(name)
  return name
}
afterEach(async () => {
  const { names } = await here()
  const ours = await query<{ n: string }>(`select rolname as n from pg_roles where rolname like '${names.database}%'`)
  for (const name of [...ours.map((r) => r.n), ...made.splice(0)]) await query(`drop owned by "${name}"; drop role "${name}"`)
})

async function here(db: Database = database()) {
  const names = await roleNames(db)
  return { names, sturing: names.of('sturing-dienst'), wmo: names.of('wmo-monitor'), reader: names.reader }
}
function apply(plans: DatasetPlan[], activities: ActivityReaders = nobody, db: Database = database()) {
  return db.transaction().execute(async (trx) => {
    await applyDatasets(trx, plans, digest)
    return applyRoles(trx, plans, activities)
  })
}
/** Whether a role may read a relation, tried as that role. */
async function reads(who: string, relation: string, db: Database = database()): Promise<boolean> {
  try {
    await db.transaction().execute(async (trx) => {
      await sql.raw(`set local role "${who}"`).execute(trx)
      await sql.raw(`select * from ${relation}`).execute(trx)
    })
    return true
  } catch (error) {
    expect(String(error)).toContain('permission denied')
    return false
  }
}
const words = (changes: { words: string }[]) => changes.map((c) => c.words)

describe('roles', () => {
  test('carry the name of the database, fit in 63 bytes, and stay different when cut', () => {
    expect(roleNamesOf('waterdam')).toMatchObject({ reader: 'waterdam_reader' })
    expect(roleNamesOf('waterdam').of('wmo-monitor')).toBe('waterdam_wmo_monitor')
    const long = roleNamesOf('d'.repeat(60))
    expect(Buffer.byteLength(long.of('wmo-monitor'))).toBe(63)
    expect(long.of('wmo-monitor')).not.toBe(long.of('wmo-monitoring'))
  })

  test('are planned in words, made without login, and say whose they are', async () => {
    const { names, sturing, reader } = await here()
    expect(words(await planRoles(database(), [rollen], nobody))).toEqual([
      `role ${reader} is made (Gemaal, database ${names.database}: every reader)`,
      `role ${reader} says whose it is`,
      `role ${sturing} is made (Gemaal, database ${names.database}: activity sturing-dienst)`,
      `role ${sturing} says whose it is`,
      `${sturing} may read what every reader may`,
      `${reader} may see what is in schema zaken`,
      `${reader} may see what is in schema meta`,
      `${sturing} may read zaken.rollen`,
      `${reader} may read meta`,
    ])
    const { missing, warnings } = await apply([rollen])
    expect([...missing, ...warnings]).toEqual([])
    expect(
      await query(`select rolcanlogin as login, shobj_description(oid, 'pg_authid') as comment from pg_roles where rolname = '${sturing}'`),
    ).toEqual([{ login: false, comment: `Gemaal, database ${names.database}: activity sturing-dienst` }])
  })

  test('are left alone when all is as it should be', async () => {
    await apply([open, rollen, wmo])
    expect(await planRoles(database(), [open, rollen, wmo], nobody)).toEqual([])
    expect((await apply([open, rollen, wmo])).done).toEqual([])
  })
})

describe('a reader', () => {
  test('reads datasets for everyone and the meta views, and nothing of an activity or of the control schema', async () => {
    await apply([open, rollen, wmo])
    const { reader } = await here()
    for (const allowed of [
      'catalogi.zaaktypen',
      'catalogi.zaaktypen_deleted',
      'meta.datasets',
      'meta.columns',
      'meta.runs',
      'meta.quality',
      'meta.findings',
      'meta.column_quality',
      'meta.quarantine',
      'meta.questions',
    ])
      expect([allowed, await reads(reader, allowed)]).toEqual([allowed, true])
    for (const denied of [
      'zaken.rollen',
      'zaken.rollen_deleted',
      'zaken.rollen_history',
      'wmo.zaken',
      'gemaal.quarantine',
      'gemaal.finding_states',
      'gemaal.datasets',
    ])
      expect([denied, await reads(reader, denied)]).toEqual([denied, false])
  })

  test('by the role of an activity reads its datasets, what is beside them, and what every reader may', async () => {
    await apply([open, rollen, wmo])
    const { sturing } = await here()
    for (const allowed of ['zaken.rollen', 'zaken.rollen_deleted', 'zaken.rollen_history', 'catalogi.zaaktypen', 'meta.datasets'])
      expect([allowed, await reads(sturing, allowed)]).toEqual([allowed, true])
    expect(await reads(sturing, 'wmo.zaken')).toBe(false)
  })

  test('may read child tables as their dataset', async () => {
    const child = { table: 'rollen_namen', field: 0, columns: [] }
    await apply([{ ...rollen, children: [child] }])
    const { sturing, reader } = await here()
    expect([await reads(sturing, 'zaken.rollen_namen'), await reads(reader, 'zaken.rollen_namen')]).toEqual([true, false])
  })
})

describe('the groups of an activity', () => {
  test('get its role, and lose it when the register no longer names them', async () => {
    const [team, other] = [await role(), await role()]
    await apply([wmo], new Map([['wmo-monitor', { readers: [team] }]]))
    expect([await reads(team, 'wmo.zaken'), await reads(other, 'wmo.zaken')]).toEqual([true, false])
    const { done } = await apply([wmo], new Map([['wmo-monitor', { readers: [other] }]]))
    const { wmo: its } = await here()
    expect(words(done)).toEqual([`group ${other} gets ${its}`, `${team} loses ${its}, since activities.yaml does not name it`])
    expect([await reads(team, 'wmo.zaken'), await reads(other, 'wmo.zaken')]).toEqual([false, true])
  })

  test('that do not exist are a warning with what a DBA runs', async () => {
    const { warnings } = await apply([wmo], new Map([['wmo-monitor', { readers: ['bestaat "niet"'] }]]))
    expect(words(warnings)).toEqual([expect.stringContaining(`group bestaat "niet" of activities.yaml does not exist`)])
    expect(words(warnings)[0]).toContain('create role "bestaat ""niet""" nologin')
  })

  test('that every reader is a member of get nothing, since then every reader would', async () => {
    const everyone = await role()
    await apply([wmo])
    const { reader, wmo: its } = await here()
    await query(`grant ${everyone} to "${reader}"`)
    const { warnings } = await apply([wmo], new Map([['wmo-monitor', { readers: [everyone, reader] }]]))
    expect(words(warnings)).toEqual([
      `group ${everyone} of activities.yaml gets no ${its}: every reader is a member of it, so every reader would get the data`,
      `group ${reader} of activities.yaml gets no ${its}: every reader is a member of it, so every reader would get the data`,
    ])
    expect(await reads(reader, 'wmo.zaken')).toBe(false)
  })

  test('of a reader are the business of the DBA and stay', async () => {
    const analyst = await role('login')
    await apply([open])
    const { reader } = await here()
    await query(`grant "${reader}" to ${analyst}`)
    expect(await planRoles(database(), [open], nobody)).toEqual([])
    expect(await reads(analyst, 'catalogi.zaaktypen')).toBe(true)
  })
})

describe('what no longer holds', () => {
  test('is taken back: from everyone, from readers when personal data lands, from an activity that lost the dataset', async () => {
    await apply([{ ...rollen, access: 'everyone' }])
    const { reader, sturing, wmo: its } = await here()
    await query('grant all on zaken.rollen to public')
    expect(await reads(reader, 'zaken.rollen')).toBe(true)
    await apply([rollen])
    expect([await reads(reader, 'zaken.rollen'), await reads(sturing, 'zaken.rollen')]).toEqual([false, true])
    expect(await query(`select has_table_privilege('${reader}', 'zaken.rollen', 'insert') as w`)).toEqual([{ w: false }])
    await apply([{ ...rollen, activity: 'wmo-monitor' }])
    expect([await reads(sturing, 'zaken.rollen'), await reads(its, 'zaken.rollen')]).toEqual([false, true])
  })

  test('is taken back of a column too', async () => {
    await apply([rollen])
    const { reader } = await here()
    await query(`grant select (bsn) on zaken.rollen to "${reader}", public`)
    expect(words((await apply([rollen])).done)).toEqual([
      'everyone (PUBLIC) may no longer read zaken.rollen',
      `${reader} may no longer read zaken.rollen`,
    ])
    expect(await query(`select has_column_privilege('${reader}', 'zaken.rollen', 'bsn', 'select') as r`)).toEqual([{ r: false }])
    expect(await planRoles(database(), [rollen], nobody)).toEqual([])
  })

  test('is taken back more than reading', async () => {
    await apply([open])
    const { reader } = await here()
    await query(`grant insert on catalogi.zaaktypen to "${reader}"`)
    expect(words((await apply([open])).done)).toEqual([`${reader} may do no more than read catalogi.zaaktypen`])
    expect(await reads(reader, 'catalogi.zaaktypen')).toBe(true)
  })

  test('is taken back of an activity that left the register, whose role stays behind empty', async () => {
    const team = await role()
    await apply([wmo], new Map([['wmo-monitor', { readers: [team] }]]))
    await apply([])
    const { wmo: its } = await here()
    expect([await reads(team, 'wmo.zaken'), await reads(its, 'wmo.zaken')]).toEqual([false, false])
    expect(await planRoles(database(), [], nobody)).toEqual([])
  })

  test('but was given by hand to someone else is a warning', async () => {
    const jan = await role('login')
    await apply([rollen, open])
    await query(`grant select on zaken.rollen, catalogi.zaaktypen to ${jan}`)
    const { warnings, done } = await apply([rollen, open])
    expect(done).toEqual([])
    expect(words(warnings)).toEqual([expect.stringContaining(`${jan} was given SELECT on zaken.rollen by hand`)])
  })
})

describe('a connection that may not make roles', () => {
  /** A warehouse of its own whose owner is no superuser and makes no roles, and the superuser's way in. */
  async function asOwner(options: string): Promise<{ db: Database; root: Database; close(): Promise<void> }> {
    const owner = await role(`login password 'x' ${options}`)
    const { names } = await here()
    const fresh = `${names.database}_own`
    await query(`create database ${fresh} owner ${owner} template template0`)
    const url = new URL(databaseUrl())
    url.pathname = `/${fresh}`
    const root = openPool(url.href, 1)
    url.username = owner
    url.password = 'x'
    const opened = openPool(url.href, 2)
    await migrate(opened.db)
    return {
      db: opened.db,
      root: root.db,
      close: async () => {
        await opened.close()
        await root.close()
        const left = await query<{ n: string }>(`select rolname as n from pg_roles where rolname like '${fresh}%'`)
        await query(`drop database ${fresh} with (force)`)
        for (const { n } of left) await query(`drop role "${n}"`)
      },
    }
  }

  test('does what it may and says exactly what a DBA must run; after that it does the rest', async () => {
    const team = await role()
    const { db, root, close } = await asOwner('nocreaterole')
    try {
      const activities: ActivityReaders = new Map([['wmo-monitor', { readers: [team] }]])
      const { reader, wmo: its, names } = await here(db)
      const first = await apply([open, wmo], activities, db)
      const script = rolesSql(first.missing)
      expect(script.split('\n').filter((l) => l && !l.startsWith('--'))).toEqual([
        `create role "${reader}" nologin;`,
        `comment on role "${reader}" is 'Gemaal, database ${names.database}: every reader';`,
        `create role "${its}" nologin;`,
        `comment on role "${its}" is 'Gemaal, database ${names.database}: activity wmo-monitor';`,
        `grant "${reader}" to "${its}";`,
        `grant "${its}" to "${team}";`,
      ])
      await query(script)
      const second = await apply([open, wmo], activities, db)
      expect(second.missing).toEqual([])
      expect([await reads(team, 'wmo.zaken', root), second.done.length > 0]).toEqual([true, true])
      expect(await planRoles(db, [open, wmo], activities)).toEqual([])
    } finally {
      await close()
    }
  })

  test('but one that may, without being superuser, needs no DBA', async () => {
    const team = await role()
    const { db, root, close } = await asOwner('createrole')
    try {
      const activities: ActivityReaders = new Map([['wmo-monitor', { readers: [team] }]])
      expect((await apply([open, wmo], activities, db)).missing).toEqual([])
      expect([await reads(team, 'wmo.zaken', root), await reads(team, 'gemaal.runs', root)]).toEqual([true, false])
      expect(await planRoles(db, [open, wmo], activities)).toEqual([])
      expect(words((await apply([open, wmo], nobody, db)).done)).toEqual([expect.stringContaining(`${team} loses`)])
      expect(await reads(team, 'wmo.zaken', root)).toBe(false)
    } finally {
      await close()
    }
  })
})

describe('two databases of one cluster', () => {
  let other: Warehouse
  afterEach(async () => {
    const { names } = await here(other.db)
    const left = await other.query<{ n: string }>(`select rolname as n from pg_roles where rolname like '${names.database}%'`)
    for (const { n } of left) await other.query(`drop owned by "${n}"; drop role "${n}"`)
    await other.close()
  })

  test('apply their roles at once, with the same groups, and keep off each other', async () => {
    other = await openWarehouse()
    const team = await role()
    const activities: ActivityReaders = new Map([['wmo-monitor', { readers: [team] }]])
    await Promise.all([apply([wmo, open], activities), apply([wmo, open], activities, other.db)])
    expect([await reads(team, 'wmo.zaken'), await reads(team, 'wmo.zaken', other.db)]).toEqual([true, true])
    await apply([open])
    expect([await reads(team, 'wmo.zaken'), await reads(team, 'wmo.zaken', other.db)]).toEqual([false, true])
    expect(await planRoles(other.db, [wmo, open], activities)).toEqual([])
  })

  test('that would use one role for two things are refused', async () => {
    other = await openWarehouse()
    const { sturing } = await here()
    await query(`create role "${sturing}"; comment on role "${sturing}" is 'Gemaal, database elders: activity x'`)
    await expect(apply([rollen])).rejects.toThrow(`role ${sturing}, which this database`)
    await expect(apply([plan({ activity: 'a-b' }), plan({ name: 'zaken.x', activity: 'a_b' })])).rejects.toThrow('would share the role')
    await expect(apply([plan({ activity: 'reader' })])).rejects.toThrow('would share the role')
  })
})
