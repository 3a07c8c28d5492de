/** Streams that a source offers, set beside those that its file states, and written into that file. */
import { isMap, isScalar, type ParsedNode, parseDocument, stringify, type YAMLMap } from 'yaml'
import type { JsonObject, StreamProposal } from '../connectors/connector.js'
import { statedOf } from '../connectors/stated-record.js'

/** What the source says of a stream that its file states already, where the two differ. */
export interface StreamDifference {
  stream: string
  /** Fields that the source has and the file does not. */
  added: string[]
  /** Fields that the file has and the source has no more. */
  gone: string[]
}

/**
 * Compares what a source offers with what stands under `streams:` of its file.
 *
 * @param written entries of the file, as written
 */
export function compareProposals(
  proposals: { readonly [stream: string]: StreamProposal },
  written: { readonly [stream: string]: { readonly [key: string]: unknown } },
): { fresh: string[]; differ: StreamDifference[] } {
  const fresh = Object.keys(proposals).filter((name) => !(name in written))
  const differ = Object.entries(proposals).flatMap(([name, { record }]) => {
    const fields = written[name]?.record
    if (record === undefined || typeof fields !== 'object' || fields === null) return []
    const there = Object.keys(fields)
    const offered = Object.keys(record.properties ?? {})
    const difference = {
      stream: name,
      added: offered.filter((field) => !there.includes(field)),
      gone: there.filter((field) => !offered.includes(field)),
    }
    return difference.added.length + difference.gone.length > 0 ? [difference] : []
  })
  return { fresh, differ }
}

/**
 * An entry as it is proposed: key and fields, each without a kind, since only a person can say what a field says of a person. Until
 * then the field does not land.
 */
export function entryOf({ settings, key = [], record }: StreamProposal): JsonObject {
  return {
    ...settings,
    ...(key.length > 0 && { key: key.length === 1 ? key[0]! : [...key] }),
    ...(record && { record: { ...statedOf(record) } as JsonObject }),
  }
}

type Entries = YAMLMap.Parsed<ParsedNode, ParsedNode | null>

/**
 * The text of a source file with entries added at the end of `streams:`, or with a `streams:` at its end. All else stays as it is.
 *
 * @returns undefined where the text has a form in which they cannot be put, such as `streams: { … }` on one line
 */
export function withStreams(text: string, proposals: { readonly [stream: string]: StreamProposal }): string | undefined {
  const document = parseDocument(text, { schema: 'failsafe', prettyErrors: false, uniqueKeys: false })
  if (document.errors.length > 0 || !isMap(document.contents) || document.contents.flow) return undefined
  const root = document.contents as unknown as Entries
  const standing = root.items.find(({ key }) => isScalar(key) && String(key.value) === 'streams')
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  if (!standing) {
    return `${text.trimEnd()}${newline}${streamsText(proposals).replaceAll('\n', newline)}${newline}`
  }
  if (!isMap(standing.value) || standing.value.flow) return undefined
  const streams = standing.value as unknown as Entries
  const first = streams.items[0]
  const last = streams.items.at(-1)
  if (!first || !last) return undefined
  const at = first.key.range[0]
  const indent = ' '.repeat(at - (text.lastIndexOf('\n', at - 1) + 1))
  let end = (last.value ?? last.key).range[1]
  while (end > 0 && /\s/.test(text[end - 1]!)) end -= 1
  const lineEnd = text.indexOf('\n', end)
  const place = lineEnd === -1 ? text.length : text[lineEnd - 1] === '\r' ? lineEnd - 1 : lineEnd
  return (
    text.slice(0, place) +
    entryLines(proposals, indent)
      .map((line) => newline + line)
      .join('') +
    text.slice(place)
  )
}

/** The entries as they would stand in a source file. */
export function streamsText(proposals: { readonly [stream: string]: StreamProposal }): string {
  return ['streams:', ...entryLines(proposals, '  ')].join('\n')
}

function entryLines(proposals: { readonly [stream: string]: StreamProposal }, indent: string): string[] {
  return Object.entries(proposals).flatMap(([name, proposal]) => [
    `${indent}# Proposed by \`gemaal discover\`${proposal.description ? `: ${proposal.description.replace(/\s+/g, ' ')}` : ''}.${proposal.record ? ' State the kind of each field; without one it does not land.' : ''}`,
    ...block({ [name]: entryOf(proposal) }).map((line) => indent + line),
  ])
}

/** An entry in block style, each field on a line of its own: that is where a person adds its kind. */
function block(entry: JsonObject): string[] {
  const [[name, value] = ['', {}]] = Object.entries(entry)
  const { record, ...settings } = value as JsonObject
  const lines = [`${inline(name)}:`]
  for (const [key, setting] of Object.entries(settings)) lines.push(`  ${inline(key)}: ${inline(setting)}`)
  if (record === undefined) return lines
  lines.push('  record:')
  for (const [field, schema] of Object.entries(record as JsonObject)) lines.push(`    ${inline(field)}: ${inline(schema)}`)
  return lines
}

/** A value on one line. */
function inline(value: unknown): string {
  const list = stringify([value], { collectionStyle: 'flow', lineWidth: 0 })
  return list.trim().replace(/^\[\s*|\s*\]$/g, '')
}
