/** `gemaal findings`: what rules said in the last reading of each dataset, how many of how many, and what is new since the one before. */
import { type Finding, findingLines, namesWithFindings } from '../sql/finding-views.js'
import { idOf } from './arguments.js'
import type { CommandContext } from './context.js'
import { exit } from './exit.js'
import { notThere } from './project-here.js'

export interface FindingsOptions {
  dataset?: string
  rule?: string
  severity?: string
  run?: string
  full?: boolean
  new?: boolean
}

const severities = ['reject', 'blank', 'warn', 'report']

export async function run(context: CommandContext, _args: string[], options: FindingsOptions): Promise<number> {
  const { out } = context
  if (options.severity !== undefined && !severities.includes(options.severity)) throw notThere('severity', options.severity, severities)
  const { db } = await context.warehouse()
  const found = await findingLines(db, {
    run: options.run === undefined ? undefined : idOf('run', options.run),
    reading: options.full ? 'full' : undefined,
    dataset: options.dataset,
    rule: options.rule,
    severity: options.severity,
  })
  const findings = options.new
    ? found.filter((f) => f.isNew || f.newExamples.length > 0 || (f.before !== null && f.count > f.before))
    : found
  if (findings.length === 0) {
    // A name that was never found anything by is a slip of the pen, more often than good news.
    const known = await namesWithFindings(db)
    if (options.rule !== undefined && !known.rules.includes(options.rule)) throw notThere('finding of rule', options.rule, known.rules)
    if (options.dataset !== undefined && !known.datasets.includes(options.dataset))
      throw notThere('finding in dataset', options.dataset, known.datasets)
  }
  if (out.json) {
    out.data(findings)
    return exit.good
  }
  if (findings.length === 0) {
    out.say(options.new ? 'Nothing new.' : 'No rule found anything.')
    return exit.good
  }
  out.table(
    findings.map((f) => ({ ...f, share: percent(f), change: change(f), example: (f.newExamples[0] ?? f.examples[0]) || null })),
    [
      { name: 'dataset' },
      { name: 'rule' },
      { name: 'severity' },
      { name: 'count', right: true },
      { name: 'of', right: true },
      { name: 'share', right: true },
      { name: 'change', title: 'since before', right: true },
      { name: 'run', right: true },
      { name: 'reading' },
      { name: 'example' },
    ],
  )
  out.say('A reading of changes judges only what it read. `gemaal rules show <rule>` says what a rule asks, `--json` gives more keys.')
  if (findings.some((f) => f.severity === 'reject')) out.say('Next: gemaal quarantine list')
  return exit.good
}

function percent({ count, of }: Finding): string {
  return of === 0 ? '–' : `${((100 * count) / of).toFixed(1)} %`
}

/** How many more or fewer than in the reading before. */
function change({ count, before, isNew }: Finding): string {
  if (before === null) return 'first'
  if (isNew) return 'new'
  const by = count - before
  return by === 0 ? '=' : by > 0 ? `+${by}` : String(by)
}
