/** `gemaal connector`: the kinds of sources that can be read, the shipped ones and those of the project. */
import type { z } from 'zod'
import { credentialFields } from '../connectors/authentication.js'
import { columnOf } from '../connectors/column.js'
import type { Connector } from '../connectors/connector.js'
import { type Connectors, findConnectors, streamsOf } from '../connectors/load.js'
import { schemaOf } from '../connectors/record.js'
import { type OpenStream, openStream } from '../connectors/stream.js'
import { typeOf } from '../worker/planning/fields.js'
import type { CommandContext } from './context.js'
import { exit } from './exit.js'
import { tableText } from './output.js'
import { notThere, projectIfAny } from './project-here.js'
import { streamLine, streamText } from './stream-words.js'

export async function list(context: CommandContext): Promise<number> {
  const connectors = await connectorsHere(context)
  const lines = []
  for (const name of connectors.names) {
    const connector = await connectors.get(name)
    const streams = streamsIn(connector)
    lines.push({
      connector: name,
      streams: streams === undefined ? 'known at the source' : streams.length,
      signsInBy: connector.authentication?.by ?? 'none',
      docs: connector.docs,
    })
  }
  context.out.table(lines, [
    { name: 'connector' },
    { name: 'streams', right: true },
    { name: 'signsInBy', title: 'signs in by' },
    { name: 'docs' },
  ])
  return exit.good
}

/** `connector show <name>[/<stream>]`. */
export async function show(context: CommandContext, [asked = '']: string[]): Promise<number> {
  const { out } = context
  const [name = '', streamName] = asked.split('/')
  const connectors = await connectorsHere(context)
  if (!connectors.names.includes(name)) throw notThere('connector', name, connectors.names)
  const connector = await connectors.get(name)
  const streams = streamsIn(connector) ?? []
  if (streamName !== undefined) {
    const stream = streams.find((s) => s.name === streamName)
    if (!stream)
      throw notThere(
        `stream of connector '${name}'`,
        streamName,
        streams.map((s) => s.name),
      )
    tellStream(context, stream)
    return exit.good
  }
  const facts = {
    connector: name,
    docs: connector.docs,
    signsInBy: connector.authentication?.by ?? 'none',
    credentials: credentialFields[connector.authentication?.by ?? 'none'],
    apis: connector.apis ?? {},
    defaultBaseUrl: connector.defaultBaseUrl ?? null,
    settings: settingsOf(connector.settings),
    streamSettings: settingsOf(connector.streamSettings),
    discovers: connector.discover !== undefined,
    streams: streams.map(streamLine),
  }
  if (out.json) {
    out.data(facts)
    return exit.good
  }
  const addresses = (of: NonNullable<Connector['defaultBaseUrl']>) => (typeof of === 'string' ? of : Object.values(of).join(', '))
  const settings = (of: typeof facts.settings) =>
    of.map((s) => `  ${s.name}${s.optional ? '' : ' (compulsory)'}${s.description ? `: ${s.description}` : ''}`)
  const lines = [
    `${name}: ${facts.docs}`,
    facts.signsInBy === 'place'
      ? 'signs in as the place of its files asks: a folder, SFTP, S3 or a web server; docs/connectors/places-of-files.md'
      : `signs in by ${facts.signsInBy}${facts.credentials.length > 0 ? `, with GEMAAL_<SOURCE>_… for ${facts.credentials.join(', ')}` : ''}`,
    ...Object.entries(facts.apis).map(([api, path]) => `API ${api} at ${path} under baseUrl`),
    ...(facts.defaultBaseUrl === null ? [] : [`without baseUrl at ${addresses(facts.defaultBaseUrl)}`]),
    ...(facts.settings.length > 0 ? ['Settings of its own in a source file:', ...settings(facts.settings)] : []),
    ...(facts.streamSettings.length > 0 ? ['Settings of each stream in a source file:', ...settings(facts.streamSettings)] : []),
    ...(typeof connector.streams === 'function'
      ? [`Its streams stand in the source file${facts.discovers ? '; gemaal discover <source> proposes them' : ''}.`]
      : []),
    ...facts.streams.flatMap((line) => ['', ...streamText(line)]),
  ]
  out.data(lines.join('\n'))
  if (facts.streams.length > 0) out.say(`The fields of a stream: gemaal connector show ${name}/${facts.streams[0]!.stream}`)
  return exit.good
}

function tellStream({ out }: CommandContext, stream: OpenStream): void {
  const fields = stream.fields.map((field) => ({
    field: field.path.join('.'),
    column: field.lands ? columnOf(field.path, field.value) : null,
    type: field.lands ? typeOf(field, 'keep') : null,
    kind: field.kind,
    required: field.required,
    description: field.description,
    inside: (field.inside ?? []).filter((i) => i.kind !== 'none').map((i) => `${i.path.join('.')}: ${i.kind}`),
    codes: field.codes ?? null,
  }))
  if (out.json) {
    out.data({ ...streamLine(stream), fields })
    return
  }
  const columns = [{ name: 'column' }, { name: 'type' }, { name: 'kind' }, { name: 'field' }, { name: 'description' }]
  out.data(`${streamText(streamLine(stream)).join('\n')}\n\n${tableText(fields, columns).trimEnd()}`)
}

async function connectorsHere(context: CommandContext): Promise<Connectors> {
  const here = await projectIfAny(context)
  return findConnectors({ project: here?.project.files, cache: `${context.folder}/connectors` })
}

/** Undefined for a connector whose streams are known only at the source. */
export function streamsIn(connector: Connector): OpenStream[] | undefined {
  if (typeof connector.streams === 'function') return undefined
  const streams = streamsOf(connector, { settings: {}, streams: {} })
  return Object.keys(streams).map((name) => openStream(name, streams))
}

export interface SettingLine {
  name: string
  description: string
  optional: boolean
}

export function settingsOf(form: z.ZodObject | undefined): SettingLine[] {
  if (!form) return []
  const { properties = {}, required = [] } = schemaOf(form)
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    description: schema.description ?? '',
    optional: !required.includes(name),
  }))
}
