import type { AnswerRule, Authentication, Connector, Sign, Stream } from './connector.js'
import { isOverlap } from './instants.js'
import { describedBy, schemaOf } from './record.js'
import { isOurs, namesIn, textsIn } from './template.js'

/** A contradiction in a connector, and where in its definition. */
export interface Fault {
  path: readonly string[]
  message: string
}

/** What a connector contradicts itself in; none when it can be read. Streams that are known only at the source are checked when they are. */
export function faultsOf(connector: Connector): Fault[] {
  const faults: Fault[] = []
  if (!URL.canParse(connector.docs)) faults.push({ path: ['docs'], message: 'docs is not the address of documentation' })
  if (connector.authentication) faults.push(...authenticationFaults(connector.authentication))
  return [...faults, ...(typeof connector.streams === 'function' ? [] : streamFaults(connector.streams, connector))]
}

function authenticationFaults(authentication: Authentication): Fault[] {
  const faults: Fault[] = []
  const fault = (name: string, message: string) => faults.push({ path: ['authentication', name], message: `authentication: ${message}` })
  if (authentication.by === 'apiKey' && 'header' in authentication === 'param' in authentication)
    fault('by', 'an apiKey goes either in a header or in a param; expected one of the two')
  if (authentication.by === 'oauth2') {
    const { tokenPath, scope = '', fields = {} } = authentication
    const templates = { tokenPath, scope, fields: Object.values(fields).join(' ') }
    for (const [word, template] of Object.entries(templates))
      for (const name of namesIn(template))
        if (!isSetting(name)) fault(word, `there is nothing to put in {${name}}; here can be {settings.…}`)
  }
  return faults
}

const isSetting = (placeholder: string): boolean => /^settings\.\w+$/.test(placeholder)

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
  checkAnswers(stream, fault)

  const parentKeys = parent && streams[parent.stream] ? [streams[parent.stream]!.key].flat().map((field) => `parent.${field}`) : []
  const common = (placeholder: string) => isSetting(placeholder) || /^organisation\.(code|rsin)$/.test(placeholder)
  const templates: [readonly string[], string | undefined, readonly string[]][] = [
    [['path'], stream.path, parentKeys],
    [['byKeyPath'], stream.byKeyPath, keys],
    ...Object.entries(stream.params ?? {}).map(([param, value]) => [['params', param], value, parentKeys] as [string[], string, string[]]),
    ...textsIn(stream.body ?? {}).map((text) => [['body'], text, parentKeys] as [string[], string, string[]]),
  ]
  for (const [path, template, allowed] of templates) {
    for (const placeholder of namesIn(template ?? '').filter((name) => path[0] !== 'body' || isOurs(name))) {
      if (!common(placeholder) && !allowed.includes(placeholder)) {
        fault(
          path,
          `there is nothing to put in {${placeholder}}; here can be ${[...allowed, 'settings.…', 'organisation.code', 'organisation.rsin'].map((each) => `{${each}}`).join(', ')}`,
        )
      }
    }
  }
}

/** Signs that look at nothing, and rules of which one can never count. */
function checkAnswers({ pages, method, body, onAnswer = [] }: Stream, fault: Report): void {
  for (const word of ['more', 'estimated'] as const) {
    const sign = pages?.[word]
    if (sign) checkSign(sign, ['pages', word], fault)
  }
  for (const [index, rule] of onAnswer.entries()) {
    checkSign(rule, ['onAnswer', String(index)], fault)
    const sooner = onAnswer.slice(0, index).find((earlier) => covers(earlier, rule))
    if (sooner) fault(['onAnswer', String(index)], 'an earlier rule counts for each answer of this one; put the narrower one first')
  }
  if (pages?.by === 'lastRecord' && pages.value !== undefined && !pages.value.includes('{}'))
    fault(['pages', 'value'], 'value has no {} for what the last record holds')
  if (pages?.estimated && pages.total === undefined) fault(['pages', 'estimated'], 'there is no total that could be an estimate')
  if (body !== undefined && method !== 'POST') fault(['body'], 'a body is sent by POST only; add method: POST')
}

function checkSign({ status, header, body, is }: Sign, path: readonly string[], fault: Report): void {
  if (status === undefined && header === undefined && body === undefined)
    fault(path, 'it says nothing to look at; expected a status, a header or a place in the body')
  if (status !== undefined && !/^[245]\d\d$/.test(String(status))) fault([...path, 'status'], `'${status}' is not a status of an answer`)
  if (is !== undefined && header === undefined && body === undefined)
    fault([...path, 'is'], "'is' goes with a header or a place in the body")
}

const covers = (one: AnswerRule, other: AnswerRule): boolean =>
  one.status === other.status && one.header === undefined && one.body === undefined && one.status !== undefined
