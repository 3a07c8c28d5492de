import { afterAll, beforeAll, expect, test } from 'vitest'
import { accept, freeze, list } from '../../cli/holds.js'
import type { Hold } from '../../sql/holds.js'
import { type ListsProject, openLists } from '../pitfalls/lists.js'
import { someEntries } from '../sources/lists/server.js'
import { openRunning, type Running } from '../support/running.js'
import { type Gemaal, gemaalFor } from './gemaal.js'

let lists: ListsProject
let running: Running
let gemaal: Gemaal

beforeAll(async () => {
  // Entries that cannot be asked for one by one: two listings in a row prove that one is gone.
  lists = await openLists({ byKey: false, entries: someEntries(60) })
  running = await openRunning(lists)
  gemaal = gemaalFor(lists, running)
  await running.worker()
})
afterAll(async () => {
  await running?.close()
  await lists?.close()
})

const read = () => running.run({ source: 'lists', sync: 'dataset lists.page', streams: ['page'], reading: 'full' })
const holds = () => gemaal.read<Hold[], { dataset: string }>(list, [], { dataset: 'lists.page' })
const yes = { reason: 'opgeruimd', yes: true }

test('deletes that two listings proved are let through by a person, and a row that came back stays', async () => {
  await read()
  const gone = lists.server.entries.splice(10, 20)
  await read()
  expect((await read()).status).toBe('held')
  const [hold] = await holds()
  expect(hold).toMatchObject({ why: 'deletes', keys: 20 })
  // It comes back, and a run reads it, before the decision is carried out.
  const back = gone[3]!
  lists.server.entries.push(back)
  await lists.rows("update gemaal.holds set status = 'accepted', decided_at = now(), decided_by = 'x', reason = 'y' where id = $1", [
    hold!.id,
  ])
  await read()
  expect((await gemaal.verb(accept, [String(hold!.id)], yes)).code).toBe(0)
  expect(await lists.ids('page')).toEqual(lists.idsThere())
  expect(await lists.ids('page')).toContain(back.id)
  const [tombstones] = await lists.rows("select count(*)::int as n from lists.page_deleted where _reason = 'deleted'")
  expect(tombstones).toEqual({ n: 19 })
})

test('an empty listing deletes nothing before a person says so, and frozen rows stay', async () => {
  const before = await lists.ids('page')
  lists.server.entries.splice(0)
  expect((await read()).status).toBe('held')
  const [hold] = await holds()
  expect(hold).toMatchObject({ why: 'empty', keys: before.length })
  expect((await gemaal.verb(freeze, [String(hold!.id)], yes)).code).toBe(0)
  expect((await read()).status).toBe('synced')
  expect(await lists.ids('page')).toEqual(before)
  expect((await gemaal.verb(accept, [String(hold!.id)], yes)).code).toBe(0)
  expect(await lists.ids('page')).toEqual([])
})
