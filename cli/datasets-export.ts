/** `gemaal datasets export`: contracts in a form of exchange, for a catalogue or for those who use the data. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { stringify } from 'yaml'
import { ConfigError } from '../config/problem.js'
import type { Settings } from '../config/settings.js'
import { datasetStates } from '../sql/dataset-views.js'
import { roleNamesOf } from '../sql/roles.js'
import type { CommandContext } from './context.js'
import { exit } from './exit.js'
import { type OdcsContract, type OdcsServer, odcsFile, odcsOf } from './odcs.js'
import { datasetNamed, datasetsOf, notThere, projectHere } from './project-here.js'

interface ExportOptions {
  format: string
  out?: string
}

const formats = ['odcs']

export async function run(context: CommandContext, [name]: string[], { format, out: folder }: ExportOptions): Promise<number> {
  const { out } = context
  if (!formats.includes(format)) throw notThere('format', format, formats)
  const here = await projectHere(context)
  if (here.plan.problems.length > 0) throw new ConfigError(here.plan.problems)
  const datasets = name === undefined ? datasetsOf(here.plan) : [datasetNamed(here.plan, name)]
  const standing = new Set((here.warehouse ? await datasetStates(here.warehouse.db) : []).map((state) => state.name))
  const server = serverOf(context.settings)
  const contracts = datasets.map((dataset) => {
    const roles = server && roleNamesOf(server.database)
    return { dataset: dataset.plan.name, contract: odcsOf({ here, dataset, stands: standing.has(dataset.plan.name), server, roles }) }
  })
  if (!here.warehouse) out.say('There is no warehouse to ask what is in use: each contract has the status proposed.')
  if (!server) out.say('Neither DATABASE_URL nor PGHOST says where the warehouse is: the contracts name no server and no roles.')
  if (folder !== undefined) {
    await mkdir(resolve(folder), { recursive: true })
    const files = contracts.map(({ dataset }) => join(folder, odcsFile(dataset)))
    for (const [i, { contract }] of contracts.entries()) await writeFile(resolve(files[i]!), yamlOf(contract))
    if (out.json) out.data(files)
    else for (const file of files) out.data(file)
  } else if (out.json) out.data(name === undefined ? contracts.map((c) => c.contract) : contracts[0]!.contract)
  else out.data(contracts.map(({ contract }) => yamlOf(contract).trimEnd()).join('\n---\n'))
  return exit.good
}

/** With quotes around what a reader of YAML 1.1 would take for a number or a truth value. */
function yamlOf(contract: OdcsContract): string {
  return stringify(contract, { lineWidth: 0, compat: 'yaml-1.1', aliasDuplicateObjects: false })
}

/** Host, port and database of the settings; who asks, and with what, is nobody else's. */
function serverOf({ databaseUrl, pg }: Settings): OdcsServer | undefined {
  const port = (written: string) => (written === '' ? 5432 : Number(written))
  if (databaseUrl) {
    const given = databaseUrl.reveal()
    if (!URL.canParse(given)) return undefined
    const url = new URL(given)
    const database = decodeURIComponent(url.pathname.slice(1))
    return url.hostname && database ? { host: url.hostname, port: port(url.port), database } : undefined
  }
  return pg?.database === undefined ? undefined : { host: pg.host, port: pg.port ?? 5432, database: pg.database }
}
