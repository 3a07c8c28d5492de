import type { RecordSchema, SourceRecord } from '../connector.js'
import { recordOf as recordOfStated, type StatedRecord } from '../stated-record.js'

/**
 * What every record of an object has, beside its data. Names are those of the API with where they stand: `record.startAt` → `recordStartAt`.
 *
 * @see Objects API 2.4, openapi.yaml, schemas Object and ObjectRecord
 */
const ofRecord = {
  recordIndex: { type: 'integer', kind: 'none', description: 'Volgnummer van dit record bij het object' },
  recordTypeVersion: { type: 'integer', kind: 'none', description: 'Versie van het objecttype waaraan de gegevens voldoen' },
  recordStartAt: { type: 'string', format: 'date', kind: 'none', description: 'Eerste dag waarop de gegevens gelden' },
  recordEndAt: {
    type: 'string',
    format: 'date',
    kind: 'none',
    description: 'Dag waarop de gegevens ophielden te gelden; leeg zolang zij gelden',
  },
  recordRegistrationAt: { type: 'string', format: 'date', kind: 'none', description: 'Dag waarop dit record is geregistreerd' },
  recordCorrectionFor: { type: 'integer', kind: 'none', description: 'Volgnummer van het record dat dit record verbetert' },
  recordCorrectedBy: { type: 'integer', kind: 'none', description: 'Volgnummer van het record dat dit record heeft verbeterd' },
  recordGeometry: { type: 'object', format: 'geojson', kind: 'locatie', description: 'Plaats van het object (WGS84)' },
} as const satisfies { [name: string]: RecordSchema }

const ofObject = {
  uuid: { type: 'string', format: 'uuid', kind: 'none', description: 'Unieke sleutel van het object' },
  url: { type: 'string', format: 'uri', kind: 'none', volatile: true, description: 'Adres van het object bij de bron' },
} as const satisfies { [name: string]: RecordSchema }

// By another name than in the latest records: rules on the history of an object hold where it is whole.
const ofHistory = {
  objectUuid: { type: 'string', format: 'uuid', kind: 'none', added: true, description: 'Unieke sleutel van het object' },
} as const satisfies { [name: string]: RecordSchema }

export const ownNames: readonly string[] = [...Object.keys(ofRecord), ...Object.keys(ofObject), ...Object.keys(ofHistory)]

export const keyOf = { latest: 'uuid', history: ['objectUuid', 'recordIndex'] } as const

/** The record of a stream: what each object has, and the data that the source file states. */
export function recordOf(records: 'latest' | 'history', stated: StatedRecord): RecordSchema {
  const own: { [name: string]: RecordSchema } = records === 'latest' ? { ...ofObject, ...ofRecord } : { ...ofHistory, ...ofRecord }
  const { properties } = recordOfStated(stated)
  return { type: 'object', properties: { ...own, ...properties }, required: [...[keyOf[records]].flat()] }
}

/** An object of the list, or by its address, in one level. */
export function flattened(object: SourceRecord): SourceRecord {
  const { uuid, url, record } = object
  return { uuid, url, ...flattenedRecord(record) }
}

/** One record of the history of an object, in one level. */
export const ofObjectUuid = (objectUuid: string, record: unknown): SourceRecord => ({ objectUuid, ...flattenedRecord(record) })

function flattenedRecord(record: unknown): SourceRecord {
  const { data, ...own } = (record ?? {}) as { data?: unknown; [name: string]: unknown }
  const named = Object.entries(own).map(([name, value]) => [`record${name[0]?.toUpperCase()}${name.slice(1)}`, value])
  // Data first: what each object has is never overwritten by a field of the same name in its data.
  return { ...(typeof data === 'object' && data !== null ? data : {}), ...Object.fromEntries(named) }
}
