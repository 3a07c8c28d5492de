/** A proposed connector as the text of a `connector.yaml`: each guess stands beside what a person has to do about it. */
import type { Proposal, ProposedStream } from './propose.js'
import type { ProposedSchema } from './record.js'

export function proposalText({ title, docs, authentication, streams }: Proposal): string {
  return [
    `# Proposed from the OpenAPI document${title === '' ? '' : ` of ${title.replace(/\s+/g, ' ')}`}.`,
    '# Each kind is a guess, and `gemaal check` refuses it until somebody who knows the data has looked at it: correct it, and take the',
    '# question mark away. Remove the fields and streams that you do not need. Key, paging and filters are guesses too: try them.',
    docs === undefined ? 'docs: https://example.org/docs # where people read about the API: to be filled in' : `docs: ${inline(docs)}`,
    ...(authentication === undefined ? [] : [`authentication: ${inline(authentication)}`]),
    'streams:',
    ...Object.entries(streams).flatMap(([name, stream]) => [`  ${name}:`, ...streamLines(stream).map((line) => `    ${line}`)]),
    '',
  ].join('\n')
}

function streamLines({ description, path, pages, key, byKeyPath, changes, record }: ProposedStream): string[] {
  return [
    `description: ${inline(description)}`,
    `path: ${inline(path)}`,
    `pages: ${inline(pages)}`,
    key === undefined ? '# key: nothing looks like one; state it' : `key: ${inline(key)}`,
    ...(byKeyPath === undefined ? [] : [`byKeyPath: ${inline(byKeyPath)}`]),
    ...(changes === undefined ? [] : [`# changes: ${inline(changes)} # when the filter does what its name says; gemaal doctor proves it`]),
    'record:',
    ...schemaLines(record).map((line) => `  ${line}`),
  ]
}

/** A group in block style, a field on a line of its own: that is where its kind is confirmed. */
function schemaLines({ properties = {}, items, ...own }: ProposedSchema): string[] {
  return [
    ...Object.entries(own).map(([word, value]) => `${word}: ${inline(value)}`),
    ...(items === undefined ? [] : nested('items', items)),
    ...(Object.keys(properties).length === 0
      ? []
      : ['properties:', ...Object.entries(properties).flatMap(([name, field]) => nested(name, field).map((line) => `  ${line}`))]),
  ]
}

function nested(name: string, schema: ProposedSchema): string[] {
  const isLeaf = schema.properties === undefined && schema.items?.properties === undefined
  return isLeaf ? [`${inline(name)}: ${inline(schema)}`] : [`${inline(name)}:`, ...schemaLines(schema).map((line) => `  ${line}`)]
}

/** On one line, with quotes where YAML needs them. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([name, each]) => `${inline(name)}: ${inline(each)}`)
    return `{ ${entries.join(', ')} }`
  }
  const text = String(value)
  const isPlain = typeof value !== 'string' || (/^[\p{L}\d_./][\p{L}\d_./?() -]*$/u.test(text) && text.trimEnd() === text)
  const means = typeof value === 'string' && /^(?:null|true|false|yes|no|on|off|[\d.]+)$/i.test(text)
  return isPlain && !means ? text : `'${text.replaceAll("'", "''")}'`
}
