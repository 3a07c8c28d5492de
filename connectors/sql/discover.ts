import type { Context, RecordSchema, StreamProposal } from '../connector.js'
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

/** Every table and view that the login may read. Columns that cannot land, such as pictures and geometries, are left out. */
export async function discover(ctx: Context): Promise<{ [stream: string]: StreamProposal }> {
  const tables = await tablesOf(serverOf(ctx))
  const inSchemas = new Map<string, number>()
  for (const { name } of tables) inSchemas.set(nameOf(name), (inSchemas.get(nameOf(name)) ?? 0) + 1)
  return Object.fromEntries(
    tables.flatMap((table) => {
      const properties = Object.fromEntries(
        table.columns.flatMap((column) => {
          const schema = schemaOf(column)
          return schema ? [[column.name, schema]] : []
        }),
      )
      if (Object.keys(properties).length === 0) return []
      const alone = inSchemas.get(nameOf(table.name)) === 1
      const name = alone ? nameOf(table.name) : nameOf(`${table.schema}_${table.name}`)
      const key = keyOf(table).filter((column) => column in properties)
      const proposal = { settings: { table: `${table.schema}.${table.name}` }, record: { properties }, key, description: describe(table) }
      return [[name, proposal]]
    }),
  )
}

/** The name of a stream: snake_case, beginning with a letter. */
function nameOf(table: string): string {
  const snake = table
    .normalize('NFD')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/^_+|_+$/g, '')
    .toLowerCase()
  return /^[a-z]/.test(snake) ? snake : `t_${snake}`
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
