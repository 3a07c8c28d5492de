/** Writes an approval into the text of `activities.yaml`. All else in it stays as it is, to the letter. */
import { isMap, isScalar, type Pair, type ParsedNode, parseDocument, stringify, type YAMLMap } from 'yaml'

export interface Approval {
  by: string
  /** `YYYY-MM-DD`. */
  on: string
  reference: string | undefined
  /** Fingerprint of what was approved. */
  of: string
}

type Entries = YAMLMap.Parsed<ParsedNode, ParsedNode | null>
type Entry = Pair<ParsedNode, ParsedNode | null>

/**
 * The text with the approval of one activity in place of an earlier one, or after what the activity says already. Line ends are those of the
 * text.
 *
 * @returns undefined where the activity does not stand in the text as a map
 */
export function withApproval(text: string, activity: string, approval: Approval): string | undefined {
  // Offsets must be those of the text itself: the library counts a line end as it stands there.
  const document = parseDocument(text, { schema: 'failsafe', prettyErrors: false, uniqueKeys: false })
  if (document.errors.length > 0 || !isMap(document.contents)) return undefined
  const entry = entryOf(document.contents as unknown as Entries, activity)
  if (!isMap(entry?.value)) return undefined
  const map = entry.value as unknown as Entries
  const written = `approved: ${flow(approval)}`
  const earlier = entryOf(map, 'approved')
  if (earlier) return splice(text, earlier.key.range[0], endOf(text, earlier), written)
  const last = map.items.at(-1)
  if (!last) return undefined
  const end = endOf(text, last)
  if (map.flow) return splice(text, end, end, `, ${written}`)
  // Behind a comment that stands on the last line.
  const lineEnd = text.indexOf('\n', end)
  const at = lineEnd === -1 ? text.length : text[lineEnd - 1] === '\r' ? lineEnd - 1 : lineEnd
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  return splice(text, at, at, `${newline}${indentOf(text, map.items[0]!)}${written}`)
}

function entryOf(map: Entries, name: string): Entry | undefined {
  return map.items.find(({ key }) => isScalar(key) && String(key.value) === name)
}

/** Where an entry ends, without the space and the comments behind it. */
function endOf(text: string, { key, value }: Entry): number {
  let end = (value ?? key).range[1]
  while (end > 0 && /\s/.test(text[end - 1]!)) end -= 1
  return end
}

/** What stands before the first key on its line. */
function indentOf(text: string, { key }: Entry): string {
  const at = key.range[0]
  return ' '.repeat(at - (text.lastIndexOf('\n', at - 1) + 1))
}

function splice(text: string, from: number, to: number, written: string): string {
  return text.slice(0, from) + written + text.slice(to)
}

function flow({ by, on, reference, of }: Approval): string {
  const values = { by, on, ...(reference === undefined ? {} : { reference }), of }
  const written = Object.entries(values).map(([key, value]) => `${key}: ${inFlow(value)}`)
  return `{ ${written.join(', ')} }`
}

/** A text as it can stand between braces. */
function inFlow(text: string): string {
  const list = stringify([text], { collectionStyle: 'flow', lineWidth: 0 })
  return list.trim().replace(/^\[\s*|\s*\]$/g, '')
}
