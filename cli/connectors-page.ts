/** `docs/connectors.md`: the shipped connectors, with what their readings cannot see. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { credentialVariable } from '../config/values.js'
import { credentialFields } from '../connectors/authentication.js'
import type { Authentication, Connector } from '../connectors/connector.js'
import { findConnectors } from '../connectors/load.js'
import type { OpenStream } from '../connectors/stream.js'
import { type SettingLine, settingsOf, streamsIn } from './connector.js'
import { anchor, code, list, plain, table } from './markdown.js'
import { type StreamLine, streamLine } from './stream-words.js'
import { productRoot } from './version.js'

export interface ShippedConnector {
  name: string
  connector: Connector
  /** Whether there is `docs/connectors/<name>.md`. */
  hasPage: boolean
}

/** The connectors of the product, in order of name. */
export async function shippedConnectors(): Promise<ShippedConnector[]> {
  const connectors = await findConnectors()
  return Promise.all(
    connectors.names.map(async (name) => ({
      name,
      connector: await connectors.get(name),
      hasPage: existsSync(join(productRoot, 'docs', 'connectors', `${name}.md`)),
    })),
  )
}

/** The page in Markdown. The same connectors give the same page. */
export function connectorsPage(shipped: readonly ShippedConnector[]): string {
  const parts = [
    '# Connectors',
    '<!-- Made by `npm run connectors-page` from connectors/; do not edit. -->',
    'The kinds of sources that can be read: per connector its streams and their keys, how it signs in, and what its readings cannot see. `gemaal connector show <connector>/<stream>` lists the fields of a stream. A source of another kind takes a connector of your own: [writing-a-connector.md](writing-a-connector.md), [testing-a-connector.md](testing-a-connector.md).',
    table(
      ['connector', 'streams', 'signs in by', 'documentation of the source'],
      shipped.map(({ name, connector }) => [
        `[${name}](#${anchor(name)})`,
        typeof connector.streams === 'function' ? 'known at the source' : String(Object.keys(connector.streams).length),
        connector.authentication?.by ?? 'nothing',
        `[${new URL(connector.docs).host}](${connector.docs})`,
      ]),
    ),
    'Each stream has the reading `full`, which lists all of it. Where the source offers it there is `changes`, the cheapest sound way to read what changed; what that cannot see is found by the next `full`. Where a record can be asked for **by key**, a delete is proven at once; elsewhere by two complete listings in a row, and a refused record is read anew only with the next `full`.',
    'Every connector that reads over HTTP takes, in its source file, `headers`, `tls` (mutual TLS too), `knownAs`, `origins` and a `budget`: [sources-and-datasets.md](sources-and-datasets.md).',
    ...shipped.flatMap(connectorPart),
  ]
  return `${parts.join('\n\n')}\n`
}

function connectorPart({ name, connector, hasPage }: ShippedConnector): string[] {
  const streams = streamsIn(connector)
  return [
    `## ${name}`,
    ...(hasPage ? [`More, with an example of its files: [connectors/${name}.md](connectors/${name}.md).`] : []),
    list(factsOf(connector)),
    ...settingsPart('Settings of its own in a source file:', settingsOf(connector.settings)),
    ...(streams === undefined ? statedPart(connector, name, hasPage) : streamsPart(streams)),
  ]
}

function factsOf(connector: Connector): string[] {
  const { authentication = { by: 'none' }, apis = {}, defaultBaseUrl, scope, notificaties } = connector
  return [
    signsInBy(authentication),
    ...(typeof defaultBaseUrl === 'string' ? [`Without a \`baseUrl\` it reads ${defaultBaseUrl}.`] : []),
    ...(Object.keys(apis).length > 0
      ? [`APIs, each with its path under one \`baseUrl\`, or with an address of its own: ${names(apis)}.`]
      : []),
    ...(scope ? ['It asks at the start of a run which rights our token has: narrower or wider ones hold a publication.'] : []),
    ...(notificaties ? ['It takes what a Notificaties API says, so that a change lands within seconds.'] : []),
  ]
}

const names = (apis: { readonly [api: string]: string }): string =>
  Object.entries(apis)
    .map(([api, path]) => `${code(api)} (${code(path)})`)
    .join(', ')

function signsInBy(authentication: Authentication): string {
  const fields = credentialFields[authentication.by]
  const words: { readonly [by in Authentication['by']]: string } = {
    none: 'nothing: the source is open',
    place: 'what the place of its files asks for',
    bearer: 'a bearer token',
    token: 'a token, as `Authorization: Token`',
    afasToken: 'the token of AFAS Profit',
    basic: 'a user name and password',
    apiKey: 'a key',
    zgw: 'the JWT of the ZGW APIs, a fresh one for each request',
    oauth2: 'OAuth2 client credentials',
    stated: 'what `signIn` in the source file says',
  }
  const variables = fields.map((field) => code(credentialVariable('<SOURCE>', field)))
  return `Signs in by ${words[authentication.by]}${variables.length > 0 ? `: ${variables.join(' and ')}, or each with \`_FILE\`` : ''}.`
}

function settingsPart(title: string, settings: readonly SettingLine[]): string[] {
  if (settings.length === 0) return []
  return [
    title,
    list(
      settings.map(
        ({ name, description, optional }) =>
          `${code(name)}${optional ? '' : ' (compulsory)'}${description ? `: ${plain(description)}` : ''}`,
      ),
    ),
  ]
}

/** Streams that only the source knows have their key and readings from the source file. */
function statedPart({ streamSettings, discover }: Connector, name: string, hasPage: boolean): string[] {
  return [
    `Its streams are known at the source alone, and stand in the source file${discover ? `; ${code(`gemaal discover <source> --write`)} proposes them` : ''}.${hasPage ? ` Their readings, what those cannot see, and limits: [connectors/${name}.md](connectors/${name}.md).` : ''}`,
    ...settingsPart('Of each stream is said:', settingsOf(streamSettings)),
  ]
}

function streamsPart(streams: readonly OpenStream[]): string[] {
  const lines = streams.map(streamLine)
  const blind = new Map<string, string[]>()
  for (const line of lines) if (line.blind !== undefined) blind.set(line.blind, [...(blind.get(line.blind) ?? []), line.stream])
  return [
    table(
      ['stream', 'what it holds', 'key', 'changes', 'by key', 'goes with'],
      lines.map((line) => [
        code(line.stream),
        plain(line.description),
        line.key.map(code).join(', '),
        changesOf(line),
        line.byKey ? 'yes' : 'no',
        line.parent === undefined ? '–' : code(line.parent),
      ]),
    ),
    ...(blind.size > 0
      ? ['What `changes` cannot see:', list([...blind].map(([words, those]) => `${those.map(code).join(', ')}: ${plain(words)}`))]
      : []),
    ...limitsPart(streams),
  ]
}

function changesOf({ sees }: StreamLine): string {
  if (!sees) return '–'
  const seen = [...(sees.updates ? ['updates'] : []), ...(sees.deletes ? ['deletes'] : [])]
  return seen.length > 0 ? seen.join(', ') : 'new records'
}

function limitsPart(streams: readonly OpenStream[]): string[] {
  const limits = streams.flatMap(({ name, definition: { pages } }) =>
    pages && 'most' in pages && pages.most !== undefined
      ? [`${code(name)}: a list of more than ${pages.most} records is an error, since the source gives no more.`]
      : [],
  )
  return limits.length > 0 ? ['Limits:', list(limits)] : []
}
