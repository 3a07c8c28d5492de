/** `gemaal connector new <name>`: a connector that works, to change into the one that is needed; or one that is proposed from an OpenAPI document. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { roleOf } from '../config/layout.js'
import { shouted } from '../config/values.js'
import { openHttp } from '../connectors/http.js'
import { type ConnectorHome, connectorHome } from './connector-home.js'
import { connectorFiles, connectorSchemaLine } from './connector-templates.js'
import type { CommandContext } from './context.js'
import { exit, UsageError } from './exit.js'
import { makeFile } from './files.js'
import { readDocument } from './openapi/document.js'
import { proposalOf } from './openapi/propose.js'
import { proposalText } from './openapi/text.js'
import { sourceOptions } from './reading.js'
import { sourceText } from './templates.js'

interface NewOptions {
  typescript?: boolean
  openapi?: string
}

export async function run(context: CommandContext, [name = '']: string[], options: NewOptions): Promise<number> {
  if (options.openapi !== undefined) {
    if (options.typescript) throw new UsageError('--openapi proposes a connector that is data; give it without --typescript')
    return propose(context, name, options.openapi)
  }
  const { out } = context
  const home = await connectorHome(context)
  const files = connectorFiles(name, { typescript: options.typescript === true, isProduct: home.isProduct })
  await makeFiles(home, name, files)
  if (out.json) out.data({ connector: name, files: Object.keys(files) })
  else for (const path of Object.keys(files)) out.data(path)
  if (!home.isProduct) out.say(`Set ${shouted(name)}_URL to the address of the source.`)
  out.say(`Next: gemaal connector test ${name}`)
  if (home.isProduct) out.say('And: npm run connectors-page')
  return exit.good
}

async function propose(context: CommandContext, name: string, from: string): Promise<number> {
  const { out } = context
  const home = await connectorHome(context)
  const isUrl = /^https?:\/\//.test(from)
  const document = readDocument(isUrl ? await fetchText(context, from) : await textOf(from), from)
  const proposal = proposalOf(document, isUrl ? from : undefined)
  const streams = Object.keys(proposal.streams)
  if (streams.length === 0)
    throw new UsageError(`${from} has no list of records that can be asked for by GET, so there is nothing to propose`)
  const source = `sources/${name}.yaml`
  const files = {
    [`connectors/${name}/connector.yaml`]: `${connectorSchemaLine(name, home.isProduct)}${proposalText(proposal)}`,
    ...(home.isProduct ? {} : { [source]: sourceText(source, name, proposal.baseUrl ?? { env: `${shouted(name)}_URL` }) }),
  }
  await makeFiles(home, name, files)
  const guesses =
    Object.values(files)
      .join('')
      .match(/kind: \w+\?/g)?.length ?? 0
  if (out.json) out.data({ connector: name, files: Object.keys(files), streams, guesses, left: proposal.left })
  else for (const path of Object.keys(files)) out.data(path)
  for (const line of proposal.left) out.say(`Left out: ${line}`)
  out.say(`Streams: ${streams.join(', ')}.`)
  out.say(`${guesses} kinds are guesses. \`gemaal check\` refuses each until its question mark is taken away.`)
  return exit.good
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${path} cannot be read (${error.code})`)
  })
}

/** Larger is no document that people write. */
const mostBytes = 32 * 1024 * 1024

async function fetchText(context: CommandContext, url: string): Promise<string> {
  const { proxy, version, log } = sourceOptions(context)
  const http = openHttp({ source: 'openapi', baseUrl: url, proxy, version, log })
  try {
    const { body } = await http.bytes({ url })
    const pieces: Uint8Array[] = []
    let size = 0
    for await (const piece of body) {
      size += piece.byteLength
      if (size > mostBytes) throw new UsageError(`${url} is larger than 32 MB, which is no OpenAPI document`)
      pieces.push(piece)
    }
    return Buffer.concat(pieces).toString('utf8')
  } finally {
    http.close()
  }
}

/** Makes all of the files, or none where one of them cannot be. */
async function makeFiles(home: ConnectorHome, name: string, files: { readonly [path: string]: string }): Promise<void> {
  const refused = (why: string) => new UsageError(`connector '${name}' is not made: ${why}`)
  for (const path of Object.keys(files)) {
    const role = home.isProduct || path.includes('/recordings/') ? undefined : roleOf(path)
    if (role && !('form' in role)) throw refused(role.message)
  }
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) throw refused('its name is in kebab-case, such as laadpalen-delft')
  if (home.connectors.names.includes(name)) throw refused('there is a connector of that name already')
  const standing = [`connectors/${name}`, ...Object.keys(files)].find((path) => existsSync(join(home.root, path)))
  if (standing !== undefined) throw refused(`${standing} is there already and is not overwritten; take another name`)
  for (const [path, text] of Object.entries(files))
    if (!(await makeFile(join(home.root, path), text))) throw refused(`${path} is there already and is not overwritten`)
}
