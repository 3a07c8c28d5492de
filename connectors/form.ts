import { z } from 'zod'
import type { Kind } from '../config/kinds.js'
import type { RecordSchema } from './connector.js'

/** The form of a `connector.yaml`. Scalars come as text, as everywhere in a project: here is said which of them are more than that. */

// A type from text, so that the JSON Schema for editors shows the type that people write.
export const flag = z.preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean())
export const whole = z.preprocess((value) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value), z.int().min(0))
export const text = z.string().min(1)
const place = text.meta({ description: 'Dotted path in the body; links[rel=next].href takes the element of an array.' })
const sign = {
  status: whole.optional().meta({ description: 'The status of the answer.' }),
  header: text.optional().meta({ description: 'A header of the answer.' }),
  body: place.optional().meta({ description: 'A place in the body: a dotted path.' }),
  is: z
    .union([text, z.array(text).min(1)])
    .optional()
    .meta({
      description: 'The text that the header or the place holds, or one of several. Left out: anything but nothing, false and empty text.',
    }),
}
const size = z.strictObject({ param: text, value: whole }).meta({ description: 'The parameter that asks for a number of records a page.' })

const paged = {
  records: place.optional().meta({ description: 'Where the records are in the body; left out: the body itself is the array.' }),
  total: place.optional().meta({ description: 'Where the body says how many records the list has.' }),
  estimated: z.strictObject(sign).optional().meta({ description: 'The sign that the total is an estimate: it is not looked at then.' }),
  more: z.strictObject(sign).optional().meta({
    description: 'The sign that the list goes on, also behind a page without records, such as { status: 206 } or { body: hasMore }.',
  }),
}
const end = z
  .enum(['empty', 'total', 'status'])
  .optional()
  .meta({ description: 'What ends the list: a page without records, as many as total says, or a 404 after the first page.' })
const counted = {
  ...paged,
  param: text.meta({ description: 'The parameter that asks for a page; with method: POST its place in the body.' }),
  end,
  most: whole.optional().meta({ description: 'The source gives no more than so many records of a list: one that has more is an error.' }),
}
const inHeader = flag.optional().meta({ description: 'true: it is the name of a header.' })

const pages = z
  .discriminatedUnion('by', [
    z.strictObject({
      by: z.literal('nextLink'),
      ...paged,
      size: size.optional(),
      next: place.meta({ description: 'Where the body has the link to the next page; the name of a header with header: true.' }),
      header: inHeader,
      end: z.literal('status').optional(),
    }),
    z.strictObject({
      by: z.literal('pageNumber'),
      ...counted,
      size: size.optional(),
      first: whole.optional().meta({ description: 'Number of the first page; left out: 1.' }),
    }),
    z.strictObject({ by: z.literal('offset'), ...counted, size }),
    z.strictObject({
      by: z.literal('cursorToken'),
      ...paged,
      size: size.optional(),
      param: text.meta({ description: 'The parameter that takes the token; with method: POST its place in the body.' }),
      token: place.meta({ description: 'Where the body has the token of the next page; the name of a header with header: true.' }),
      header: inHeader,
    }),
    z.strictObject({
      by: z.literal('lastRecord'),
      ...paged,
      size: size.optional(),
      param: text.meta({ description: 'The parameter that takes it; with method: POST its place in the body.' }),
      field: text.meta({
        description: 'The field of the last record to go on behind. The list is in its order, and no two records share a value.',
      }),
      value: text.optional().meta({ description: "What the parameter is given, with {} for what the field holds: 'id gt {}'." }),
    }),
    z.strictObject({ by: z.literal('single'), ...paged }),
  ])
  .meta({ description: 'How the list is paged. A short page never ends it.' })

const authentication = z
  .discriminatedUnion('by', [
    z.strictObject({ by: z.literal('none') }),
    z.strictObject({ by: z.literal('bearer') }),
    z.strictObject({ by: z.literal('token') }),
    z.strictObject({ by: z.literal('afasToken') }),
    z.strictObject({ by: z.literal('basic') }),
    z.strictObject({
      by: z.literal('apiKey'),
      header: text.optional().meta({ description: 'The header that holds the key.' }),
      param: text.optional().meta({ description: 'The parameter of the query that holds the key.' }),
    }),
    z.strictObject({ by: z.literal('zgw') }),
    z.strictObject({
      by: z.literal('oauth2'),
      tokenPath: text.meta({
        description:
          'Path of the token endpoint: from the root of the base URL with a slash in front, else under it. Or its address: its origin then stands under origins of the source file.',
      }),
      scope: text.optional().meta({ description: 'The scope that is asked for. {settings.x} is filled in.' }),
      fields: z
        .record(text, text)
        .optional()
        .meta({ description: 'Further fields of the request for a token, such as audience or resource.' }),
      body: z.enum(['form', 'json']).optional().meta({ description: 'The form of that request; left out: form.' }),
      client: z.literal('basic').optional().meta({ description: 'Our id and secret go by basic authentication; left out: in the body.' }),
    }),
  ])
  .meta({
    description:
      'How requests are signed. Its credentials are in GEMAAL_<SOURCE>_<FIELD>: token, username and password, key, clientId and secret, or clientId and clientSecret. afasToken takes the XML text that AFAS Profit gives as token.',
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
    order: z
      .strictObject({ param: text, value: text })
      .optional()
      .meta({ description: 'What orders the list by the cursor, where the source can. A cursor that is a number needs it.' }),
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

const headers = z.record(text, z.string()).meta({ description: 'Headers of every request.' })

const stream = z.strictObject({
  description: text.optional(),
  path: text.meta({
    description: 'Path of the list under the base URL; {settings.x}, {organisation.code} and {parent.<key field>} are filled in.',
  }),
  params: z.record(text, z.string()).optional().meta({ description: 'Parameters of the query of every page.' }),
  headers: headers.optional(),
  method: z.literal('POST').optional().meta({
    description: 'The list is asked for by POST: what paging and changes give goes into body, at the place that param names.',
  }),
  body: z.record(text, z.unknown()).optional().meta({
    description: 'What is posted. A plain number, true, false and null are that; what stands in quotes is text. {settings.x} is filled in.',
  }),
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
  onAnswer: z
    .array(
      z.strictObject({
        ...sign,
        means: z.enum(['empty', 'expired', 'renew', 'unavailable', 'refused']).meta({
          description:
            'No records; the source forgot where we were (read full); our token ended (fetch another); it will recover; a person has to act.',
        }),
      }),
    )
    .optional()
    .meta({
      description:
        'What an answer means beside what its status says: the first rule whose sign is there counts. Without status for 200..299.',
    }),
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
    headers: headers.optional(),
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
