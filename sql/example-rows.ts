/** Made-up rows in Postgres, by which rules in SQL judge their examples. Nothing of them stays. */
import type pg from 'pg'
import type { ColumnType } from '../config/dataset-plan.js'
import { quoted } from './names.js'

export interface ExampleColumn {
  name: string
  type: ColumnType
}

/** Values as texts that Postgres reads as the type of their column; null is absent, a list is an array. */
export type ExampleRow = { readonly [column: string]: string | null | readonly string[] }

/** Works in a transaction that is taken back. */
export async function withExamples<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    return await work(client)
  } finally {
    await client.query('rollback').catch(() => {})
    client.release()
  }
}

/** Makes a temporary table of rows; `_at` is the place of each. */
export async function makeExampleRows(
  client: pg.ClientBase,
  table: string,
  columns: readonly ExampleColumn[],
  rows: readonly ExampleRow[],
): Promise<void> {
  await client.query(
    `create temp table ${table} (_at bigint${columns.map((c) => `, ${quoted(c.name)} ${c.type}`).join('')}) on commit drop`,
  )
  const values = columns.map((c, i) => `, $${i + 2}::text${c.type.endsWith('[]') ? '[]' : ''}::${c.type}`).join('')
  for (const [at, row] of rows.entries())
    await client.query(`insert into pg_temp.${table} values ($1${values})`, [at, ...columns.map((c) => row[c.name] ?? null)])
}
