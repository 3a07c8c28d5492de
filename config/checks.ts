/**
 * The checks that a rule can name, by level, each with the form of its parameters. What a check says of a value or of a set is the matter of
 * `worker/rules/` and `sql/`; here is only what may be written.
 */
import { z } from 'zod'
import { columnName, day, list, oneOrMore, streamName, text } from './words.js'

/** What a rule looks at: a value, a record, the records of a dataset together, what they refer to, or a load beside earlier ones. */
export const levels = ['field', 'record', 'dataset', 'reference', 'load'] as const
export type Level = (typeof levels)[number]

/** The form of a check that takes no parameters: it is written as its name. */
export const none = z.strictObject({})

const expression = text.refine(
  (written) => {
    try {
      new RegExp(written, 'u')
      return true
    } catch {
      return false
    }
  },
  { error: 'this is not a regular expression (ECMAScript, flag u)', abort: true },
)

/** Checks on one value. A form that takes `{}` can be written as the name alone. */
export const fieldCheckForms = {
  bsn: none,
  rsin: none,
  'code-list': list(text)
    .min(1, { error: 'at least one code' })
    .transform((values) => ({ values }))
    .describe('The codes that are allowed'),
  date: z
    .strictObject({
      from: day.optional().describe('First day that is allowed'),
      to: day.optional().describe('Last day that is allowed'),
    })
    .describe('A real calendar day within bounds'),
  reference: none,
  required: none,
  pattern: expression.transform((pattern) => ({ pattern })).describe('Regular expression that the whole text has to match'),
} as const

/** Checks that are written without parameters, and know what to judge by from the description of the field. */
export const plainFieldChecks: readonly string[] = [
  'code-list',
  ...Object.entries(fieldCheckForms).flatMap(([name, form]) => (form.safeParse({}).success ? [name] : [])),
]

const columns = oneOrMore(columnName, 'a column')

/** Rows that a check on a set looks at: by the value of a column, by one of several, or by its absence. */
const rows = z
  .record(columnName, z.union([z.string(), z.null(), z.array(z.string()).min(1)], { error: 'a value, a list of values, or null' }))
  .describe('Rows that count, by the value of their columns')

/** SQL of one statement, in which `{rows}` stands for the rows of the dataset and `{<stream>}` for those of another one of the source. */
const statement = text.describe(
  'One SELECT that returns the key columns of each row that breaks the rule; {rows} stands for the rows that are judged, {<stream>} for a stream under uses',
)

/** Checks on the records of a dataset together. */
export const setCheckForms = {
  unique: columns
    .transform((columns) => ({ columns }))
    .describe('Columns whose values together occur once; rows with an absent one do not count'),
  'at-most-one': z
    .strictObject({ per: columns.describe('Columns that make a group'), where: rows.optional() })
    .describe('At most one row a group'),
  'no-overlap': z
    .strictObject({
      per: columns.describe('Columns that make a group'),
      from: columnName.describe('Column with the begin'),
      to: columnName.describe('Column with the end; absent: open'),
      end: z.enum(['inclusive', 'exclusive']).describe('Whether the end still belongs to the period'),
      where: rows.optional(),
    })
    .describe('Periods of a group that do not overlap'),
  hierarchy: z
    .strictObject({
      parent: columnName.describe('Column that refers to the key of another row of the same dataset'),
      levels: z.number().int().min(2).max(100).describe('How many levels there may be'),
    })
    .describe('A tree without cycles, of so many levels'),
  sql: statement,
} as const

/** Checks on what the rows of a dataset refer to in others. */
export const referenceCheckForms = {
  references: z
    .strictObject({
      column: columnName.describe('Column that refers'),
      to: streamName.describe('Stream of the same source whose records are referred to'),
    })
    .describe('What the column refers to is there'),
  sql: statement,
} as const

const share = z
  .string({ error: 'a share such as 20 %' })
  .regex(/^\d{1,4}(\.\d+)? ?%$/, { error: 'a share such as 20 %' })
  .transform((written) => Number.parseFloat(written) / 100)

/** Checks on a load beside the earlier ones. Bounds that are not given are learnt. */
export const loadCheckForms = {
  'row-count-within': z
    .strictObject({
      drop: share.optional().describe('How much fewer rows than usual'),
      rise: share.optional().describe('How many more rows than usual'),
    })
    .describe('As many rows as usual'),
  'null-share-within': z
    .strictObject({
      column: columnName.optional().describe('Left out: every column'),
      atMost: share.optional().describe('Left out: what is usual for the column'),
    })
    .describe('As many absent values as usual'),
  'fresh-within': z
    .strictObject({
      column: columnName.describe('Column with the moment or day of the last change in the source'),
      of: text.describe('How far it may lie back, such as 2 days'),
    })
    .describe('The newest record is not older than this'),
  complete: none,
  'distribution-within': z
    .strictObject({
      column: columnName.describe('Column with codes'),
      shift: z.number().positive().optional().describe('Population stability index that is still taken; left out: 0.2'),
    })
    .describe('The codes are divided as they usually are'),
} as const

export const checkForms = { field: fieldCheckForms, dataset: setCheckForms, reference: referenceCheckForms, load: loadCheckForms } as const
