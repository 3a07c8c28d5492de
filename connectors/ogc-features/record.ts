/** A feature as a record: its properties by their names, its id where they have none, its geometry and the box around it. */
import type { RecordSchema, SourceRecord } from '../connector.js'
import { recordOf } from '../stated-record.js'
import { wordsOf } from './crs.js'
import { boxOf } from './geometry.js'
import type { StreamSettings } from './settings.js'

const sides = {
  xmin: 'Kleinste x',
  ymin: 'Kleinste y',
  xmax: 'Grootste x',
  ymax: 'Grootste y',
} as const

/** The record of a stream: what is stated, with the system of its geometry, and the box around it where that says nothing of a person. */
export function schemaOf({ record, key, crs }: StreamSettings): RecordSchema {
  const { properties = {}, ...schema } = recordOf(record, key)
  const { geometry } = properties
  if (!geometry) return { ...schema, properties }
  const boxes = Object.entries(sides).map(([side, words]) => [
    `geometry_${side}`,
    { type: 'string', format: 'decimal', kind: 'none', added: true, description: `${words} van de geometrie (${wordsOf[crs]})` } as const,
  ])
  return {
    ...schema,
    properties: {
      ...properties,
      geometry: { ...geometry, description: `${geometry.description} (${wordsOf[crs]})` },
      ...(geometry.kind === 'none' && Object.fromEntries(boxes)),
    },
  }
}

/**
 * The id of the feature goes along where the stream describes it and no property has that name; the box where the stream describes that.
 *
 * @param described names of the fields of the stream
 */
export function recordOfFeature(feature: SourceRecord, described: ReadonlySet<string>): SourceRecord {
  const { id, properties, geometry = null } = feature
  const box = described.has('geometry_xmin') ? boxOf(geometry) : undefined
  return {
    ...(id !== undefined && described.has('id') && { id }),
    ...(properties as SourceRecord | null),
    geometry,
    ...(box && Object.fromEntries(Object.entries(box).map(([side, value]) => [`geometry_${side}`, String(value)]))),
  }
}
