import { z } from 'zod'
import type { Kind } from '../config/kinds.js'
import type { RecordSchema } from './connector.js'

/** The form of a `connector.yaml`. Scalars come as text, as everywhere in a project: here is said which of them are more than that. */

// A type from text, so that the JSON Schema for editors shows the type that people write.
export const flag = z.preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean())
export const whole = z.preprocess((value) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value), z.int().min(0))
export const text = z.string().min(1)
const place = text.meta({ description: 'Dotted path in the body; links[rel=next].href takes the element of an array.' })
const size = z.strictObject({ param: text, value: whole }).meta({ description: 'The parameter that asks for a number of records a page.' })

const paged = {
  records: place.optional().meta({ description: 'Where the records are in the body; left out: the body itself is the array.' }),
  total: place.optional().meta({ description: 'Where the body says how many records the list has.' }),
}
const end = z
  .enum(['empty', 'total', 'status'])
  .optional()
  .meta({ description: 'What ends the list: a page without records, as many as total says, or a 404 after the first page.' })

const pages = z
  .discriminatedUnion('by', [
    z.strictObject({
      by: z.literal('nextLink'),
      ...paged,
      size: size.optional(),
      next: place.meta({ description: 'Where the body has the link to the next page; the name of a header with header: true.' }),
      header: flag.optional(),
      end: z.literal('status').optional(),
    }),
    z.strictObject({ by: z.literal('pageNumber'), ...paged, size: size.optional(), param: text, first: whole.optional(), end }),
    z.strictObject({ by: z.literal('offset'), ...paged, size, param: text, end }),
    z.strictObject({ by: z.literal('cursorToken'), ...paged, size: size.optional(), param: text, token: place, more: place.optional() }),
    z.strictObject({ by: z.literal('single'), ...paged }),
  ])
  .meta({ description: 'How the list is paged. A short page never ends it.' })

const authentication = z
  .discriminatedUnion('by', [
    z.strictObject({ by: z.literal('none') }),
    z.strictObject({ by: z.literal('bearer') }),
    z.strictObject({ by: z.literal('token') }),
    z.strictObject({ by: z.literal('basic') }),
    z.strictObject({ by: z.literal('apiKey'), header: text }),
    z.strictObject({ by: z.literal('zgw') }),
    z.strictObject({ by: z.literal('oauth2'), tokenPath: text, scope: text.optional(), body: z.enum(['form', 'json']).optional() }),
  ])
  .meta({
    description:
      'How requests are signed. Its credentials are in GEMAAL_<SOURCE>_<FIELD>: token, username and password, key, clientId and secret, or clientId and clientSecret.',
  })

const sees = z.strictObject({ updates: flag, deletes: flag })

const changes = z
  .strictObject({
    cursor: text.meta({ description: 'A field of the record that grows with each change: an instant, a date, or a number.' }),
    param: text.meta({ description: 'The parameter that filters on it.' }),
    value: text.optional().meta({ description: 'What the parameter is given, with {} for the value.' }),
    overlap: text.optional().meta({
      description: "Re-read so much before the checkpoint: PT10M, '1 day', or a whole number. Left out: 5 minutes, 1 day for dates.",
    }),
    order: z.strictObject({ param: text, value: text }).optional(),
    sees: sees.optional(),
    blind: text.optional().meta({ description: 'In words: what this reading cannot see, and what finds it instead.' }),
  })
  .meta({ description: 'How to read only what changed.' })

// A code may be `null` in a record in which the field can be: its text, for us, and nothing, for an editor.
const code = z.union([z.string(), z.null()])

// The list of config/kinds.ts: only its types come over here, and they see to it that none is missing.
const kinds: Record<Kind, true> = {
  none: true,
  bsn: true,
  naam: true,
  adres: true,
  postcode: true,
  locatie: true,
  geboortedatum: true,
  contact: true,
  rekening: true,
  kenteken: true,
  vrije_tekst: true,
  identificatie: true,
  gezondheid: true,
  etniciteit: true,
  religie: true,
  politiek: true,
  vakbond: true,
  seksueel: true,
  biometrie: true,
  strafrecht: true,
}
export const kind = z.enum(Object.keys(kinds) as Kind[])

const types = z.enum(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'])

/** JSON Schema with the words of a connector. Strict, since a misspelt `kind` would be a field without one. */
const record: z.ZodType<RecordSchema> = z.lazy(() =>
  z.strictObject({
    type: z.union([types, z.array(types)]).optional(),
    format: z.enum(['date', 'date-time', 'uuid', 'uri', 'duration', 'decimal', 'geojson', 'email', 'time']).optional(),
    description: text.optional().meta({ description: 'What the field means; it becomes the comment of its column.' }),
    kind: kind.optional().meta({ description: 'What the field says of a person, or none.' }),
    enum: z.array(code).optional().meta({ description: 'The codes that it can have.' }),
    ordered: flag.optional().meta({ description: 'The order of the codes means something.' }),
    reference: text.optional().meta({ description: 'The stream that this URL points to; lands as <field>_uuid.' }),
    volatile: flag.optional().meta({ description: 'No part of change detection.' }),
    lands: flag.optional().meta({ description: 'false: known, but read by another stream.' }),
    added: flag.optional(),
    properties: z.record(text, record).optional(),
    required: z.array(text).optional(),
    items: record.optional(),
    anyOf: z.array(record).optional(),
    title: z.string().optional(),
    pattern: z.string().optional(),
    const: z.string().optional(),
    $comment: z.string().optional(),
  }),
)

const stream = z.strictObject({
  description: text.optional(),
  path: text.meta({
    description: 'Path of the list under the base URL; {settings.x}, {organisation.code} and {parent.<key field>} are filled in.',
  }),
  params: z.record(text, z.string()).optional(),
  pages,
  api: text.optional(),
  key: z.union([text, z.array(text).min(1)]).meta({ description: 'Name of the field, or names of the fields, that identify a record.' }),
  record: record.meta({
    description: 'JSON Schema of a record: each field described, with a kind. A field that it does not name is reported and does not land.',
  }),
  changes: changes.optional(),
  byKeyPath: text.optional().meta({ description: 'Path of one record, such as zaken/{uuid}: 404 and 410 say gone, 403 says forbidden.' }),
  parent: z
    .strictObject({ stream: text, field: text })
    .optional()
    .meta({ description: 'The stream that owns these records, and the field that points to the owner.' }),
  after: z.array(text).optional(),
  onStatus: z
    .record(text, z.enum(['empty', 'expired', 'unavailable', 'refused']))
    .optional()
    .meta({ description: 'What a status means that is no error of the whole run.' }),
  defaults: z
    .strictObject({
      retention: z.union([z.strictObject({ follow: text }), z.strictObject({ keep: text, after: text })]).optional(),
      packs: z.array(text).optional(),
    })
    .optional(),
})

const setting = z.strictObject({ description: text, default: z.string().optional(), optional: flag.optional() })

export const connectorForm = z
  .strictObject({
    docs: z.url().meta({ description: 'Documentation of the API of the source.' }),
    authentication: authentication.optional(),
    apis: z
      .record(text, z.string())
      .optional()
      .meta({ description: 'Names of the APIs when there are several, each with its path under the base URL.' }),
    headers: z.record(text, z.string()).optional(),
    settings: z.record(text, setting).optional().meta({ description: 'Settings of a source file beyond the common ones.' }),
    streams: z.record(text, stream),
  })
  .meta({ title: 'Connector of Gemaal', description: 'How one kind of source is read, as data.' })

export type ConnectorForm = z.infer<typeof connectorForm>

/** The form as JSON Schema, for editors: `connector.schema.json`. */
export function connectorJsonSchema(): object {
  return forEditors(z.toJSONSchema(connectorForm, { io: 'output' })) as object
}

/** An editor reads `0363` as a number, `true` as a boolean and `null` as nothing, where the form takes their text. */
function forEditors(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(forEditors)
  if (typeof schema !== 'object' || schema === null) return schema
  const node: { [keyword: string]: unknown } = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, forEditors(value)]))
  const types = [node.type].flat()
  const isText = types.includes('string') && node.enum === undefined && node.format === undefined && node.const === undefined
  if (isText) node.type = [...types, 'number', 'boolean']
  if (Array.isArray(node.enum) && node.enum.includes('null')) {
    node.enum = [...node.enum, null]
    delete node.type
  }
  if (node.maximum === Number.MAX_SAFE_INTEGER) delete node.maximum
  return node
}
