/** `gemaal rules`: the rules of the packs and of the project, where they hold, and what a violation does. */
import type { Severity } from '../config/dataset-plan.js'
import { shippedPacks } from '../config/packs.js'
import type { Rule } from '../config/rules.js'
import { fieldChecks } from '../worker/rules/field-checks.js'
import type { CommandContext } from './context.js'
import { exit } from './exit.js'
import { datasetsOf, notThere, type ProjectHere, projectIfAny } from './project-here.js'

/** A rule, with the columns that it judges in this project. */
interface RuleLine {
  id: string
  severity: Severity
  level: Rule['level']
  /** The dataset whose own rule it is. */
  of: string | null
  holds: { dataset: string; column: string; severity: Severity }[]
  judged: boolean
  nl: string
  en: string
  rule: Rule
}

export async function list(context: CommandContext, _args: string[], options: { pack?: string; dataset?: string }): Promise<number> {
  const { out } = context
  const here = await projectIfAny(context)
  const all = rulesOf(here)
  const packs = [...new Set(all.map((r) => packOf(r.id)))]
  if (options.pack !== undefined && !packs.includes(options.pack)) throw notThere('rule pack', options.pack, packs)
  const datasets = here ? datasetsOf(here.plan).map((d) => d.plan.name) : []
  if (options.dataset !== undefined && !datasets.includes(options.dataset)) throw notThere('dataset', options.dataset, datasets)
  const lines = all
    .filter((r) => options.pack === undefined || packOf(r.id) === options.pack)
    .filter((r) => options.dataset === undefined || r.of === options.dataset || r.holds.some((h) => h.dataset === options.dataset))
    .map(({ rule, ...line }) => ({ ...line, source: rule.source ?? null }))
  if (out.json) out.data(lines)
  else {
    out.table(
      lines.map((line) => ({ ...line, holds: holdsWords(line) })),
      [{ name: 'id', title: 'rule' }, { name: 'severity' }, { name: 'holds', title: 'holds for' }, { name: 'nl', title: 'in words' }],
    )
    if (!here) out.say('There is no project here; these are the rules of the shipped packs.')
    const unjudged = lines.filter((l) => !l.judged).map((l) => l.id)
    if (unjudged.length > 0) out.say(`Not judged yet by this version: ${[...new Set(unjudged)].join(', ')}.`)
  }
  return exit.good
}

export async function show(context: CommandContext, [id = '']: string[]): Promise<number> {
  const { out } = context
  const all = rulesOf(await projectIfAny(context))
  const found = all.filter((r) => r.id === id)
  if (found.length === 0) {
    throw notThere('rule', id, [...new Set(all.map((r) => r.id))])
  }
  if (out.json)
    out.data(
      found.map(({ rule, ...line }) => ({
        ...line,
        version: rule.version,
        source: rule.source ?? null,
        check: rule.check,
        appliesTo: rule.appliesTo,
        examples: rule.examples,
      })),
    )
  else for (const line of found) out.data(text(line))
  return exit.good
}

function text({ rule, ...line }: RuleLine): string {
  const example = (value: unknown) =>
    typeof value === 'object' && value !== null ? JSON.stringify(value) : value === null ? 'null' : `'${value}'`
  const facts: [string, string][] = [
    ['severity', `${line.severity}: a record that breaks it ${does[line.severity]}`],
    ['from', rule.source ?? 'the contract alone'],
    ['version', String(rule.version)],
    ['judges', rule.level === 'field' ? 'the value of a column' : 'a record as a whole'],
    ['check', typeof rule.check === 'string' ? rule.check : checkWords(rule.check)],
    ['meant for', meantFor(rule)],
    ['fits', rule.examples.valid.map(example).join(', ')],
    ['breaks it', rule.examples.invalid.map(example).join(', ')],
  ]
  const holds = line.holds.map(
    (h) => `  ${h.dataset}.${h.column}${h.severity === line.severity ? '' : ` (${h.severity}, as its contract says)`}`,
  )
  return [
    `${line.id}${line.of === null ? '' : ` of ${line.of}`}`,
    `  ${line.nl}`,
    `  ${line.en}`,
    '',
    ...facts.map(([name, value]) => `${name.padEnd(10)} ${value}`),
    '',
    line.judged
      ? holds.length > 0
        ? 'Holds in this project for:'
        : 'Holds for no column of this project.'
      : 'It is not judged yet by this version.',
    ...holds,
  ].join('\n')
}

const does: { readonly [severity in Severity]: string } = {
  reject: 'goes to quarantine',
  blank: 'lands without that value',
  warn: 'lands, with the finding beside it',
  report: 'lands, and is counted',
  hold: 'keeps the set from being published until a person decides',
  fail: 'keeps the set from being published',
}

function checkWords({ name, parameters }: { name: string; parameters: { readonly [name: string]: unknown } }): string {
  return Object.keys(parameters).length === 0 ? name : `${name} ${JSON.stringify(parameters)}`
}

function meantFor({ appliesTo, level }: Rule): string {
  const { streams, columns, kinds, types } = appliesTo
  const parts = [
    ...(columns ? [`columns ${columns.join(', ')}`] : []),
    ...(kinds ? [`columns of kind ${kinds.join(', ')}`] : []),
    ...(types ? [`columns of type ${types.join(', ')}`] : []),
    ...(streams ? [`stream ${streams.join(', ')}`] : []),
  ]
  return parts.length > 0 ? parts.join(', ') : level === 'record' ? 'records of every stream' : 'every column'
}

function holdsWords({ holds, judged, of }: Pick<RuleLine, 'holds' | 'judged' | 'of'>): string {
  if (!judged) return of ?? 'not judged yet'
  const datasets = [...new Set(holds.map((h) => h.dataset))]
  if (datasets.length === 0) return '–'
  return datasets.length > 3 ? `${holds.length} columns of ${datasets.length} datasets` : datasets.join(', ')
}

const packOf = (id: string): string => id.slice(0, id.indexOf('.'))

function rulesOf(here: ProjectHere | undefined): RuleLine[] {
  const held = new Map<string, RuleLine['holds']>()
  for (const { plan } of here ? datasetsOf(here.plan) : []) {
    for (const rule of plan.rules) {
      if (rule.level !== 'field') continue
      const column = plan.columns.find((c) => c.field === rule.field)?.name
      if (column === undefined) continue
      const key = rule.id.startsWith('own.') ? `${plan.name} ${rule.id}` : rule.id
      held.set(key, [...(held.get(key) ?? []), { dataset: plan.name, column, severity: rule.severity }])
    }
  }
  const line = (rule: Rule, of: string | null): RuleLine => ({
    id: rule.id,
    severity: rule.severity,
    level: rule.level,
    of,
    holds: held.get(of === null ? rule.id : `${of} ${rule.id}`) ?? [],
    judged: rule.level === 'field' && fieldChecks[rule.check.name] !== undefined,
    nl: rule.nl,
    en: rule.en,
    rule,
  })
  const packs = [...(here?.project.packs ?? shippedPacks()).values()]
  const own = [...(here?.project.datasets.values() ?? [])].flatMap((contract) =>
    Object.values(contract.rules.own).map((rule) => line(rule, contract.name)),
  )
  return [...packs.flatMap((pack) => [...pack.rules.values()].map((rule) => line(rule, null))), ...own].sort((a, b) =>
    a.id < b.id ? -1 : a.id > b.id ? 1 : 0,
  )
}
