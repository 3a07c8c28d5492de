/** `gemaal rules explain`: judges one record of a file by the rules of a dataset, and says why. Nothing is asked of a source, nothing is kept. */
import { readFile } from 'node:fs/promises'
import { text as textOf } from 'node:stream/consumers'
import { ConfigError } from '../config/problem.js'
import type { SourceRecord } from '../connectors/connector.js'
import { NotJson, parseJson } from '../connectors/json-text.js'
import { rulesTogether } from '../sql/plan-rules.js'
import type { PlannedStream } from '../worker/planning/plan.js'
import type { CommandContext } from './context.js'
import { exit, UsageError } from './exit.js'
import { datasetNamed, notThere, type ProjectHere, projectHere } from './project-here.js'
import { type Explanation, explainRecord, type RuleVerdict } from './rule-verdicts.js'
import { ruleTexts } from './rules-here.js'

interface ExplainOptions {
  dataset: string
  stream?: string
}

export async function run(context: CommandContext, [file = '']: string[], options: ExplainOptions): Promise<number> {
  const { out } = context
  const here = await projectHere(context)
  if (here.plan.problems.length > 0) throw new ConfigError(here.plan.problems)
  const { planned, at } = targetOf(here, options)
  const record = planned.stream.prepare(recordOf(await read(file), file, planned.stream.exact))
  const explanation = explainRecord(planned.plan, at, record)
  const dataset = planned.plan.datasets[at]!
  const together = rulesTogether(dataset).map((rule) => rule.id)
  if (out.json) out.data({ dataset: dataset.name, stream: `${dataset.source}/${dataset.stream}`, ...explanation, notOfOneRecord: together })
  else tell(context, here, dataset.name, explanation, together)
  return exit.good
}

/** The dataset, and the stream by which the record came. */
function targetOf(here: ProjectHere, { dataset, stream }: ExplainOptions): { planned: PlannedStream; at: number } {
  const found = datasetNamed(here.plan, dataset)
  if (stream !== undefined && !found.from.includes(stream)) throw notThere(`stream of ${dataset}`, stream, found.from)
  if (stream === undefined && found.from.length > 1)
    throw new UsageError(`${dataset} takes from several streams; say by which the record came: --stream ${found.from.join(' or ')}`)
  const planned = here.plan.streams.get(stream ?? found.from[0]!)!
  return { planned, at: planned.plan.datasets.findIndex((d) => d.name === dataset) }
}

async function read(file: string): Promise<string> {
  if (file === '-') return textOf(process.stdin)
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(
      `${file} cannot be read: ${(error as NodeJS.ErrnoException).code}; expected a file with one record as JSON, or - for stdin`,
    )
  }
}

/** @throws UsageError without a word of the record */
function recordOf(text: string, file: string, exact: boolean): SourceRecord {
  const name = file === '-' ? 'stdin' : file
  let value: unknown
  try {
    value = parseJson(text, exact)
  } catch (error) {
    if (!(error instanceof NotJson)) throw error
    throw new UsageError(`${name}: ${error.message}; expected one record as the source gives it`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as SourceRecord
  throw new UsageError(
    `${name}: expected one record, which is an object; found ${Array.isArray(value) ? 'a list: take one of it' : 'a single value'}`,
  )
}

const goesWords: { readonly [goes in Explanation['goes']]: string } = {
  land: 'the record would land',
  quarantine: 'the record would go to quarantine',
  outside: 'the record is outside: it does not meet the conditions of the contract, and its rules are not asked',
}

// What needs someone comes first.
const order: readonly RuleVerdict['verdict'][] = ['failed', 'violation', 'unknown', 'ok', 'not applicable']

function tell({ out }: CommandContext, here: ProjectHere, dataset: string, explanation: Explanation, together: readonly string[]): void {
  const { goes, verdicts, undescribed } = explanation
  const sorted = [...verdicts].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))
  out.table(sorted, [{ name: 'verdict' }, { name: 'rule' }, { name: 'column' }, { name: 'severity' }, { name: 'why' }])
  out.say()
  out.say(`${dataset}: ${goesWords[goes]}.`)
  const texts = ruleTexts(here)
  const broken = new Map(sorted.filter((v) => v.verdict === 'violation' || v.verdict === 'failed').map((v) => [v.rule, v]))
  for (const { rule, nl, en } of broken.values()) {
    out.say(`  ${rule}: ${nl}`)
    out.say(`    ${en} ${texts(rule, dataset)?.mend.en ?? ''}`.trimEnd())
  }
  if (undescribed.length > 0) out.say(`Not described, so that it does not land: ${undescribed.join(', ')}.`)
  if (together.length > 0) out.say(`Not to be told of one record: ${together.join(', ')}.`)
}
