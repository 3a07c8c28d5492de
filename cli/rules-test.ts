/** `gemaal rules test`: whether the examples of rules are judged as they say. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { productRoot, shippedPacks } from '../config/packs.js'
import { ConfigError, type ConfigProblem, problem, problemText, sortProblems } from '../config/problem.js'
import type { Place } from '../config/project.js'
import { readYaml, type YamlFile } from '../config/yaml.js'
import type { Warehouse } from '../sql/database.js'
import { fieldsOfStream } from '../worker/planning/fields.js'
import type { PlannedStream } from '../worker/planning/plan.js'
import type { CommandContext } from './context.js'
import { exit, UsageError } from './exit.js'
import { datasetsOf, notThere, type ProjectHere, projectIfAny } from './project-here.js'
import { type ExampleGround, judgeExamples } from './rule-examples.js'
import { packOf, type RuleHere, rulesHere } from './rules-here.js'

interface TestOptions {
  pack?: string
  dataset?: string
}

interface Tested {
  rule: string
  of: string | null
  level: string
  examples: number
  outcome: 'as they say' | 'faults' | 'not tested'
  /** Why it was not tested. */
  why: string | null
}

export async function run(context: CommandContext, [id]: string[], options: TestOptions): Promise<number> {
  const { out } = context
  const here = await projectIfAny(context)
  if (here && here.plan.problems.length > 0) throw new ConfigError(here.plan.problems)
  const chosen = chosenRules(here, id, options)
  const server = chosen.some((r) => r.level === 'dataset' || r.level === 'reference') ? await anyPostgres(context, here) : undefined
  const places = new Places(here)
  const problems: ConfigProblem[] = []
  const tested: Tested[] = []
  for (const line of chosen) {
    const rule = line.rule!
    const judgement = await judgeExamples(rule, { ...groundOf(line, here), pool: server?.pool })
    const faults = 'faults' in judgement ? judgement.faults : []
    problems.push(...faults.map((fault) => problem(places.of(line, fault.path), `${line.id}: ${fault.message}`)))
    tested.push({
      rule: line.id,
      of: line.of,
      level: line.level,
      examples: rule.examples.valid.length + rule.examples.invalid.length,
      outcome: 'untested' in judgement ? 'not tested' : faults.length > 0 ? 'faults' : 'as they say',
      why: 'untested' in judgement ? judgement.untested : null,
    })
  }
  const sorted = sortProblems(problems)
  if (out.json) out.data({ tested, problems: sorted })
  else tell(context, tested, sorted)
  return sorted.length > 0 ? exit.configuration : exit.good
}

function tell({ out }: CommandContext, tested: readonly Tested[], problems: readonly ConfigProblem[]): void {
  if (tested.length === 0) {
    out.say('The project has no rules of its own. Name a rule, or --pack, to test the examples of a shipped one.')
    return
  }
  out.table(
    tested.map((t) => ({
      ...t,
      rule: t.of === null ? t.rule : `${t.rule} of ${t.of}`,
      outcome: t.why === null ? t.outcome : `${t.outcome}: ${t.why}`,
    })),
    [{ name: 'rule' }, { name: 'level' }, { name: 'examples', right: true }, { name: 'outcome' }],
  )
  for (const p of problems) out.say(problemText(p))
  const skipped = tested.filter((t) => t.outcome === 'not tested').length
  const judged = tested.filter((t) => t.outcome !== 'not tested')
  const examples = judged.reduce((sum, t) => sum + t.examples, 0)
  out.say(
    `${counted(judged.length, 'rule')}, ${counted(examples, 'example')}: ${problems.length === 0 ? 'judged as they say' : counted(problems.length, 'problem')}.`,
  )
  if (skipped > 0)
    out.say(`${counted(skipped, 'rule')} not tested: needs a warehouse. DATABASE_URL names one; nothing of the examples stays in it.`)
}

const counted = (n: number, noun: string) => `${n} ${n === 1 ? noun : `${noun}s`}`

/** Without a choice: the rules that are this project's to mend. */
function chosenRules(here: ProjectHere | undefined, id: string | undefined, { pack, dataset }: TestOptions): RuleHere[] {
  const all = rulesHere(here)
  const named = [id !== undefined, pack !== undefined, dataset !== undefined].filter(Boolean).length
  if (named > 1) throw new UsageError('name a rule, --pack or --dataset, and only one of these')
  if (id !== undefined) {
    const found = all.filter((r) => r.id === id)
    if (found.length === 0) throw notThere('rule', id, [...new Set(all.map((r) => r.id))])
    return found
  }
  if (pack !== undefined) {
    const packs = [...new Set(all.map((r) => packOf(r.id)))]
    if (!packs.includes(pack)) throw notThere('rule pack', pack, packs)
    return all.filter((r) => packOf(r.id) === pack)
  }
  if (!here) throw new UsageError('there is no project here whose rules could be tested; name a shipped rule, or --pack')
  if (dataset !== undefined) {
    const datasets = datasetsOf(here.plan).map((d) => d.plan.name)
    if (!datasets.includes(dataset)) throw notThere('dataset', dataset, datasets)
    return all.filter((r) => r.of === dataset || (r.of === null && r.holds.some((h) => h.dataset === dataset)))
  }
  return all.filter((r) => !shippedPacks().has(packOf(r.id)))
}

/** Any Postgres that settings name will do, applied to or not. */
async function anyPostgres(context: CommandContext, here: ProjectHere | undefined): Promise<Warehouse | undefined> {
  if (here?.warehouse) return here.warehouse
  const { databaseUrl, pg } = context.settings
  if (!databaseUrl && !pg) return undefined
  try {
    return await context.connectWarehouse()
  } catch {
    return undefined // it is told already, when the project was looked for there
  }
}

// ------------------------------------------------------------------------------------------------------------------------- ground

function groundOf(line: RuleHere, here: ProjectHere | undefined): Omit<ExampleGround, 'pool'> {
  const ground: Omit<ExampleGround, 'pool'> = { columns: [], streams: [], dataset: undefined }
  if (!here) return ground
  const holding = new Set(line.holds.map((h) => h.dataset))
  const streams = [...here.plan.streams.values()].filter((s) => s.plan.datasets.some((d) => holding.has(d.name)))
  return {
    columns: streams.flatMap((stream) => columnsIn(stream, line, holding)),
    streams: line.level === 'record' ? streams.map((s) => fieldsOfStream(s.stream).fields) : [],
    dataset: datasetIn(streams, holding),
  }
}

function columnsIn({ plan }: PlannedStream, { id }: RuleHere, holding: ReadonlySet<string>) {
  const datasets = plan.datasets.filter((d) => holding.has(d.name))
  return datasets.flatMap((d) => d.rules.flatMap((r) => (r.level === 'field' && r.id === id ? [plan.fields[r.field]!] : [])))
}

function datasetIn(streams: readonly PlannedStream[], holding: ReadonlySet<string>): ExampleGround['dataset'] {
  const plan = streams.flatMap((s) => s.plan.datasets).find((d) => holding.has(d.name))
  if (!plan) return undefined
  return {
    types: new Map(plan.columns.map((c) => [c.name, c.type])),
    key: plan.columns.filter((c) => c.key).map((c) => c.name),
  }
}

// ------------------------------------------------------------------------------------------------------------------------- places

/** Where a rule stands, in a file of the project or of a shipped pack. */
class Places {
  readonly #here: ProjectHere | undefined
  readonly #shipped = new Map<string, YamlFile | undefined>()

  constructor(here: ProjectHere | undefined) {
    this.#here = here
  }

  of({ id, of, pack }: RuleHere, path: readonly (string | number)[]): Place {
    const name = id.slice(packOf(id).length + 1)
    if (of !== null) {
      const { project } = this.#here!
      return project.at(project.datasets.get(of)!.file, ['rules', 'own', name, ...path])
    }
    const file = pack!.file
    if (!shippedPacks().has(pack!.name)) return this.#here!.project.at(file, [name, ...path])
    return this.#ofShipped(file)?.at([name, ...path]) ?? { file, line: 1, column: 1 }
  }

  #ofShipped(file: string): YamlFile | undefined {
    if (!this.#shipped.has(file)) this.#shipped.set(file, readYaml(file, readFileSync(join(productRoot(), file), 'utf8')).yaml)
    return this.#shipped.get(file)
  }
}
