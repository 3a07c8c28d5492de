/**
 * The checks that a rule can name, by level, each with the form of its parameters. What a check says of a value or of a set is the matter of
 * `worker/rules/` and `sql/`; here is only what may be written.
 */
import { z } from 'zod'
import { columnName, count, day, duration, list, oneOrMore, streamName, text, textLike } from './words.js'

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

/** A day, or one that moves with the calendar of the Netherlands: `today`, `today+100y`, `today-6m`, `today+30d`. */
const dayBound = z.union(
  [day, z.string().regex(/^today(?:[+-]\d{1,5}[dmy])?$/, { error: 'today, or so far from it: today+100y, today-6m, today+30d' })],
  { error: 'a day such as 2026-12-31, or today, today+100y, today-6m, today+30d' },
)

const decimalText = textLike(/^-?\d{1,30}(?:\.\d{1,30})?$/, 'a number such as 12.50')
const characters = z.number({ error: 'a whole number' }).int({ error: 'a whole number' }).min(0).max(1_000_000)

/** Types of object that a BAG identification can be of. */
export const bagObjectTypes = [
  'verblijfsobject',
  'ligplaats',
  'standplaats',
  'pand',
  'nummeraanduiding',
  'openbare-ruimte',
  'woonplaats',
] as const
/** Forms that the value of a ZaakEigenschap can have. */
export const eigenschapFormaten = ['tekst', 'getal', 'datum', 'datum_tijd'] as const
export const geometryTypes = ['Point', 'MultiPoint', 'LineString', 'MultiLineString', 'Polygon', 'MultiPolygon'] as const

/** Checks on one value. A form that takes `{}` can be written as the name alone. */
export const fieldCheckForms = {
  // Persons and organisations
  bsn: none,
  'bsn-real': none,
  'a-nummer': none,
  rsin: none,
  kvk: none,
  vestigingsnummer: none,
  btw: none,
  oin: none,
  iban: none,
  'iban-account': none,
  kenteken: none,
  'kenteken-letters': none,
  telefoon: none,
  email: none,
  // Addresses and places
  postcode: none,
  huisnummer: none,
  huisletter: none,
  toevoeging: none,
  gemeentecode: z
    .strictObject({
      codes: list(text).min(1, { error: 'at least one code' }).optional().describe('The codes that there are; left out: its form alone'),
    })
    .describe('Code of a gemeente, with or without GM'),
  wijk: none,
  buurt: none,
  'bag-identificatie': z
    .strictObject({
      type: oneOrMore(z.enum(bagObjectTypes), 'a type of object')
        .optional()
        .describe('Types that it may be of; left out: each but woonplaats'),
    })
    .describe('Identification of an object of the BAG'),
  'kadastrale-aanduiding': z
    .strictObject({
      form: z.enum(['name', 'code']).optional().describe('With the name of the kadastrale gemeente, or its code; left out: either'),
    })
    .describe('Designation of a perceel or an appartement'),
  rd: none,
  wgs84: none,
  geometrie: z
    .strictObject({
      types: oneOrMore(z.enum(geometryTypes), 'a type of geometry').optional().describe('Types that it may be of; left out: each'),
    })
    .describe('A geometry that can be drawn'),
  // Days and moments
  date: z
    .strictObject({
      from: dayBound.optional().describe('First day that is allowed'),
      to: dayBound.optional().describe('Last day that is allowed'),
      empty: list(day).optional().describe('Days that stand for no value, such as 9999-12-31: allowed outside the bounds'),
    })
    .describe('A real calendar day within bounds'),
  moment: z
    .strictObject({
      offset: z.literal('required').optional().describe('It says its distance to UTC; left out: it may be Dutch local time'),
    })
    .describe('A moment that exists'),
  'moment-once': none,
  'gba-datum': none,
  duration: z
    .strictObject({ positive: z.literal(true).optional().describe('It is longer than nothing') })
    .describe('A duration in the form of ISO 8601'),
  'eigenschap-waarde': z
    .strictObject({
      formaat: z.enum(eigenschapFormaten).describe('Form of the value'),
      lengte: textLike(/^\d{1,5}(?:,\d{1,3})?$/, 'a length such as 14 or 4,2')
        .optional()
        .describe('Most characters; of a number the digits before and after the comma'),
      waarden: list(z.string()).min(1, { error: 'at least one value' }).optional().describe('The values that are allowed'),
    })
    .describe('Value of a ZaakEigenschap as its eigenschap asks for it'),
  // Of no standard
  'code-list': list(text)
    .min(1, { error: 'at least one code' })
    .transform((values) => ({ values }))
    .describe('The codes that are allowed'),
  length: z
    .strictObject({ min: characters.optional().describe('Fewest characters'), max: characters.optional().describe('Most characters') })
    .refine(({ min, max }) => min !== undefined || max !== undefined, { error: "neither 'min' nor 'max' is given; add one" })
    .describe('So many characters'),
  number: z
    .strictObject({
      from: decimalText.optional().describe('Smallest number that is allowed'),
      to: decimalText.optional().describe('Largest number that is allowed'),
      decimals: z
        .number({ error: 'a whole number' })
        .int({ error: 'a whole number' })
        .min(0)
        .max(30)
        .optional()
        .describe('Most digits after the point'),
    })
    .describe('A number within bounds'),
  pattern: expression.transform((pattern) => ({ pattern })).describe('Regular expression that the whole text has to match'),
  reference: none,
  required: none,
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
  'One SELECT that returns the key columns of each row that breaks the rule; {rows} stands for the rows that are judged, {key} for their key columns in a rule on a dataset, {<stream>} for a stream under uses',
)

/** Checks on the records of a dataset together. */
export const setCheckForms = {
  unique: columns
    .transform((columns) => ({ columns }))
    .describe('Columns whose values together occur once; rows with an absent one do not count'),
  'at-most-one': z
    .strictObject({ per: columns.describe('Columns that make a group'), where: rows.optional() })
    .describe('At most one row a group'),
  'at-most': z
    .strictObject({ per: columns.describe('Columns that make a group'), most: count.describe('So many'), where: rows.optional() })
    .describe('At most so many rows a group'),
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

/** Values of persons that can be known by their form. */
export const personalValues = ['bsn', 'iban', 'email', 'telefoon'] as const

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
      of: duration.describe('How far it may lie back, such as 2 days'),
    })
    .describe('The newest record is not older than this'),
  complete: none,
  'distribution-within': z
    .strictObject({
      column: columnName.optional().describe('Column with codes; left out: every column whose codes are described'),
      shift: z.number().positive().optional().describe('Population stability index that is still taken; left out: 0.2'),
    })
    .describe('The codes are divided as they usually are'),
  'personal-values': z
    .strictObject({
      of: z.enum(personalValues).describe('What is looked for'),
      atMost: share.describe('Largest share of the values of a column that may look like it'),
    })
    .describe('Columns that claim to hold nothing of persons hold none'),
} as const

export const checkForms = { field: fieldCheckForms, dataset: setCheckForms, reference: referenceCheckForms, load: loadCheckForms } as const
