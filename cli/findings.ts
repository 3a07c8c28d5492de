/** `gemaal findings`: what rules find in each dataset, how it stands, how many of how many, and what is new since the run before. */
import { levels } from '../config/checks.js'
import { severities } from '../config/rules.js'
import { type Finding, type FindingState, findingLines, namesWithFindings, trendOf } from '../sql/finding-views.js'
import { boundWords } from '../sql/outcome.js'
import { idOf } from './arguments.js'
import type { CommandContext } from './context.js'
import { exit } from './exit.js'
import { factLine, moment, tableText } from './output.js'
import { notThere, projectIfAny } from './project-here.js'
import { ruleTexts } from './rules-here.js'

export interface FindingsOptions {
  dataset?: string
  rule?: string
  severity?: string
  state?: string
  level?: string
  run?: string
  full?: boolean
  new?: boolean
}

const states: readonly FindingState[] = ['new', 'open', 'resolved']

export async function run(context: CommandContext, _args: string[], options: FindingsOptions): Promise<number> {
  const { out } = context
  for (const [name, known] of [
    ['severity', severities],
    ['state', states],
    ['level', levels],
  ] as const)
    if (options[name] !== undefined && !(known as readonly string[]).includes(options[name])) throw notThere(name, options[name], known)
  const { db } = await context.warehouse()
  const found = await findingLines(db, {
    run: options.run === undefined ? undefined : idOf('run', options.run),
    reading: options.full ? 'full' : undefined,
    dataset: options.dataset,
    rule: options.rule,
    severity: options.severity,
    level: options.level,
    state: options.state as FindingState | undefined,
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
    out.say(options.new || options.state === 'new' ? 'Nothing new.' : 'No rule found anything.')
    return exit.good
  }
  const bounded = findings.some((f) => f.upTo !== null)
  out.table(
    findings.map((f) => ({
      ...f,
      share: percent(f),
      change: change(f),
      bound: f.upTo && `${f.over ? 'over' : 'within'} ${boundWords(f.upTo)}`,
      example: (f.newExamples[0] ?? f.examples[0]) || null,
    })),
    [
      { name: 'dataset' },
      { name: 'rule' },
      { name: 'severity' },
      { name: 'state' },
      { name: 'count', right: true },
      { name: 'of', right: true },
      { name: 'share', right: true },
      { name: 'change', title: 'since before', right: true },
      ...(bounded ? [{ name: 'bound' }] : []),
      { name: 'run', right: true },
      { name: 'example' },
    ],
  )
  const whole = options.run === undefined && !options.full
  out.say(
    whole
      ? 'Counted is what stands in the datasets and in quarantine, whether or not the last run read it again.'
      : 'Counted is what the run read: one that reads changes judges no more than those.',
  )
  out.say(`Next: gemaal findings show ${findings[0]!.rule} says what it asks, what to do, and how it went. \`--json\` gives more keys.`)
  return exit.good
}

/** Runs that `show` tells of. */
const mostRuns = 10

export async function show(context: CommandContext, [rule = '']: string[], options: Pick<FindingsOptions, 'dataset'>): Promise<number> {
  const { out } = context
  const { db } = await context.warehouse()
  const [standing, resolved] = await Promise.all([
    findingLines(db, { rule, dataset: options.dataset }),
    findingLines(db, { rule, dataset: options.dataset, state: 'resolved' }),
  ])
  if (standing.length + resolved.length === 0) {
    const known = await namesWithFindings(db)
    if (options.dataset !== undefined && known.rules.includes(rule))
      throw notThere(`finding of ${rule} in dataset`, options.dataset, known.datasets)
    throw notThere('finding of rule', rule, known.rules)
  }
  const textOf = ruleTexts(await projectIfAny(context))
  // One that stands, with its earlier times; else the last time that it did.
  const places = standing.length > 0 ? standing : resolved.filter((f, i) => resolved.findIndex((other) => isSame(other, f)) === i)
  const findings = await Promise.all(
    places.map(async (finding) => ({
      ...finding,
      text: textOf(rule, finding.dataset) ?? null,
      trend: await trendOf(db, finding, mostRuns),
      earlier: resolved
        .filter((f) => isSame(f, finding) && f.firstRun !== finding.firstRun)
        .map(({ firstRun, firstSeenAt, resolvedAt }) => ({ firstRun, firstSeenAt, resolvedAt })),
    })),
  )
  if (out.json) {
    out.data(findings)
    return exit.good
  }
  const texts = new Set(findings.map((f) => JSON.stringify(f.text)))
  findings.forEach((finding, i) => {
    if (i === 0 || texts.size > 1) out.data(aboutRule(finding))
    out.data(`\n${aboutFinding(finding)}`)
  })
  out.say()
  const refused = findings.some((f) => f.severity === 'reject' && f.state !== 'resolved')
  out.say(refused ? `Next: gemaal quarantine list --rule ${rule}` : `\`gemaal rules show ${rule}\` has its check and its examples.`)
  return exit.good
}

const isSame = (a: Finding, b: Finding) => a.dataset === b.dataset && a.stream === b.stream

type Shown = Finding & {
  text: ReturnType<ReturnType<typeof ruleTexts>> | null
  trend: Awaited<ReturnType<typeof trendOf>>
  earlier: Pick<Finding, 'firstRun' | 'firstSeenAt' | 'resolvedAt'>[]
}

function aboutRule({ rule, text, level, version }: Shown): string {
  const facts: [string, string][] = text
    ? [
        ['from', text.source ?? (rule.startsWith('own.') ? 'the contract alone' : 'the path itself: what a value has to be to land')],
        ['to do', `${text.mend.nl}\n${text.mend.en}`],
      ]
    : [['from', 'a rule that is no longer in the project']]
  return [
    rule,
    ...(text ? [`  ${text.nl}`, `  ${text.en}`] : []),
    '',
    ...facts.map(factLine),
    factLine(['judges', `a ${level}, version ${version}`]),
  ].join('\n')
}

function aboutFinding(f: Shown): string {
  const now = `${f.count.toLocaleString('en')} of ${f.of.toLocaleString('en')} (${percent(f)})`
  const since = f.firstSeenAt ? `since ${moment(f.firstSeenAt)}${f.firstRun === null ? '' : ` (run ${f.firstRun})`}` : ''
  const facts: [string, string][] = [
    ['state', f.resolvedAt ? `resolved at ${moment(f.resolvedAt)}, found ${since}` : `${f.state}, ${since}`],
    ['records', f.resolvedAt ? 'none' : now],
    ...(f.upTo
      ? [['bound', `${f.over ? 'more than' : 'within'} ${boundWords(f.upTo)}, which its contract takes`] as [string, string]]
      : []),
    ['severity', f.severity],
    ...(f.columns.length > 0 ? [['columns', f.columns.join(', ')] as [string, string]] : []),
    ...(f.detail ? [['detail', f.detail] as [string, string]] : []),
    ...f.earlier.map((e): [string, string] => ['before', `${moment(e.firstSeenAt!)} to ${moment(e.resolvedAt!)}`]),
    ...(f.examples.length > 0 ? [['keys', f.examples.join('\n')] as [string, string]] : []),
  ]
  const trend = tableText(
    f.trend.map((c) => ({ ...c, share: percent({ count: c.records, of: c.of }) })),
    [
      { name: 'run', right: true },
      { name: 'at' },
      { name: 'reading' },
      { name: 'records', right: true },
      { name: 'of', right: true },
      { name: 'share', right: true },
    ],
  )
  return [`${f.dataset}, from ${f.stream}`, ...facts.map(factLine), '', trend.trimEnd()].join('\n')
}

function percent({ count, of }: { count: number; of: number }): string {
  return of === 0 ? '–' : `${((100 * count) / of).toFixed(1)} %`
}

/** How many more or fewer than after the reading before. */
function change({ count, before, isNew }: Finding): string {
  if (before === null) return 'first'
  if (isNew) return 'new'
  const by = count - before
  return by === 0 ? '=' : by > 0 ? `+${by}` : String(by)
}
