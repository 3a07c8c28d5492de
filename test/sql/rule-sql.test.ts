import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { filledRuleSql, ruleSqlFault, runRuleSql } from '../../sql/rule-sql.js'
import { openDatabase, type TestDatabase } from '../support/database.js'

let database: TestDatabase
let client: pg.Client
beforeAll(async () => {
  database = await openDatabase()
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query('create table kept (n int); insert into kept values (1), (2), (3); create sequence counter')
})
afterAll(async () => {
  await client?.end()
  await database?.close()
})
beforeEach(async () => {
  await client.query('rollback; begin; create temp table broken (n int) on commit drop')
})

const kept = async () => (await client.query('select count(*)::int as n from kept')).rows[0].n

test('a rule fills a temporary table, and the transaction around it goes on to write', async () => {
  const said = await runRuleSql(client, 'insert into pg_temp.broken select n from (select n from kept where n > $1) q', { values: [1] })
  expect('answer' in said && said.answer.rowCount).toBe(2)
  await client.query('insert into kept select n from broken')
  expect(await kept()).toBe(5)
  expect((await client.query(`select current_setting('statement_timeout') as t`)).rows[0].t).toBe('0')
})

test.each([
  ['changes rows', 'select * from (delete from kept returning n) q'],
  ['changes rows in a with', 'with gone as (delete from kept returning n) select n from gone'],
  ['changes rows', 'update kept set n = 0'],
  ['makes a table', 'select n into theirs from kept'],
  ['locks rows', 'select n from kept for update'],
  ['takes a number', "select nextval('counter')"],
  ['goes back to writing', "select set_config('transaction_read_only', 'off', false)"],
  ['is two statements', 'select 1; delete from kept'],
])('SQL that %s is refused, and nothing but itself fails', async (_, sql) => {
  expect(await runRuleSql(client, sql)).toHaveProperty('failed')
  expect(await kept()).toBe(3)
  await client.query('insert into kept values (4)')
})

test('a rule that takes too long says so, and leaves the time of the others as it was', async () => {
  await client.query(`set local statement_timeout = '77s'`)
  const said = await runRuleSql(client, 'select count(*) from generate_series(1, 1000000000)', { timeoutMs: 50 })
  expect(said).toEqual({ failed: 'it took longer than 50 ms' })
  expect((await client.query(`select current_setting('statement_timeout') as t`)).rows[0].t).toBe('77s')
})

test('why a rule failed never quotes a value', async () => {
  const said = await runRuleSql(client, `select 'Jansen'::int`)
  expect(said).toEqual({ failed: 'the rule failed (22P02: a text is no value of the type)' })
})

test('a cancel of the run is no fault of the rule', async () => {
  const controller = new AbortController()
  controller.abort(new Error('cancelled'))
  await expect(runRuleSql(client, 'select 1', { signal: controller.signal })).rejects.toThrow('cancelled')
})

test.each([
  ['select uuid from {rows}', undefined],
  ["with a as (select uuid from {rows}) select uuid from a where '{zaken}' <> '; pg_sleep(1)' -- ;", undefined],
  ['select uuid from {rows}; drop table kept', 'there is more than one statement; expected one SELECT'],
  ['delete from {rows}', 'this is not a SELECT'],
  ['select 1', 'it does not look at {rows}, the rows that are judged'],
  ['select uuid from {rows} join {zaken} using (uuid)', "{zaken} stands for nothing; expected {rows}: name its columns under 'uses'"],
  ['select pg_sleep(1) from {rows}', 'it calls pg_sleep, which reaches beyond the rows that are judged'],
  ['select pg_catalog."pg_read_file" (\'x\') from {rows}', 'it calls "pg_read_file", which reaches beyond the rows that are judged'],
  ["select query_to_xml('select 1', true, true, '') from {rows}", 'it calls query_to_xml, which reaches beyond the rows that are judged'],
  ['select $$x$$ from {rows}', "it quotes a text or a name with E'…', $$…$$ or U&; expected '…'"],
])('%s', (sql, fault) => {
  expect(ruleSqlFault(sql, ['rows'])).toBe(fault)
})

test('what stands in braces is put in, and a semicolon at the end is left out', () => {
  expect(filledRuleSql('select uuid from {rows} r; -- done', { rows: '(select 1)' })).toBe('select uuid from (select 1) r')
})
