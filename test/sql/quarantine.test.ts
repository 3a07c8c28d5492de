import { sql } from 'kysely'
import { beforeEach, describe, expect, test } from 'vitest'
import { verifyAudit } from '../../sql/audit.js'
import { closeQuarantine, discardQuarantine, listQuarantine, showQuarantine } from '../../sql/quarantine.js'
import { database, quarantine, query, useWarehouse } from './bench.js'

useWarehouse()

const noon = new Date('2026-03-01T12:00:00Z')
const key = (n: number) => `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`

/** Twelve refused zaken (1..12; even ones broke a second rule), one rol, one closed zaak. */
beforeEach(async () => {
  await query('alter sequence gemaal.quarantine_id_seq restart')
  for (let n = 1; n <= 12; n++) await quarantine('zaken.zaken', { uuid: key(n) }, false, key(n))
  await quarantine('zaken.rollen', { uuid: key(1) }, false, key(1))
  await quarantine('zaken.zaken', { uuid: key(99) }, true, key(99))
  await query(`
    update gemaal.quarantine set first_seen_at = '2026-03-01T00:00:00Z'::timestamptz + id * interval '1 hour', read_at = '2026-03-01T12:00:00Z';
    update gemaal.quarantine set findings = findings || '[{"rule": "time.datum", "severity": "reject", "column": "startdatum"}, {"rule": "nl.bsn", "severity": "reject"}]' where id % 2 = 0;
    update gemaal.quarantine set source = 'zaaksysteem' where id = 3`)
})

const ids = async (list: ReturnType<typeof listQuarantine>) => (await list).entries.map((e) => e.id)
const open = async () => (await listQuarantine(database())).total

describe('the list of quarantine', () => {
  test('holds what is refused now, newest first, with the number of all', async () => {
    const list = await listQuarantine(database())
    expect(list.entries.map((e) => e.id)).toEqual([13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
    expect(list).toMatchObject({ total: 13, next: undefined })
    expect(list.entries[1]).toMatchObject({
      dataset: 'zaken.zaken',
      source: 'open-zaak',
      stream: 'rollen',
      key: [key(12)],
      rules: ['nl.bsn', 'time.datum'],
      timesSeen: 1,
      closedAt: null,
      closedHow: null,
    })
    expect(list.entries[0]).not.toHaveProperty('record')
  })

  test('counts by dataset and rule, an entry that broke two rules under both and one that broke a rule twice once', async () => {
    expect((await listQuarantine(database())).byRule).toEqual([
      { dataset: 'zaken.zaken', rule: 'nl.bsn', count: 12 },
      { dataset: 'zaken.zaken', rule: 'time.datum', count: 6 },
      { dataset: 'zaken.rollen', rule: 'nl.bsn', count: 1 },
    ])
  })

  test('is read page by page without losing or doubling an entry', async () => {
    const seen: number[] = []
    let after: number | undefined
    do {
      const page = await listQuarantine(database(), { dataset: 'zaken.zaken' }, { limit: 5, after })
      expect(page.total).toBe(12)
      seen.push(...page.entries.map((e) => e.id))
      after = page.next
    } while (after !== undefined)
    expect(seen).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
  })

  test('is narrowed by dataset, rule, source and moment, all of which must hold', async () => {
    expect(await ids(listQuarantine(database(), { dataset: 'zaken.rollen' }))).toEqual([13])
    expect(await ids(listQuarantine(database(), { rule: 'time.datum' }))).toEqual([12, 10, 8, 6, 4, 2])
    expect(await ids(listQuarantine(database(), { source: 'zaaksysteem' }))).toEqual([3])
    expect(await ids(listQuarantine(database(), { since: new Date('2026-03-01T11:00:00Z'), dataset: 'zaken.zaken' }))).toEqual([12, 11])
    expect(await ids(listQuarantine(database(), { rule: 'time.datum', source: 'zaaksysteem' }))).toEqual([])
    expect(await ids(listQuarantine(database(), { rule: `x' or true --` }))).toEqual([])
  })

  test('holds closed entries when asked', async () => {
    expect((await listQuarantine(database(), { closed: true })).total).toBe(14)
  })
})

test('an entry is shown with its record and findings, and a number that is none shows nothing', async () => {
  expect(await showQuarantine(database(), 2)).toMatchObject({
    id: 2,
    key: [key(2)],
    record: { uuid: key(2) },
    findings: [{ rule: 'nl.bsn' }, { rule: 'time.datum', column: 'startdatum' }, { rule: 'nl.bsn' }],
    connector: 'zgw 1',
    contractVersion: '1.0.0',
    readAt: noon,
  })
  expect(await showQuarantine(database(), 4711)).toBeUndefined()
})

test('discarding closes entries with who and why, in the audit trail too, and twice is once', async () => {
  expect(await discardQuarantine(database(), [13, 1, 2, 4711], 'jan@waterdam.example', 'testdata')).toEqual([1, 2, 13])
  expect(await discardQuarantine(database(), [1, 2], 'piet@waterdam.example', 'nogmaals')).toEqual([])
  expect(await showQuarantine(database(), 1)).toMatchObject({
    closedHow: 'discarded',
    closedBy: 'jan@waterdam.example',
    closedReason: 'testdata',
  })
  expect(await open()).toBe(10)
  expect(await query('select who, action, object, detail, reason from gemaal.audit_trail order by id desc limit 2')).toEqual([
    { who: 'jan@waterdam.example', action: 'quarantine discard', object: 'zaken.zaken', detail: { entries: [1, 2] }, reason: 'testdata' },
    { who: 'jan@waterdam.example', action: 'quarantine discard', object: 'zaken.rollen', detail: { entries: [13] }, reason: 'testdata' },
  ])
  expect(await verifyAudit(database())).toMatchObject({ ok: true })
})

describe('closing entries', () => {
  const of = { dataset: 'zaken.zaken', source: 'open-zaak' }
  const later = new Date('2026-03-01T13:00:00Z')
  const earlier = new Date('2026-03-01T11:00:00Z')

  test('of keys that passed leaves other keys, datasets and sources alone', async () => {
    expect(
      await closeQuarantine(
        database(),
        of,
        [1, 2, 3, 50].map((n) => ({ key: [key(n)], readAt: later })),
        'passed',
        'run 12',
      ),
    ).toBe(2)
    expect(await ids(listQuarantine(database()))).toEqual([13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3])
    expect(await showQuarantine(database(), 2)).toMatchObject({ closedHow: 'passed', closedBy: 'run 12' })
  })

  test('leaves an entry open whose record was read later', async () => {
    const keys = [
      { key: [key(1)], readAt: earlier },
      { key: [key(2)], readAt: noon },
    ]
    expect(await closeQuarantine(database(), of, keys, 'gone', 'run 12')).toBe(1)
    expect((await showQuarantine(database(), 1))?.closedAt).toBeNull()
  })

  test('takes the keys from a query as well', async () => {
    const staged = sql<{ key: string[]; read_at: Date }>`
      select array[u] as key, timestamptz '2026-03-01T13:00:00Z' as read_at from unnest(array[${key(4)}, ${key(5)}]) u`
    expect(await closeQuarantine(database(), of, staged, 'outside', 'run 13')).toBe(2)
    expect(await closeQuarantine(database(), of, staged, 'outside', 'run 13')).toBe(0)
    expect(await closeQuarantine(database(), of, [], 'outside', 'run 13')).toBe(0)
  })
})
