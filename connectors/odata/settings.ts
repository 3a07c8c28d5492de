import { z } from 'zod'
import { text, whole } from '../form.js'
import { isOverlap } from '../instants.js'
import { signIn } from '../sign-in.js'
import { keyIsStated, statedKey, statedRecord } from '../stated-record.js'
import { edmTypes, type Version } from './edm.js'

/** Which entity sets `discover` looks at. */
export const entitySets = z.array(text).min(1).optional().meta({
  description: 'Names of the entity sets that gemaal discover proposes; left out: all, where there are at most 100.',
})

/** Settings of a source beyond the common ones. */
export const settings = z.strictObject({
  version: whole
    .refine((version) => [2, 3, 4].includes(version), 'expected 2, 3 or 4')
    .meta({ description: 'Version of OData that the service speaks: 2, 3 or 4. gemaal discover says when it is another.' }),
  zone: z.enum(['Europe/Amsterdam', 'UTC']).default('Europe/Amsterdam').meta({
    description: 'What the clock showed by which moments without a zone (Edm.DateTime) were written; left out: Europe/Amsterdam.',
  }),
  entitySets,
  signIn,
})

export type Settings = Omit<z.infer<typeof settings>, 'version'> & { version: Version }

/** How a service is read. */
export interface Service {
  version: Version
  zone: Settings['zone']
  /** Where `discover` finds what the service has. */
  metadata: string
  /** A code is asked for with the text that people see for it: field `x_label` beside `x`. */
  labels?: true
}

const byCursor = z.strictObject({
  cursor: text.meta({ description: 'A field that grows with each change: a moment, a date or a number.' }),
  overlap: text.optional().meta({
    description: "Re-read so much before the checkpoint: PT10M, '1 day', or a whole number. Left out: 5 minutes, 1 day for dates.",
  }),
})

/** A stream in a source file. */
export const streamSettings = z
  .strictObject({
    entitySet: z
      .string()
      .regex(/^[\p{L}_][\p{L}\p{N}_]*$/u, 'expected the name of an entity set, as gemaal discover shows it')
      .meta({ description: 'Name of the entity set, as the service spells it.' }),
    key: statedKey,
    filter: text.optional().meta({ description: "A $filter that every record meets, in the notation of the version: Status eq 'open'." }),
    changes: z
      .union([z.literal('delta'), byCursor])
      .optional()
      .meta({
        description: "How to read only what changed: by a cursor, or 'delta' where the service keeps track of changes (version 4).",
      }),
    edm: z.record(text, z.enum(edmTypes)).optional().meta({
      description: 'Edm types of key and cursor where the type in record does not tell: Int64, DateTimeOffset.',
    }),
    record: statedRecord,
  })
  .superRefine((stream, ctx) => {
    keyIsStated(stream, ctx)
    const { changes, record, filter, edm = {} } = stream
    const fault = (path: string[], message: string) => ctx.addIssue({ code: 'custom', path, message })
    for (const name of Object.keys(edm)) if (!record[name]) fault(['edm', name], `'${name}' is not a field of 'record'`)
    if (changes === undefined) return
    if (changes === 'delta') {
      if (filter !== undefined)
        fault(['filter'], "services keep track of whole entity sets; expected no 'filter' beside changes: delta, or a cursor")
      return
    }
    const { cursor, overlap } = changes
    const field = record[cursor]
    if (!['datetime', 'date', 'integer', 'decimal'].includes(field?.type ?? ''))
      fault(['changes', 'cursor'], `the cursor '${cursor}' is no field of 'record' with a moment, a date or a number`)
    else if (field?.kind !== 'none')
      fault(['changes', 'cursor'], 'a checkpoint is kept as it is; expected a cursor of kind none, which says nothing of a person')
    if (overlap !== undefined && !isOverlap(overlap))
      fault(['changes', 'overlap'], "expected a duration such as PT10M or '1 day', or a whole number for a cursor that is a number")
  })

export type StreamSettings = z.infer<typeof streamSettings>
