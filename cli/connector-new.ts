/** `gemaal connector new <name>`: a connector that works, to change into the one that is needed; or one that is proposed from an OpenAPI document. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { roleOf } from '../config/layout.js'
import { shouted } from '../config/values.js'
import { type ConnectorHome, connectorHome } from './connector-home.js'
import { connectorFiles } from './connector-templates.js'
import type { CommandContext } from './context.js'
import { exit, UsageError } from './exit.js'
import { makeFile } from './files.js'

export async function run(context: CommandContext, [name = '']: string[], options: { typescript?: boolean }): Promise<number> {
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
