import { z } from 'zod'
import type { Threshold } from './dataset-plan.js'
import { type Treatment, treatments } from './kinds.js'
import { ownRuleForm, type Rule, ruleOf, ruleSetting } from './rules.js'
import {
  type Bound,
  bound,
  columnName,
  duration,
  fieldColumn,
  flag,
  kebabName,
  list,
  packName,
  period,
  personalKind,
  ruleId,
  text,
  textLike,
  version,
} from './words.js'

/** A stream of a source, as `from` names it. */
export interface From {
  source: string
  stream: string
}

const from = textLike(/^[a-z][a-z0-9-]*\/[A-Za-z][A-Za-z0-9_-]*$/, 'a stream as <source>/<stream>, such as open-zaak/zaken')

/** What a record has to satisfy to be inside, on the value of a column. */
export type WhereCondition =
  | { test: 'null' }
  | { test: 'in'; values: readonly (string | null)[] }
  /** Up to and including this code of an ordered code list. */
  | { test: 'atMost'; value: string }
  /** `from` inclusive, `to` exclusive. */
  | { test: 'range'; from: string | undefined; to: string | undefined }

const conditionForm = z
  .union(
    [
      z.null(),
      z.string(),
      z.array(z.union([z.string(), z.null()], { error: 'a value or null' })).min(1, { error: 'at least one value' }),
      z.strictObject({ atMost: text.describe('This code and all before it in its ordered list') }),
      z.strictObject({
        from: text.optional().describe('From this value on'),
        to: text.optional().describe('Up to, not including, this value'),
      }),
    ],
    { error: 'null, a value, a list of values, { atMost }, or { from, to }' },
  )
  .transform((written, ctx): WhereCondition => {
    if (written === null) return { test: 'null' }
    if (typeof written === 'string') return { test: 'in', values: [written] }
    if (Array.isArray(written)) return { test: 'in', values: written }
    if ('atMost' in written) return { test: 'atMost', value: written.atMost }
    if (written.from === undefined && written.to === undefined)
      ctx.addIssue({ code: 'custom', message: "a range without bounds; expected 'from', 'to' or both" })
    return { test: 'range', from: written.from, to: written.to }
  })

/** What a contract changes in one column. */
export type ColumnChange =
  /** It lands as a table of its own (`<dataset>_<column>`) or as jsonb. */
  | { as: 'table' | 'json' }
  /** It lands with this treatment, which may be stricter than the activity's and never milder; `keep` lands it as it is. */
  | { as: 'treated'; treatment: Treatment }
  /** A column under this name, made of another column of the stream. */
  | { as: 'made'; from: string; description: string; treatment: Treatment | undefined }

const columnWords = [...treatments, 'table', 'json'] as const

const columnChangeForm = z
  .union(
    [
      z.enum(columnWords),
      z.strictObject({
        from: fieldColumn.describe('Column of the stream that it is made of'),
        description: text.describe('What the column holds'),
        treatment: z.enum(treatments).optional().describe("Treatment of the value; left out: the activity's"),
      }),
    ],
    { error: `one of ${columnWords.join(', ')}, or { from, description, treatment }` },
  )
  .transform((written): ColumnChange => {
    if (typeof written !== 'string')
      return { as: 'made', from: written.from, description: written.description, treatment: written.treatment }
    return written === 'table' || written === 'json' ? { as: written } : { as: 'treated', treatment: written }
  })

/** Which columns land, of those that the activity allows. */
export type Columns =
  /** Every described non-personal field, and the personal kinds asked for; with these changes. */
  { take: 'all'; changes: { readonly [column: string]: ColumnChange } } | { take: 'these'; columns: readonly string[] }

const columnsForm = z
  .union([list(columnName).min(1, { error: 'at least one column' }), z.record(columnName, columnChangeForm)], {
    error: 'a list of columns, or a map from column to change',
  })
  .transform((written): Columns => (Array.isArray(written) ? { take: 'these', columns: written } : { take: 'all', changes: written }))

export const contractForm = z
  .strictObject({
    from: z
      .union([from, list(from).min(1, { error: 'at least one stream' })], { error: 'a stream as <source>/<stream>, or a list of them' })
      .transform((written) => (Array.isArray(written) ? written : [written]).map(fromOf))
      .describe('Stream that it takes from, as <source>/<stream>. A list: `_source` joins the key'),
    title: text.optional().describe("Title for people; left out: the dataset's name in words"),
    description: text.optional().describe('What it holds; left out: what the connector says of the stream'),
    owner: text.optional().describe('Who answers for it; left out: contact.data of gemaal.yaml'),
    version: version.default('1.0.0').describe('Version of the contract; narrowing needs a new major'),
    activity: kebabName.optional().describe('Processing activity of activities.yaml; compulsory where the stream holds data on persons'),
    personal: list(personalKind)
      .default([])
      .describe('Kinds of personal data that are asked for; how they land is for the activity to say'),
    where: z.record(columnName, conditionForm).default({}).describe('Conditions on columns; all must hold'),
    columns: columnsForm
      .prefault({})
      .describe('Left out: every described non-personal field. A list: exactly these. A map: all, with these changes'),
    indexes: list(columnName).default([]).describe('Columns that get an index'),
    history: flag.default(false).describe('Whether older versions of a record are kept beside the dataset'),
    fresh: duration.optional().describe('How old the data may be before it is late; left out: twice the interval of its syncs'),
    retention: z
      .union(
        [
          z.strictObject({ follow: columnName.describe('Column that holds the day after which a record goes') }),
          z.strictObject({
            keep: period.describe('How long'),
            after: columnName.describe('Column that holds the day from which it counts'),
          }),
        ],
        { error: '{ follow: column } or { keep: 5 years, after: column }' },
      )
      .optional()
      .describe("How long records are kept; left out: the connector's own. Compulsory where personal data lands"),
    access: z
      .enum(['everyone', 'activity'])
      .optional()
      .describe("Who may read it; left out: every reader if no personal kind lands, else the activity's role"),
    refused: z
      .enum(['keep', 'hide'])
      .default('keep')
      .describe('What happens to the older version of a record while its newer one is in quarantine'),
    holds: z
      .strictObject({
        deleted: bound.optional().describe('More deletes than this wait for a person; left out: 10 % and more than 5, or 1,000'),
        quarantined: bound.optional().describe('With more in quarantine than this nothing is published until a person says so'),
        scope: z
          .enum(['any', 'narrower', 'wider', 'none'])
          .default('any')
          .describe('Which changes of the rights of our token wait for a person'),
      })
      .prefault({})
      .describe('What makes a publication wait for a person'),
    rules: z
      .strictObject({
        packs: list(packName).optional().describe("Rule packs; left out: the connector's own"),
        set: z.record(ruleId, ruleSetting).default({}).describe('Severity by rule; a rule of a pack that was not chosen is taken in by it'),
        own: z
          .record(kebabName, ownRuleForm)
          .default({})
          .transform((rules): { readonly [name: string]: Rule } =>
            Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, ruleOf(`own.${name}`, rule)])),
          )
          .describe('Rules of this dataset alone; their ids are own.<rule>'),
      })
      .prefault({})
      .describe('What records have to satisfy'),
  })
  .superRefine((contract, ctx) => {
    const issue = (path: (string | number)[], message: string) => ctx.addIssue({ code: 'custom', path, message })
    if (contract.personal.length > 0 && contract.activity === undefined) {
      issue(
        ['personal'],
        "personal data is asked for without 'activity'; expected the processing activity of activities.yaml that allows it",
      )
    }
    if (contract.access === 'activity' && contract.activity === undefined)
      issue(['access'], "'access: activity' without 'activity'; expected a processing activity of activities.yaml")
    const { columns } = contract
    if (columns.take === 'these') {
      contract.indexes.forEach((column, index) => {
        if (!columns.columns.includes(column))
          issue(['indexes', index], `the column '${column}' has an index and is not in 'columns', which lists all that lands`)
      })
    }
  })

/** The contract of a dataset: `datasets/<schema>/<table>.yaml`. */
export interface Contract extends z.output<typeof contractForm> {
  /** `<schema>.<table>`. */
  name: string
  schema: string
  table: string
  /** Path in the project. */
  file: string
  title: string
  owner: string
  /** Seconds. */
  fresh: number
  /** Keys that were left out and have a value all the same, in the order of the form; what the connector decides stays undefined. */
  derived: readonly string[]
}

/** Keys that get a value when they are left out. */
const defaulted = ['title', 'owner', 'version', 'columns', 'history', 'fresh', 'refused', 'holds']

/** @param rest what the project knows and the file does not say */
export function contractOf(
  place: { schema: string; table: string; file: string },
  written: z.output<typeof contractForm>,
  keys: readonly string[],
  rest: { owner: string; fresh: number },
): Contract {
  return {
    ...written,
    ...place,
    name: `${place.schema}.${place.table}`,
    title: written.title ?? titleOf(place.table),
    owner: written.owner ?? rest.owner,
    fresh: written.fresh ?? rest.fresh,
    derived: defaulted.filter((key) => !keys.includes(key)),
  }
}

/** `open_zaken` → `Open zaken`. */
function titleOf(table: string): string {
  const words = table.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function fromOf(written: string): From {
  const [source, stream] = written.split('/') as [string, string]
  return { source, stream }
}

/** Deletes that wait for a person where a contract says nothing: more than 10 % and more than 5, or more than 1,000. */
export const defaultDeletes: Threshold = { share: 0.1, atLeast: 5, max: 1000 }

/**
 * A bound of a contract as a threshold. A share takes the place of the whole default: of a set so small that it means less than five records
 * five may still go, and no number holds by itself. A number of records holds by itself.
 */
export function thresholdOf(written: Bound): Threshold {
  return 'share' in written
    ? { share: written.share, atLeast: defaultDeletes.atLeast, max: Number.MAX_SAFE_INTEGER }
    : { share: 1, atLeast: written.count, max: written.count }
}
