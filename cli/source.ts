/** `gemaal source add <name>`: the file of a source, and what it needs before it can be read. */
import type { SourceFile } from '../config/source.js'
import { shouted } from '../config/values.js'
import type { Connector } from '../connectors/connector.js'
import { streamsOf } from '../connectors/load.js'
import type { CommandContext } from './context.js'
import { type CredentialPlace, credentialsOf } from './credentials.js'
import { draftFile, makeDraft } from './draft.js'
import { exit } from './exit.js'
import type { Output } from './output.js'
import { sourceText } from './templates.js'

export async function add(context: CommandContext, [name = '']: string[], options: { connector: string; url?: string }): Promise<number> {
  const { out } = context
  const file = `sources/${name}.yaml`
  const draft = await draftFile(context, file, sourceText(file, options.connector, options.url))
  const source = draft.project.sources.get(name)!
  const connector = await draft.connectors.get(source.connector)
  // Without an address it differs from one environment to the next, as it often does; a public service has one for everyone.
  const address = options.url ?? (connector.defaultBaseUrl === undefined ? { env: `${shouted(name)}_URL` } : undefined)
  await makeDraft(context, draft, sourceText(file, options.connector, address))
  const credentials = credentialsOf(source, connector, context.environment)
  if (out.json) out.data({ file, connector: source.connector, credentials, streams: Object.keys(streamNames(connector)) })
  else out.data(file)
  if (typeof address === 'object') out.say(`Set ${shouted(name)}_URL to the address of the source.`)
  tellCredentials(out, source, credentials)
  tellStreams(out, source, connector)
  return exit.good
}

function tellCredentials(out: Output, source: SourceFile, credentials: readonly CredentialPlace[]): void {
  if (credentials.length === 0) {
    out.say(`Connector ${source.connector} signs in with nothing: no credential is needed.`)
    return
  }
  out.say('It signs in with:')
  for (const { field, variable, from, looked } of credentials)
    out.say(
      from === undefined
        ? `  ${field}: not there yet. Set ${variable}, or ${variable}_FILE to a file that holds it. Looked at: ${looked.join('; ')}`
        : `  ${field}: found in ${from}`,
    )
}

function tellStreams(out: Output, source: SourceFile, connector: Connector): void {
  const streams = Object.entries(streamNames(connector))
  out.say()
  if (streams.length === 0) {
    out.say(`Its streams are known at the source alone. Next: gemaal discover ${source.name}`)
    return
  }
  const width = Math.max(...streams.map(([name]) => name.length))
  out.say('It has the streams:')
  for (const [name, description] of streams) out.say(`  ${name.padEnd(width)}  ${description}`.trimEnd())
  out.say()
  out.say(`Next: gemaal dataset add <schema>.<dataset> --from ${source.name}/${streams[0]![0]}`)
}

/** Names of streams with what they hold. */
function streamNames(connector: Connector): { [name: string]: string } {
  const streams = typeof connector.streams === 'function' ? {} : streamsOf(connector, { settings: {}, streams: {} })
  return Object.fromEntries(Object.entries(streams).map(([name, stream]) => [name, stream.description ?? '']))
}
