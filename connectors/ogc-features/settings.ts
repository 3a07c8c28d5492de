import { z } from 'zod'
import { text } from '../form.js'
import { keyIsStated, statedKey, statedRecord } from '../stated-record.js'
import { systems } from './crs.js'

const coordinate = z.string().regex(/^-?\d{1,7}(\.\d{1,9})?$/, 'a coordinate, such as 121000 or 4.9')

/** A stream in a source file. */
export const streamSettings = z
  .strictObject({
    collection: text.meta({ description: 'Id of the collection, as in its address: buurten' }),
    key: statedKey,
    crs: z.enum(systems).default('wgs84').meta({
      description:
        'The system of the coordinates: rd (EPSG:28992, x and y in metres), or wgs84 (longitude and latitude in degrees). Left out: wgs84',
    }),
    filter: z.record(text, text).optional().meta({
      description:
        'Values that properties must have, where the service can filter on them: { gemeentecode: GM0363 }. Left out: all features',
    }),
    bbox: z.array(coordinate).length(4).optional().meta({
      description: 'Only what is in this box: least x, least y, greatest x, greatest y in the system of crs. Left out: everywhere',
    }),
    record: statedRecord,
  })
  .superRefine((stream, ctx) => {
    keyIsStated(stream, ctx)
    const fault = (path: string[], message: string) => ctx.addIssue({ code: 'custom', path, message })
    for (const [name, { type, list }] of Object.entries(stream.record))
      if (type === 'geometry' && (name !== 'geometry' || list))
        fault(['record', name], "a feature has one geometry, which is called 'geometry'; give it another name in the contract")
    for (const name of Object.keys(stream.filter ?? {}))
      if (!(name in stream.record))
        fault(['filter', name], `'${name}' is not a field of 'record', by which it is seen whether the filter worked`)
  })

export type StreamSettings = z.output<typeof streamSettings>
