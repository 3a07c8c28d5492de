import type { Context, RecordSchema, StreamProposal } from '../connector.js'
import { streamNameFor } from '../stream-name.js'
import type { Column } from './dialect.js'
import type { Form } from './forms.js'
import { serverOf, type Table, tablesOf } from './table.js'

/** What `discover` proposes for a form; a list of text for an array, whose members it does not know better. */
const schemas: { readonly [form in Form]: RecordSchema | undefined } = {
  text: { type: 'string' },
  char: { type: 'string' },
  integer: { type: 'integer' },
  decimal: { type: 'string', format: 'decimal' },
  boolean: { type: 'boolean' },
  date: { type: 'string', format: 'date' },
  datetime: { type: 'string', format: 'date-time' },
  moment: { type: 'string', format: 'date-time' },
  time: { type: 'string' },
  duration: { type: 'string', format: 'duration' },
  uuid: { type: 'string', format: 'uuid' },
  json: { type: 'string' },
  list: { type: 'array', items: { type: 'string' } },
  bytes: undefined,
  other: undefined,
}

/**
 * Every table and view that the login may read, those that are stated under their own names. Columns that cannot land, such as pictures and
 * geometries, are left out.
 */
export async function discover(ctx: Context): Promise<{ [stream: string]: StreamProposal }> {
  const tables = await tablesOf(serverOf(ctx))
  const stated = new Map<unknown, string[]>()
  for (const [name, { table }] of Object.entries(ctx.streams)) stated.set(table, [...(stated.get(table) ?? []), name])
  const inSchemas = new Map<string, number>()
  for (const { name } of tables) inSchemas.set(streamNameFor(name), (inSchemas.get(streamNameFor(name)) ?? 0) + 1)
  return Object.fromEntries(
    tables.flatMap((table) => {
      const properties = Object.fromEntries(
        table.columns.flatMap((column) => {
          const schema = schemaOf(column)
          return schema ? [[column.name, schema]] : []
        }),
      )
      if (Object.keys(properties).length === 0) return []
      const place = `${table.schema}.${table.name}`
      const isAlone = inSchemas.get(streamNameFor(table.name)) === 1
      const names = stated.get(place) ?? [streamNameFor(isAlone ? table.name : place)]
      const key = keyOf(table).filter((column) => column in properties)
      const proposal = { settings: { table: place }, record: { properties }, key, description: describe(table) }
      return names.map((name) => [name, proposal] as const)
    }),
  )
}

function schemaOf({ form, type, comment }: Column): RecordSchema | undefined {
  // Larger than a whole number can be where it lands.
  const schema = form === 'integer' && /^bigint.*unsigned/.test(type) ? schemas.decimal : schemas[form]
  return schema && { ...schema, ...(comment !== undefined && { description: comment }) }
}

/** The primary key, else a unique index of columns that are never empty; none where the server states neither. */
function keyOf({ indexes, columns }: Table): string[] {
  const filled = (name: string | undefined) => columns.some((column) => column.name === name && !column.nullable)
  const unique = indexes.filter((index) => index.unique && index.columns.every(filled))
  return ((unique.find(({ primary }) => primary) ?? unique[0])?.columns ?? []) as string[]
}

function describe({ isView, comment, estimate }: Table): string {
  const size = estimate === undefined ? '' : `, about ${estimate} rows`
  return `${isView ? 'view' : 'table'}${size}${comment === undefined ? '' : `, ${comment}`}`
}
