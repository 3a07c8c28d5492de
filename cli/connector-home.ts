/** Where the connectors that are written here stand: in the project, or in a clone of the product. */
import { existsSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { readFolder } from '../config/folder.js'
import { type Connectors, findConnectors } from '../connectors/load.js'
import type { CommandContext } from './context.js'
import { hasProject } from './project-here.js'
import { productRoot } from './version.js'

export interface ConnectorHome {
  /** Folder of the project, or of the product. */
  root: string
  isProduct: boolean
  /** The shipped connectors, and those of the project. */
  connectors: Connectors
  /** Folder of its recordings, from the root. */
  recordingsOf(connector: string): string
}

/** @throws ConfigError where there is neither a project nor a clone of the product */
export async function connectorHome(context: CommandContext): Promise<ConnectorHome> {
  const isProduct = !hasProject(context) && isInClone()
  const root = isProduct ? productRoot : context.projectFolder
  const project = isProduct ? {} : (await readFolder(root)).files
  return {
    root,
    isProduct,
    connectors: await findConnectors({ project, cache: `${context.folder}/connectors` }),
    recordingsOf: (connector) => (isProduct ? `test/connectors/recordings/${connector}` : `connectors/${connector}/recordings`),
  }
}

/** What is installed has no tests beside it. */
function isInClone(): boolean {
  const root = productRoot
  const here = relative(root, process.cwd())
  return here.split(sep)[0] !== '..' && existsSync(join(root, 'test', 'connectors'))
}
