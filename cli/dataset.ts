/** `gemaal dataset add <schema>.<dataset>`: the contract of a dataset, and which columns would land by it. */
import { problemText } from '../config/problem.js'
import { columnColumns, columnLines, leftLines } from './columns.js'
import type { CommandContext } from './context.js'
import { draftFile, makeDraft, otherProblems } from './draft.js'
import { exit, UsageError } from './exit.js'
import { tableText } from './output.js'
import { datasetText } from './templates.js'

export async function add(
  context: CommandContext,
  [name = '']: string[],
  options: { from: string; activity?: string; personal?: string },
): Promise<number> {
  const { out } = context
  const [, schema, table] = /^([^./]+)\.([^./]+)$/.exec(name) ?? []
  if (!schema || !table) throw new UsageError(`'${name}' is no dataset; expected <schema>.<dataset>, such as zaken.rollen`)
  const file = `datasets/${schema}/${table}.yaml`
  const personal = (options.personal ?? '')
    .split(',')
    .map((kind) => kind.trim())
    .filter(Boolean)
  const text = datasetText(file, { from: options.from, activity: options.activity, personal })
  const draft = await draftFile(context, file, text)
  const stream = draft.plan.streams.get(options.from)
  const plan = stream?.plan.datasets.find((d) => d.name === name)
  if (!plan) throw new UsageError(`${file} is not made: source '${options.from.split('/')[0]}' cannot be read; \`gemaal check\` says why`)
  await makeDraft(context, draft, text)
  const columns = columnLines(plan)
  if (out.json) out.data({ file, dataset: name, columns, left: plan.left })
  else out.data(file)
  out.say(`${name} would land ${columns.length} ${columns.length === 1 ? 'column' : 'columns'}:`)
  out.say()
  out.say(tableText(columns, columnColumns).trimEnd())
  const left = leftLines(plan)
  if (left.length > 0) {
    out.say()
    out.say('It leaves out fields of kind:')
    for (const line of left) out.say(`  ${line}`)
  }
  for (const problem of otherProblems(draft)) out.say(`elsewhere: ${problemText(problem)}`)
  out.say()
  out.say(`Next: gemaal try ${options.from}, then gemaal plan`)
  return exit.good
}
