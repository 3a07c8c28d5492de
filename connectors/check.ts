import type { Connector, Stream } from './connector.js'
import { secondsOf } from './instants.js'
import { describedBy, schemaOf } from './record.js'
import { namesIn } from './template.js'

/** A contradiction in a connector, and where in its definition. */
export interface Fault {
  path: readonly string[]
  message: string
}

/** What a connector contradicts itself in; none when it can be read. Streams that are known only at the source are checked when they are. */
export function faultsOf(connector: Connector): Fault[] {
  const faults: Fault[] = []
  if (!URL.canParse(connector.docs)) faults.push({ path: ['docs'], message: 'docs is not the address of documentation' })
  return [...faults, ...(typeof connector.streams === 'function' ? [] : streamFaults(connector.streams, connector))]
}

/** What the streams of a connector contradict themselves in. */
export function streamFaults(streams: { readonly [name: string]: Stream }, connector: Pick<Connector, 'apis'>): Fault[] {
  return Object.entries(streams).flatMap(([name, stream]) => {
    const faults: Fault[] = []
    const fault = (path: readonly string[], message: string) =>
      faults.push({ path: ['streams', name, ...path], message: `stream '${name}': ${message}` })
    check(name, stream, streams, connector, fault)
    return faults
  })
}

type Report = (path: readonly string[], message: string) => void

function check(
  name: string,
  stream: Stream,
  streams: { readonly [name: string]: Stream },
  { apis }: Pick<Connector, 'apis'>,
  fault: Report,
): void {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) fault([], 'the name is not in snake_case')
  const known = Object.keys(schemaOf(stream.record).properties ?? {})
  const has = (field: string) => known.includes(field)
  for (const each of describedBy(stream.record).faults) {
    fault(['record', ...each.path.flatMap((part) => (part === '*' ? ['items'] : ['properties', part]))], each.message)
  }

  const keys = [stream.key].flat()
  if (keys.length === 0) fault(['key'], 'there is no key')
  for (const field of keys) if (!has(field)) fault(['key'], `the key '${field}' is not a field of its record`)

  if (stream.read === undefined && (stream.path === undefined || stream.pages === undefined))
    fault([], 'it has neither path and pages, nor read')
  if (stream.read !== undefined && (stream.path !== undefined || stream.pages !== undefined))
    fault([], 'it has path and pages as well as read; one of them is never used')
  if (stream.read !== undefined && stream.changes !== undefined)
    fault(['changes'], 'changes is for streams with a path; a stream with read says changesReading')
  if (stream.api !== undefined && apis?.[stream.api] === undefined) fault(['api'], `the API '${stream.api}' is not under apis`)
  if (stream.api === undefined && stream.path !== undefined && Object.keys(apis ?? {}).length > 1)
    fault([], 'the connector has several APIs; say which one under api')

  const { changes, parent } = stream
  if (changes && !has(changes.cursor.split('.')[0]!))
    fault(['changes', 'cursor'], `the cursor '${changes.cursor}' is not a field of its record`)
  if (changes?.value !== undefined && !changes.value.includes('{}')) fault(['changes', 'value'], 'value has no {} for the moment')
  if (changes?.overlap !== undefined && !isOverlap(changes.overlap)) {
    fault(['changes', 'overlap'], "overlap is no duration such as PT10M or '1 day', and no whole number")
  }
  if (parent && !streams[parent.stream]) fault(['parent', 'stream'], `there is no stream '${parent.stream}' to be its parent`)
  if (parent && !has(parent.field))
    fault(['parent', 'field'], `the field '${parent.field}' that points to the parent is not a field of its record`)
  for (const other of stream.after ?? []) if (!streams[other]) fault(['after'], `there is no stream '${other}' to come after`)
  for (const status of Object.keys(stream.onStatus ?? {}))
    if (!/^[45]\d\d$/.test(status)) fault(['onStatus', status], `'${status}' is not a status of an error`)

  const parentKeys = parent && streams[parent.stream] ? [streams[parent.stream]!.key].flat().map((field) => `parent.${field}`) : []
  const common = (placeholder: string) => /^settings\.\w+$|^organisation\.(code|rsin)$/.test(placeholder)
  const templates: [readonly string[], string | undefined, readonly string[]][] = [
    [['path'], stream.path, parentKeys],
    [['byKeyPath'], stream.byKeyPath, keys],
    ...Object.entries(stream.params ?? {}).map(([param, value]) => [['params', param], value, parentKeys] as [string[], string, string[]]),
  ]
  for (const [path, template, allowed] of templates) {
    for (const placeholder of namesIn(template ?? '')) {
      if (!common(placeholder) && !allowed.includes(placeholder)) {
        fault(
          path,
          `there is nothing to put in {${placeholder}}; here can be ${[...allowed, 'settings.…', 'organisation.code', 'organisation.rsin'].map((each) => `{${each}}`).join(', ')}`,
        )
      }
    }
  }
}

function isOverlap(text: string): boolean {
  if (/^\d+$/.test(text)) return true
  try {
    return secondsOf(text) > 0
  } catch {
    return false
  }
}
