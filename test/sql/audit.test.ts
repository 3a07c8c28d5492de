import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { audit, verifyAudit } from '../../sql/audit.js'
import { openWarehouse, type Warehouse } from './warehouse.js'

describe('the audit trail', () => {
  let warehouse: Warehouse
  beforeAll(async () => {
    warehouse = await openWarehouse()
  })
  afterAll(() => warehouse.close())

  const entry = (n: number) => ({
    who: 'jan@waterdam.example',
    action: 'quarantine discard',
    object: `zaken.rollen ${n}`,
    detail: { z: 1.1, a: [n, null, 'é"\\'], share: 1e-7 },
    reason: 'test',
  })
  /** Changes the trail as someone with the rights of its owner could, and puts it back. */
  const tamper = async (change: string, then: () => Promise<void>) => {
    const withoutTriggers = (text: string) => warehouse.query(`begin; set local session_replication_role = replica; ${text}; commit`)
    await warehouse.query('create table public.kept as table gemaal.audit_trail')
    await withoutTriggers(change)
    await then()
    await withoutTriggers('delete from gemaal.audit_trail; insert into gemaal.audit_trail table public.kept; drop table public.kept')
  }

  test('an empty trail is whole', async () => {
    expect(await verifyAudit(warehouse.db)).toEqual({ ok: true, entries: 0 })
  })

  test('what was added is there, numbered without gaps, and the chain is whole', async () => {
    for (let n = 1; n <= 5; n++) await audit(warehouse.db, entry(n))
    await audit(warehouse.db, { who: 'gemaal apply', action: 'apply', object: 'project' })
    const rows = await warehouse.query('select id, who, action, object, reason from gemaal.audit_trail order by id')
    expect(rows.map((r) => r.id)).toEqual([1, 2, 3, 4, 5, 6])
    expect(rows[0]).toMatchObject({ who: 'jan@waterdam.example', object: 'zaken.rollen 1', reason: 'test' })
    expect(rows[5]).toMatchObject({ who: 'gemaal apply', reason: null })
    expect(await verifyAudit(warehouse.db)).toEqual({ ok: true, entries: 6 })
  })

  test('an entry of a transaction that is rolled back leaves no gap', async () => {
    await expect(
      warehouse.db.transaction().execute(async (trx) => {
        await audit(trx, entry(0))
        throw new Error('rolled back')
      }),
    ).rejects.toThrow('rolled back')
    await audit(warehouse.db, entry(7))
    expect(await verifyAudit(warehouse.db)).toEqual({ ok: true, entries: 7 })
  })

  test('entries added at once by several connections make one chain', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, n) => audit(warehouse.db, entry(n))))
    expect(await verifyAudit(warehouse.db)).toEqual({ ok: true, entries: 47 })
  })

  test('several entries of one statement make one chain', async () => {
    await warehouse.query(`insert into gemaal.audit_trail (who, action, object) select 'x', 'y', n::text from generate_series(1, 3) n`)
    expect(await verifyAudit(warehouse.db)).toEqual({ ok: true, entries: 50 })
  })

  test('the chain is the same in a session of another time zone and float setting', async () => {
    await warehouse.db.connection().execute(async (db) => {
      await sql.raw(`set time zone 'Pacific/Kiritimati'; set extra_float_digits = 0; set datestyle = 'German'`).execute(db)
      expect(await verifyAudit(db)).toEqual({ ok: true, entries: 50 })
      await sql`reset all`.execute(db)
    })
  })

  test('an entry can be neither changed, nor deleted, nor emptied away', async () => {
    await expect(warehouse.query(`update gemaal.audit_trail set who = 'piet'`)).rejects.toThrow('only added to')
    await expect(warehouse.query('delete from gemaal.audit_trail')).rejects.toThrow('only added to')
    await expect(warehouse.query('truncate gemaal.audit_trail')).rejects.toThrow('only added to')
  })

  test('an altered entry is found although the triggers were off', async () => {
    await tamper(`update gemaal.audit_trail set who = 'piet' where id = 4`, async () => {
      expect(await verifyAudit(warehouse.db)).toEqual({ ok: false, brokenAt: 4 })
    })
  })

  test('an altered hash is found', async () => {
    await tamper(`update gemaal.audit_trail set hash = repeat('0', 64) where id = 50`, async () => {
      expect(await verifyAudit(warehouse.db)).toEqual({ ok: false, brokenAt: 50 })
    })
  })

  test('a removed entry is found, also the last one', async () => {
    await tamper('delete from gemaal.audit_trail where id = 9', async () => {
      expect(await verifyAudit(warehouse.db)).toEqual({ ok: false, brokenAt: 9 })
    })
    await tamper('delete from gemaal.audit_trail where id > 48', async () => {
      expect(await verifyAudit(warehouse.db)).toEqual({ ok: false, brokenAt: 49 })
    })
  })

  test('an entry that was slipped in behind the end is found', async () => {
    await tamper(`insert into gemaal.audit_trail (id, who, action, object) values (60, 'x', 'y', 'z')`, async () => {
      expect(await verifyAudit(warehouse.db)).toEqual({ ok: false, brokenAt: 51 })
    })
    expect(await verifyAudit(warehouse.db)).toEqual({ ok: true, entries: 50 })
  })
})
