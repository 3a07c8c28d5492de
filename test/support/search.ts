/** Where a value is kept in a warehouse. */
import type pg from 'pg'

/** Tables in which some row holds one of the values, in whatever column: `zaken.rollen`. */
export async function tablesWith(pool: pg.Pool, values: readonly string[]): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'm') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' order by 1`,
  )
  const found: string[] = []
  for (const { name } of rows) {
    const { rows: hits } = await pool.query(`select from ${name} t, unnest($1::text[]) v where strpos(t::text, v) > 0 limit 1`, [values])
    if (hits.length > 0) found.push(name)
  }
  return found
}

/** Tables whose file, as it is on disk, holds one of the values: rows that were deleted stay in it until VACUUM. For a superuser. */
export async function filesWith(pool: pg.Pool, tables: readonly string[], values: readonly string[]): Promise<string[]> {
  await pool.query('checkpoint')
  const found: string[] = []
  for (const name of tables) {
    const { rows } = await pool.query<{ file: Buffer }>('select pg_read_binary_file(pg_relation_filepath($1)) as file', [name])
    if (values.some((value) => rows[0]?.file.includes(value))) found.push(name)
  }
  return found
}
