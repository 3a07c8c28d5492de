import { textAt } from './body.js'
import type { Page, Stream } from './connector.js'
import type { RecordField } from './record.js'

/**
 * Says whether a cursor may be kept. It is written to the warehouse as it is, and many a source goes on after the last record that it gave:
 * `?after=999990019`. A cursor that holds a value of a person is not kept: after a failure its slice is read from the cursor before it.
 *
 * @returns given a cursor and the page that it stands behind, whether it holds none of the values of that page's last record that say something
 *   of a person, neither plainly nor percent-encoded or in base64; never true where the key itself does
 */
export function cursorGuard(stream: Stream, fields: readonly RecordField[]): (cursor: string, page: Pick<Page, 'records'>) => boolean {
  const personal = fields.filter(({ kind }) => kind !== 'none')
  const points = [stream.key, stream.parent?.field ?? []].flat()
  if (personal.some(({ path }) => path.length === 1 && points.includes(path[0]!))) return () => false
  const names = personal.map(({ path }) => path.join('.'))
  return (cursor, { records }) => {
    const last = records.at(-1)
    if (last === undefined || names.length === 0) return true
    const readings = readingsOf(cursor)
    return !names.some((name) => {
      const text = textAt(last, name) ?? ''
      return text.length >= shortest && readings.some((reading) => reading.includes(text))
    })
  }
}

/** Shorter ones, such as a house number, stand in any text. */
const shortest = 4

function readingsOf(cursor: string): string[] {
  const readings = [cursor]
  try {
    readings.push(decodeURIComponent(cursor.replaceAll('+', ' ')))
  } catch {
    // Not percent-encoding: it is looked at as it is.
  }
  for (const reading of [...readings])
    for (const [token] of reading.matchAll(/[A-Za-z0-9+/_-]{6,}/g)) readings.push(Buffer.from(token, 'base64').toString('utf8'))
  return readings
}
