import { z } from 'zod'
import { type StatedRecord, statedRecord } from '../stated-record.js'
import { ownNames } from './record.js'

export const uuidForm = /([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\/?$/i

/** An entry under `streams:` of a source file. */
export const streamSettings = z
  .strictObject({
    objecttype: z
      .string()
      .regex(uuidForm, 'the uuid of an objecttype, or its address')
      // Only the uuid counts: the host in an address differs by route, and the API ignores it.
      .transform((text) => uuidForm.exec(text)![1]!.toLowerCase())
      .meta({ description: 'The objecttype: its uuid, or its address.' }),
    records: z.enum(['latest', 'history']).default('latest').meta({
      description:
        'latest: of each object the record that was registered last; history: all its records, one request an object. Left out: latest.',
    }),
    record: statedRecord.default({}),
  })
  .superRefine(({ record }, ctx) => {
    for (const name of Object.keys(record))
      if (ownNames.includes(name))
        ctx.addIssue({
          code: 'custom',
          path: ['record', name],
          message: `'${name}' is a field that each object has; its data cannot have it too`,
        })
  })

export type StreamSettings = Omit<z.output<typeof streamSettings>, 'record'> & { record: StatedRecord }
