/** A stream in words: its key, its readings and what they cannot see, and what can be re-read by key. */
import type { OpenStream } from '../connectors/stream.js'

export interface StreamLine {
  stream: string
  description: string
  key: readonly string[]
  readings: ('full' | 'changes')[]
  /** What `changes` cannot see; undefined where there is only `full`. */
  blind: string | undefined
  sees: { updates: boolean; deletes: boolean } | undefined
  byKey: boolean
  parent: string | undefined
}

export function streamLine(stream: OpenStream): StreamLine {
  return {
    stream: stream.name,
    description: stream.definition.description ?? '',
    key: stream.key,
    readings: stream.changes ? ['full', 'changes'] : ['full'],
    blind: stream.changes?.blind,
    sees: stream.changes?.sees,
    byKey: stream.byKey !== undefined,
    parent: stream.definition.parent?.stream,
  }
}

/** What it costs that a stream cannot be re-read by key. */
export const withoutByKey =
  'its records cannot be re-read by key: a delete is proven only by two complete listings in a row, and a refused record is read anew only with the next full reading'

export function streamText(line: StreamLine): string[] {
  const { stream, description, key, readings, blind, sees, byKey, parent } = line
  const changes = sees && `updates ${sees.updates ? 'seen' : 'not seen'}, deletes ${sees.deletes ? 'seen' : 'not seen'}`
  return [
    `${stream}${description ? `  ${description}` : ''}`,
    `  key       ${key.join(', ')}${parent === undefined ? '' : `; goes with its ${parent}`}`,
    `  readings  ${readings.join(', ')}${changes === undefined ? '' : ` (${changes})`}`,
    ...(blind === undefined ? [] : [`            ${blind}`]),
    `  by key    ${byKey ? 'yes: deletes are proven at once, and single records can be re-read' : `no: ${withoutByKey}`}`,
  ]
}
