/** `gemaal questions`: which question is answered from what, how current that is, and what it cannot say. */
import type { Mart } from '../config/mart.js'
import type { Project } from '../config/project.js'
import { syncsOf } from '../config/source.js'
import { tableNames } from '../sql/dataset-tables.js'
import { type DatasetState, datasetStates, usesOfMarts } from '../sql/dataset-views.js'
import type { ProjectPlan } from '../worker/planning/plan.js'
import type { CommandContext } from './context.js'
import { kindsOf } from './datasets.js'
import { exit } from './exit.js'
import { moment, relative } from './output.js'
import { datasetsOf, type PlannedDataset, projectHere } from './project-here.js'

interface Question {
  question: string
  askedBy: string
  mart: string
  datasets: string[]
  /** `<source>/<stream>`. */
  sources: string[]
  /** Of the dataset that was read longest ago; null where one was never read, or nobody can tell. */
  asOf: Date | null
  limits: string[]
}

export async function run(context: CommandContext): Promise<number> {
  const { out } = context
  const { project, plan, warehouse } = await projectHere(context)
  const datasets = datasetsOf(plan)
  const states = new Map((warehouse ? await datasetStates(warehouse.db) : []).map((s) => [s.name, s]))
  const applied = warehouse ? await usesOfMarts(warehouse.db) : new Map<string, string[]>()
  const questions = [...project.marts.values()].map((mart) =>
    questionOf(mart, applied.get(mart.name) ?? usesInText(mart, datasets, project.marts), { project, plan, datasets, states }),
  )
  const used = new Set(questions.flatMap((q) => q.datasets))
  const unused = datasets
    .filter(({ plan: d }) => d.personal && !used.has(d.name))
    .map(({ plan: d }) => ({ dataset: d.name, kinds: kindsOf(d), activity: d.activity ?? null }))
  if (out.json) {
    out.data({ questions, personalWithoutQuestion: unused })
    return exit.good
  }
  if (questions.length === 0) out.say('No question has a mart yet: marts/<schema>/<mart>.sql answers one.')
  for (const question of questions) out.data(text(question))
  if (unused.length > 0) {
    out.data('Personal datasets that no question uses:')
    for (const { dataset, kinds, activity } of unused) out.data(`  ${dataset} (${kinds.join(', ')}), for activity ${activity}`)
    out.say('Where nobody asks for it, it may not need to land: AVG art. 5(1)(c).')
  }
  if (!warehouse) out.say('There is no warehouse to ask how current they are.')
  return exit.good
}

interface Known {
  project: Project
  plan: ProjectPlan
  datasets: readonly PlannedDataset[]
  states: ReadonlyMap<string, DatasetState>
}

function questionOf(mart: Mart, uses: readonly string[], known: Known): Question {
  const below = known.datasets.filter((d) => uses.includes(d.plan.name))
  const moments = uses.map((name) => known.states.get(name)?.as_of ?? null)
  const oldest = moments.includes(null) ? null : moments.reduce((a, b) => (a && b && a < b ? a : b), moments[0] ?? null)
  return {
    question: mart.question,
    askedBy: mart.askedBy,
    mart: mart.name,
    datasets: [...uses].sort(),
    sources: [...new Set(below.flatMap((d) => d.from))].sort(),
    asOf: oldest,
    limits: below.flatMap((d) => limitsOf(d, known)),
  }
}

/** What the datasets below cannot say, and what is wrong with them now. */
function limitsOf({ plan, from }: PlannedDataset, { project, plan: all, states }: Known): string[] {
  const limits: string[] = []
  for (const key of from) {
    const [source = '', stream = ''] = key.split('/')
    const file = project.sources.get(source)
    const changes = all.streams.get(key)?.stream.changes
    const byChanges = file && syncsOf(file, stream).some((sync) => sync.read === 'changes')
    if (changes && byChanges) limits.push(`${plan.name}: ${changes.blind}`)
  }
  if (plan.where.length > 0)
    limits.push(`${plan.name}: it holds only what meets the conditions of its contract (${plan.where.map((w) => w.column).join(', ')}).`)
  const state = states.get(plan.name)
  if (!state) return limits
  if (state.quarantined > 0)
    limits.push(`${plan.name}: ${state.quarantined} records are in quarantine and not counted, or counted as they were before.`)
  if (state.holds > 0) limits.push(`${plan.name}: ${state.holds} publications wait for a person.`)
  if (state.status !== 'Fresh') limits.push(`${plan.name}: ${state.status}.`)
  return limits
}

/**
 * Datasets whose tables the SQL of a mart names, also through other marts. For a mart that is not applied yet: of one that is, Postgres
 * knows it better.
 */
function usesInText(mart: Mart, datasets: readonly PlannedDataset[], marts: Project['marts'], seen = new Set<string>()): string[] {
  seen.add(mart.name)
  const names = (schema: string, table: string): boolean =>
    new RegExp(`(?<![\\w.$"])"?${schema}"?\\s*\\.\\s*"?${table}"?(?![\\w$])`, 'i').test(withoutComments(mart.sql))
  const own = datasets.filter(({ plan }) => tableNames(plan).some((table) => names(plan.schema, table))).map(({ plan }) => plan.name)
  const through = [...marts.values()].filter((m) => !seen.has(m.name) && names(m.schema, m.view))
  return [...new Set([...own, ...through.flatMap((m) => usesInText(m, datasets, marts, seen))])].sort()
}

function withoutComments(sql: string): string {
  return sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
}

function text({ question, askedBy, mart, datasets, sources, asOf, limits }: Question): string {
  const lines = [
    question,
    `  asked by  ${askedBy}`,
    `  mart      ${mart}`,
    `  datasets  ${datasets.join(', ') || 'none'}`,
    `  sources   ${sources.join(', ') || 'none'}`,
    `  as of     ${asOf ? `${moment(asOf)} (${relative(asOf)})` : '–'}`,
    ...limits.map((limit, i) => `  ${i === 0 ? 'limits  ' : '        '}  ${limit}`),
  ]
  return `${lines.join('\n')}\n`
}
