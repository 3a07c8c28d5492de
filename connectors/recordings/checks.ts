/** What holds for the recordings of a connector, beside what holds for its source: they are there, and what they hold is described. */
import { valueAt } from '../body.js'
import { demand } from '../conformance/checks.js'
import type { SourceRecord } from '../connector.js'
import type { OpenStream } from '../stream.js'
import { cleaned } from './cleaned.js'
import { recordsOf } from './folder.js'
import { MadeUp } from './made-up.js'

export const recordingSentence = 'has a recording, with every field that is required and none that is not described'

/** @throws NotConforming with names of fields */
export function checkRecording(stream: OpenStream, recorded: readonly unknown[] = []): void {
  const { name, definition, fields } = stream
  const records = recordsOf(definition.pages!, recorded, name)
  demand(records.length > 0, `there is none; \`gemaal connector record <source>/${name}\` makes one`)
  const absent = fields
    .filter(({ required, lands, added }) => required && lands && !added)
    .map(({ path }) => path.join('.'))
    .filter((field) => records.some((record) => (valueAt(record, field) ?? null) === null))
  demand(absent.length === 0, `absent or null in a record: ${absent.join(', ')}`)
  // What a cleaned copy lacks is not described.
  const strange = new Set(
    records.flatMap((record) => namesMissing(record, cleaned(record, fields, new MadeUp(), { kept: 0, madeUp: 0 }), '')),
  )
  const added = new Set(fields.filter((field) => field.added || !field.lands).map(({ path }) => path.join('.')))
  const undescribed = [...strange].filter((field) => !added.has(field))
  demand(undescribed.length === 0, `not described, so that they do not belong in it: ${undescribed.join(', ')}`)
}

function namesMissing(record: SourceRecord, other: unknown, before: string): string[] {
  return Object.entries(record).flatMap(([name, value]) => {
    const there = (other as SourceRecord | undefined)?.[name]
    if (there === undefined) return [`${before}${name}`]
    const isGroup = (each: unknown) => typeof each === 'object' && each !== null && Object.getPrototypeOf(each) === Object.prototype
    return isGroup(value) && isGroup(there) ? namesMissing(value as SourceRecord, there, `${before}${name}.`) : []
  })
}
