import { z } from 'zod'
import { text, whole } from '../form.js'
import { keyIsStated, statedKey, statedRecord } from '../stated-record.js'
import { patternOf } from './texts.js'

/** What a source file says of a stream of files. Nothing of a form is ever guessed: `1.000` is a thousand in a Dutch file. */

export const formats = ['csv', 'xlsx', 'json', 'ndjson', 'xml', 'parquet'] as const
export type Format = (typeof formats)[number]

const texts = ['csv', 'xlsx', 'json', 'ndjson', 'xml'] as const satisfies readonly Format[]

/** Which formats an option is for; those that are not here are for all. */
const optionOf: { readonly [option: string]: readonly Format[] } = {
  decimal: texts,
  dates: texts,
  null: texts,
  delimiter: ['csv'],
  quote: ['csv'],
  charset: ['csv'],
  header: ['csv', 'xlsx'],
  sheet: ['xlsx'],
  records: ['json', 'xml'],
  times: ['parquet'],
}

// YAML reads NULL, in whatever case, as nothing.
const nullText = z.union([z.string(), z.null()])

const form = z.strictObject({
  files: text.meta({ description: 'Paths of the files under the folder of the source: voorzieningen/*.csv; ** stands for any folders' }),
  format: z.enum(formats).meta({ description: 'csv, xlsx, json, ndjson, xml or parquet' }),
  delivery: z.enum(['snapshot', 'newest', 'append']).default('snapshot').meta({
    description:
      'What the files are together. snapshot: all there is. newest: each is all there is, and the last one counts. append: each adds to the others. Left out: snapshot',
  }),
  order: z.enum(['name', 'time']).default('name').meta({
    description:
      'What makes a file the later one, which counts for a key that comes again: its path (name), or when it was changed (time). Left out: name',
  }),
  key: statedKey,
  record: statedRecord,
  decimal: z.enum([',', '.']).optional().meta({
    description: 'The decimal sign of numbers in text; the other one groups thousands. Left out: a point',
  }),
  dates: text
    .refine((written) => patternOf(written) !== undefined, { error: 'a form of jjjj, mm and dd, such as dd-mm-jjjj' })
    .optional()
    .meta({ description: 'The form of dates in text, such as dd-mm-jjjj; that of ISO 8601 is always read. Left out: jjjj-mm-dd' }),
  null: z
    .union([nullText, z.array(nullText).min(1)], { error: 'a text, or a list of texts' })
    .optional()
    .meta({ description: 'Texts that mean that nothing is known, such as n.v.t. or NULL. Left out: a text that is empty' }),
  delimiter: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'csv: what stands between two values, or the word tab. Left out: a semicolon' }),
  quote: z.string().min(1).optional().meta({ description: 'csv: what values are quoted by, or the word none. Left out: "' }),
  charset: z.enum(['utf-8', 'windows-1252', 'utf-16']).optional().meta({ description: 'csv: the charset of the text. Left out: utf-8' }),
  header: whole
    .refine((line) => line >= 1, { error: 'a line, counted from 1' })
    .optional()
    .meta({ description: 'csv, xlsx: the line with the names of the columns; those before it are skipped. Left out: 1' }),
  sheet: text.optional().meta({ description: 'xlsx: name of the sheet. Left out: the first one that is not hidden' }),
  records: text.optional().meta({
    description: 'json: dotted path of the array of records; left out: the file is the array. xml: name of the element that is a record',
  }),
  times: z
    .enum(['local', 'utc'])
    .optional()
    .meta({ description: 'parquet: what moments without a zone are, Dutch local time (local) or utc. Left out: local' }),
})

/** Settings of a stream: an entry under `streams:` of a source file. What was parsed can be parsed again. */
export const streamSettings = form.superRefine(keyIsStated).superRefine((stream, ctx) => {
  for (const [option, goesWith] of Object.entries(optionOf)) {
    if (stream[option as keyof typeof stream] !== undefined && !goesWith.includes(stream.format))
      ctx.addIssue({
        code: 'custom',
        path: [option],
        message: `'${option}' is nothing for ${stream.format}; it goes with ${goesWith.join(', ')}`,
      })
  }
  if (stream.format === 'xml' && stream.records === undefined)
    ctx.addIssue({ code: 'custom', message: "missing key 'records'; expected the name of the element that is a record" })
})

export type StreamSettings = z.output<typeof streamSettings>
