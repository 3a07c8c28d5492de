import type { Context, Observation, Scope } from '../connector.js'
import { chunk } from './read.js'
import type { StreamSettings } from './settings.js'
import { placeOf, type Server, serverOf, type Table, tablesOf, uniqueIndexOf } from './table.js'

/** The streams of the source file. */
const streamsOf = (ctx: Context): [string, StreamSettings][] => Object.entries(ctx.streams) as unknown as [string, StreamSettings][]

/** How far our login sees: 0 for every row of the tables that are read, one less for each table of which the server leaves rows out. */
const rows = 'rows of the tables'

/**
 * What decides which rows we see: `rows of the tables`, and `role <name>` → 1, since a view can show each role other rows. A table is no grant
 * by itself: without the right to read it there is an error, and a stream that is added would pass for a right that got wider.
 *
 * What a view hides by other means, nobody can tell from here.
 */
export async function scope(ctx: Context): Promise<Scope> {
  const server = serverOf(ctx)
  const granted: { [grant: string]: number } = { [rows]: 0 }
  for (const [role] of await server.client.rows(server.dialect.roles)) granted[`role ${role}`] = 1
  for (const table of new Set(streamsOf(ctx).map(([, stream]) => stream.table))) if (await isFiltered(server, table)) granted[rows]! -= 1
  return granted
}

async function isFiltered({ client, dialect }: Server, table: string): Promise<boolean> {
  if (!dialect.filtered) return false
  const [row] = await client.rows(dialect.filtered(placeOf(table)))
  return row?.[0] === 't'
}

/** For `doctor`: the version, rights that we should not have, and what makes the readings of a stream slow or blind. */
export async function inspect(ctx: Context): Promise<Observation[]> {
  const server = serverOf(ctx)
  const { client, dialect } = server
  const [version] = await client.rows(dialect.version)
  const observed: Observation[] = [{ message: `it is ${version?.[0]}` }]
  const writable = (await client.rows(dialect.writable)).map(([schema, table]) => (schema === '*' ? 'everything' : `${schema}.${table}`))
  observed.push(
    writable.length === 0
      ? { message: 'the login can change nothing there' }
      : {
          message: `the login can change ${writable.join(', ')}${writable.length === 3 ? ' and perhaps more' : ''}`,
          mend: 'use a login that can only read: every session of ours is read-only, but a right that nobody needs is one that somebody can use',
        },
  )
  for (const [name, stream] of streamsOf(ctx)) {
    const [table] = await tablesOf(server, placeOf(stream.table))
    if (table) observed.push(...observationsOf(name, stream, table, await isFiltered(server, stream.table)))
  }
  return observed
}

function observationsOf(name: string, stream: StreamSettings, table: Table, filtered: boolean): Observation[] {
  const observed: Observation[] = []
  const key = [stream.key].flat()
  if (!uniqueIndexOf(table, key))
    observed.push({
      message: `'${name}': nothing at ${stream.table} says that its key (${key.join(', ')}) is unique, and it is sorted anew for each ${chunk} rows`,
      mend: table.isView
        ? 'read the table behind the view where that is possible, and see that the key is unique in it'
        : 'ask the administrator of the database for a unique index on the key',
    })
  if (filtered)
    observed.push({
      message: `'${name}': row-level security leaves out rows of ${stream.table} for our login`,
      mend: 'ask the administrator of the database for a policy under which it sees all rows that are to land',
    })
  const cursor = stream.changes?.cursor
  if (cursor !== undefined) {
    const column = table.columns.find((each) => each.name === cursor)
    const indexed = table.isView || table.indexes.some(({ columns }) => columns[0] === cursor)
    if (!indexed)
      observed.push({
        message: `'${name}': the cursor ${cursor} has no index, so that each reading of changes goes through all of ${stream.table}`,
        mend: 'ask the administrator of the database for an index on it',
      })
    else if (!table.isView) observed.push({ message: `'${name}': the cursor ${cursor} has an index` })
    if (column?.nullable) observed.push({ message: `'${name}': rows whose ${cursor} is empty are read by every reading of changes` })
  }
  return observed
}
