import { z } from 'zod'
import { text } from '../form.js'
import { isOverlap } from '../instants.js'
import { keyIsStated, statedKey, statedRecord } from '../stated-record.js'

/** Settings of a source beyond the common ones. */
export const settings = z.strictObject({
  zone: z
    .enum(['Europe/Amsterdam', 'UTC'])
    .default('Europe/Amsterdam')
    .meta({ description: 'What the clock showed by which moments without a zone were written; left out: Europe/Amsterdam.' }),
})

export type Zone = z.infer<typeof settings>['zone']

/** A stream in a source file. */
export const streamSettings = z
  .strictObject({
    table: text
      .regex(/^[^.]+\.[^.]+$/, 'expected schema and name of a table or view, such as WMO.VOORZIENING')
      .meta({ description: 'Schema and name of a table or view, as the server spells them: WMO.VOORZIENING.' }),
    key: statedKey,
    changes: z
      .strictObject({
        cursor: text.meta({ description: 'A column that grows with each change: a moment, a date or a number.' }),
        overlap: text.optional().meta({
          description: "Re-read so much before the checkpoint: PT10M, '1 day', or a whole number. Left out: 5 minutes, 1 day for dates.",
        }),
      })
      .optional()
      .meta({ description: 'How to read only what changed.' }),
    record: statedRecord,
  })
  .superRefine((stream, ctx) => {
    keyIsStated(stream, ctx)
    const { changes, record } = stream
    const fault = (path: string[], message: string) => ctx.addIssue({ code: 'custom', path, message })
    const kind = changes && record[changes.cursor]?.kind
    if (kind !== undefined && kind !== 'none')
      fault(['changes', 'cursor'], 'the cursor says something of a person, and a checkpoint is kept as it is; expected another column')
    if (changes?.overlap !== undefined && !isOverlap(changes.overlap))
      fault(['changes', 'overlap'], "expected a duration such as PT10M or '1 day', or a whole number for a cursor that is a number")
  })

export type StreamSettings = z.infer<typeof streamSettings>
