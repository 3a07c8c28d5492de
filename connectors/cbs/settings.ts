import { z } from 'zod'
import { regionWords } from './regions.js'

const table = z.string().regex(/^[0-9]{5}[A-Za-z]{3}$/, 'the number of a table of StatLine, such as 86165NED')
const region = z.enum(regionWords)

/** One entry under `streams:` of a source file. */
export const streamSettings = z.strictObject({
  table: z.union([table, z.array(table).min(1)]).meta({
    description: 'Number of a table in StatLine, such as 86165NED; a list where each year has a table of its own',
  }),
  regions: z
    .union([region, z.array(region).min(1)], { error: `one of ${regionWords.join(', ')}, or a list of them` })
    .optional()
    .meta({
      description: `Which regions: ${regionWords.join(', ')}, or a list of them; gemeente, wijken and buurten are those of the municipality itself. Left out: these three`,
    }),
  measures: z.array(z.string().min(1)).min(1).optional().meta({
    description: 'Codes of what was measured, such as AantalInwoners (version 3) or T001036 (4); left out: everything in the table',
  }),
  from: z
    .string()
    .regex(/^\d{4}$/, 'a year, such as 2020')
    .optional()
    .meta({ description: 'First year of the periods, for a table that has them; left out: all' }),
  version: z.literal([3, 4]).default(4).meta({ description: 'Version of the service: 4, or 3 for a table that is not in 4. Left out: 4' }),
})

export type StreamSettings = z.infer<typeof streamSettings>
