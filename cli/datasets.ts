/** `gemaal datasets`: what the datasets hold, who may read them, and how current they are. */
import type { DatasetPlan } from '../config/dataset-plan.js'
import { type DatasetState, datasetStates } from '../sql/dataset-views.js'
import { roleNames, roleNamesOf } from '../sql/roles.js'
import { columnLines, leftLines } from './columns.js'
import type { CommandContext } from './context.js'
import { exit } from './exit.js'
import { moment, relative, tableText } from './output.js'
import { datasetNamed, datasetsOf, type PlannedDataset, type ProjectHere, projectHere } from './project-here.js'

export async function list(context: CommandContext): Promise<number> {
  const { out } = context
  const here = await projectHere(context)
  const states = await statesOf(here)
  const lines = datasetsOf(here.plan).map(({ plan, from }) => {
    const state = states.get(plan.name)
    return {
      dataset: plan.name,
      title: plan.title,
      from,
      columns: columnLines(plan).length,
      personal: kindsOf(plan),
      activity: plan.activity ?? null,
      readers: plan.access === 'everyone' ? 'every reader' : 'its activity',
      version: plan.version,
      asOf: state?.as_of ?? null,
      status: stateWords(plan, state, here),
    }
  })
  out.table(lines, [
    { name: 'dataset' },
    { name: 'from' },
    { name: 'columns', right: true },
    { name: 'personal' },
    { name: 'readers', title: 'read by' },
    { name: 'version' },
    { name: 'asOf', title: 'as of' },
    { name: 'status' },
  ])
  if (!here.warehouse) out.say('There is no warehouse to ask how current they are.')
  return exit.good
}

export async function show(context: CommandContext, [name = '']: string[]): Promise<number> {
  const { out } = context
  const here = await projectHere(context)
  const dataset = datasetNamed(here.plan, name)
  const { plan } = dataset
  const state = (await statesOf(here)).get(name)
  const columns = columnLines(plan)
  const facts = await factsOf(dataset, state, here)
  const sql = sqlToLook(plan)
  if (out.json) {
    out.data({ dataset: name, title: plan.title, description: plan.description, ...facts, columns, left: plan.left, sql })
    return exit.good
  }
  const lines = [
    `${name}: ${plan.title}`,
    plan.description,
    '',
    ...Object.entries(words(facts)).map(([key, value]) => `${key.padEnd(10)} ${value}`),
    '',
    tableText(columns, [
      { name: 'column' },
      { name: 'type' },
      { name: 'kind' },
      { name: 'treatment', title: 'lands as' },
      { name: 'description' },
    ]).trimEnd(),
  ]
  const left = leftLines(plan)
  if (left.length > 0) lines.push('', 'Left out, by kind:', ...left.map((line) => `  ${line}`))
  lines.push('', 'To look:', ...sql.map((line) => `  ${line}`))
  out.data(lines.join('\n'))
  return exit.good
}

interface Facts {
  from: string[]
  owner: string
  version: string
  activity: string | null
  readers: string
  asOf: Date | null
  status: string
  rowsAbout: number | null
  history: boolean
  where: number
}

async function factsOf({ plan, from }: PlannedDataset, state: DatasetState | undefined, here: ProjectHere): Promise<Facts> {
  return {
    from,
    owner: plan.owner,
    version: plan.version,
    activity: plan.activity ?? null,
    readers: await readersOf(plan, here),
    asOf: state?.as_of ?? null,
    status: stateWords(plan, state, here),
    rowsAbout: state?.rows_about ?? null,
    history: plan.history,
    where: plan.where.length,
  }
}

function words({ from, owner, version, activity, readers, asOf, status, rowsAbout, where }: Facts): { [name: string]: string } {
  return {
    from: `${from.join(', ')}${where > 0 ? `, only what meets ${where} conditions of the contract` : ''}`,
    owner,
    contract: version,
    activity: activity ?? 'none: nothing in the stream is about a person',
    'read by': readers,
    'as of': asOf ? `${moment(asOf)} (${relative(asOf)})` : '–',
    status,
    rows: rowsAbout === null ? '–' : `about ${rowsAbout}`,
  }
}

/** Role and groups, by the name that they have in this warehouse where there is one. */
async function readersOf(plan: DatasetPlan, { warehouse, project }: ProjectHere): Promise<string> {
  const names = warehouse ? await roleNames(warehouse.db) : roleNamesOf('<database>')
  if (plan.access === 'everyone') return `every reader of the warehouse: role ${names.reader}`
  if (plan.activity === undefined) return 'nobody: it has no activity whose readers they could be'
  const groups = project.activities.get(plan.activity)?.readers ?? []
  return `the readers of activity ${plan.activity}: role ${names.of(plan.activity)}${groups.length > 0 ? `, groups ${groups.join(', ')}` : ', which no group has yet'}`
}

function stateWords(plan: DatasetPlan, state: DatasetState | undefined, { warehouse }: ProjectHere): string {
  if (!warehouse) return '–'
  if (!state) return 'not applied yet'
  return state.fingerprint === plan.fingerprint ? state.status : `${state.status} (the project here differs: gemaal plan)`
}

async function statesOf({ warehouse }: ProjectHere): Promise<Map<string, DatasetState>> {
  return new Map((warehouse ? await datasetStates(warehouse.db) : []).map((s) => [s.name, s]))
}

/** Kinds of personal data that land, pseudonymised or not. */
export function kindsOf(plan: DatasetPlan): string[] {
  const all = columnLines(plan).map((c) => c.kind)
  return [...new Set(all)].filter((kind) => kind !== 'none')
}

function sqlToLook(plan: DatasetPlan): string[] {
  const key = plan.columns.filter((c) => c.key).map((c) => c.name)
  return [
    `select * from ${plan.name} limit 20;`,
    `select * from ${plan.name} where _findings <> '{}' limit 20;  -- rows with a finding`,
    `select ${key.join(', ')}, _deleted_at, _reason from ${plan.name}_deleted order by _deleted_at desc limit 20;`,
    ...(plan.history
      ? [
          `select * from ${plan.name}_history where _recorded_from <= now() and (_recorded_to is null or _recorded_to > now()) limit 20;  -- as it stood at a moment`,
        ]
      : []),
    `select * from meta.datasets where name = '${plan.name}';`,
    `select * from meta.runs where dataset = '${plan.name}' order by began_at desc limit 5;`,
  ]
}
