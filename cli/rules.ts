/** `gemaal rules list` and `show`: the rules of the packs and of the project, where they hold, and what a violation does. */
import { type Level, levels } from '../config/checks.js'
import type { Severity, UpTo } from '../config/dataset-plan.js'
import type { Rule } from '../config/rules.js'
import { percentOf } from '../sql/outcome.js'
import type { CommandContext } from './context.js'
import { exit } from './exit.js'
import { factLine } from './output.js'
import { datasetsOf, notThere, projectIfAny } from './project-here.js'
import { builtInHere, type Hold, packOf, type RuleHere, rulesHere } from './rules-here.js'

interface ListOptions {
  pack?: string
  dataset?: string
  level?: string
}

export async function list(context: CommandContext, _args: string[], options: ListOptions): Promise<number> {
  const { out } = context
  const here = await projectIfAny(context)
  const all = rulesHere(here)
  const packs = [...new Set(all.map((r) => packOf(r.id)))]
  if (options.pack !== undefined && !packs.includes(options.pack)) throw notThere('rule pack', options.pack, packs)
  const datasets = here ? datasetsOf(here.plan).map((d) => d.plan.name) : []
  if (options.dataset !== undefined && !datasets.includes(options.dataset)) throw notThere('dataset', options.dataset, datasets)
  if (options.level !== undefined && !levels.includes(options.level as Level)) throw notThere('level', options.level, levels)
  const found = all
    .filter((r) => options.pack === undefined || packOf(r.id) === options.pack)
    .filter((r) => options.level === undefined || r.level === options.level)
    .map((r) => (options.dataset === undefined ? r : within(r, options.dataset)))
    .filter((r) => options.dataset === undefined || r.of === options.dataset || r.holds.length > 0 || r.leftOut.length > 0)
  if (out.json) {
    out.data(found.map(plainLine))
    return exit.good
  }
  out.table(
    found.map((r) => ({ ...r, severity: severityWords(r), holds: options.dataset === undefined ? datasetWords(r) : columnWords(r) })),
    [
      { name: 'id', title: 'rule' },
      { name: 'level' },
      { name: 'severity' },
      { name: 'holds', title: 'holds for' },
      { name: 'nl', title: 'in words' },
    ],
  )
  if (!here) out.say('There is no project here; these are the rules of the shipped packs.')
  const leftOut = found.filter((r) => r.leftOut.length > 0)
  if (leftOut.length > 0)
    out.say(`Left out of a dataset that chose them: ${leftOut.length} rules. \`gemaal rules show <rule>\` says of which, and why.`)
  return exit.good
}

export async function show(context: CommandContext, [id = '']: string[]): Promise<number> {
  const { out } = context
  const here = await projectIfAny(context)
  const all = [...rulesHere(here), ...builtInHere()]
  const found = all.filter((r) => r.id === id)
  if (found.length === 0) throw notThere('rule', id, [...new Set(all.map((r) => r.id))])
  if (out.json) out.data(found.map(plainWhole))
  else for (const rule of found) out.data(text(rule, here !== undefined))
  return exit.good
}

/** As far as it is about one dataset. */
function within(rule: RuleHere, dataset: string): RuleHere {
  const here = (place: { dataset: string }) => place.dataset === dataset
  return { ...rule, holds: rule.holds.filter(here), leftOut: rule.leftOut.filter(here) }
}

function plainLine({ rule, pack: _, ...line }: RuleHere) {
  return { ...line, source: rule?.source ?? null, version: rule?.version ?? null, validFrom: rule?.validFrom ?? null }
}

function plainWhole(line: RuleHere) {
  const { rule, pack } = line
  return {
    ...plainLine(line),
    pack: pack ? { name: pack.name, title: pack.title, version: pack.version, registration: pack.registration ?? null } : null,
    check: rule?.check ?? null,
    appliesTo: rule?.appliesTo ?? null,
    examples: rule?.examples ?? null,
  }
}

function text(line: RuleHere, project: boolean): string {
  const { rule, pack } = line
  const facts: [string, string][] = [
    ['severity', `${line.severity}: ${does[line.severity]}`],
    ['to do', `${line.mend.en}\n${line.mend.nl}`],
    ['from', rule ? (rule.source ?? 'the contract alone') : 'the path itself: what a value has to be to land at all'],
    ...(pack
      ? [
          ['pack', `${pack.name} ${pack.version}: ${pack.title}${pack.registration ? `, about the ${pack.registration}` : ''}`] as [
            string,
            string,
          ],
        ]
      : []),
    ...(rule
      ? ([
          ['version', `${rule.version}${rule.validFrom ? `, asked for from ${rule.validFrom}` : ''}`],
          ['judges', judges[rule.level]],
          ['check', checkWords(rule)],
          ['meant for', meantFor(rule)],
          ['fits', examples(rule.examples.valid)],
          ['breaks it', examples(rule.examples.invalid)],
        ] as [string, string][])
      : []),
  ]
  return [
    `${line.id}${line.of === null ? '' : ` of ${line.of}`}`,
    `  ${line.nl}`,
    `  ${line.en}`,
    '',
    ...facts.map(factLine),
    '',
    ...places(line, project),
  ].join('\n')
}

function places({ rule, holds, leftOut, severity }: RuleHere, project: boolean): string[] {
  if (!rule) return ['Holds wherever such a column lands; a contract cannot set it aside.']
  if (!project) return ['There is no project here to say where it holds.']
  const also = (hold: Hold) => [
    ...(hold.severity === severity ? [] : [`${hold.severity}, as its contract says`]),
    ...(hold.upTo === null ? [] : [`up to ${boundWords(hold.upTo)}`]),
  ]
  const held = holds.map((hold) => {
    const words = also(hold)
    const place = hold.column === null ? hold.dataset : `${hold.dataset}.${hold.column}`
    return `  ${place}${words.length > 0 ? ` (${words.join('; ')})` : ''}`
  })
  return [
    held.length > 0 ? 'Holds in this project for:' : 'Holds for nothing in this project.',
    ...held,
    ...(leftOut.length > 0 ? ['Left out of:', ...leftOut.map(({ dataset, why }) => `  ${dataset}: ${why}`)] : []),
  ]
}

const does: { readonly [severity in Severity]: string } = {
  reject: 'a record that breaks it goes to quarantine',
  blank: 'a record that breaks it lands without that value',
  warn: 'what breaks it lands, with the finding beside it',
  report: 'what breaks it lands, and is counted',
  hold: 'nothing is published until a person decides',
  fail: 'nothing is published',
}

const judges: { readonly [level in Level]: string } = {
  field: 'the value of a column',
  record: 'a record as a whole',
  dataset: 'the records of a dataset together',
  reference: 'what records refer to in other datasets',
  load: 'a load beside earlier ones, or beside its source',
}

function checkWords({ check }: Rule): string {
  if (typeof check === 'string') return check
  const { name, parameters } = check
  if (name === 'sql') return String(parameters.sql).trim()
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined)
  return given.length === 0 ? name : `${name} ${JSON.stringify(Object.fromEntries(given))}`
}

function meantFor({ appliesTo, level }: Rule): string {
  const { streams, columns, kinds, types } = appliesTo
  const parts = [
    ...(columns ? [`columns ${columns.join(', ')}`] : []),
    ...(kinds ? [`columns of kind ${kinds.join(', ')}`] : []),
    ...(types ? [`columns of type ${types.join(', ')}`] : []),
    ...(streams ? [`stream ${streams.join(', ')}`] : []),
  ]
  return parts.length > 0 ? parts.join(', ') : level === 'field' ? 'every column' : 'every stream'
}

/** Values side by side; what is longer one a line. */
function examples(list: readonly unknown[]): string {
  const short = list.every((value) => typeof value !== 'object' || value === null)
  const words = list.map((value) => (value === null ? 'null' : typeof value === 'object' ? JSON.stringify(value) : `'${value}'`))
  return words.join(short ? ', ' : '\n')
}

/** Where the contracts of the project set another severity than the rule has, both are told. */
function severityWords({ severity, holds }: RuleHere): string {
  const set = [...new Set(holds.map((h) => h.severity))]
  return set.length === 0 ? severity : set.join(', ')
}

function datasetWords({ holds, leftOut, of }: RuleHere): string {
  const datasets = [...new Set(holds.map((h) => h.dataset))]
  if (datasets.length === 0) return leftOut.length > 0 ? 'left out' : (of ?? '–')
  const columns = holds.filter((h) => h.column !== null).length
  if (datasets.length <= 3) return datasets.join(', ')
  return columns > 0 ? `${columns} columns of ${datasets.length} datasets` : `${datasets.length} datasets`
}

const wholes: { readonly [level in Level]: string } = {
  field: '–',
  record: 'each record',
  dataset: 'the dataset',
  reference: 'what it refers to',
  load: 'each load',
}

function columnWords({ holds, leftOut, level }: RuleHere): string {
  if (holds.length === 0) return `left out: ${leftOut.map((l) => l.why).join('; ')}`
  const columns = holds.flatMap((h) => (h.column === null ? [] : [h.column]))
  if (columns.length === 0) return wholes[level]
  return columns.length > 3 ? `${columns.slice(0, 3).join(', ')} and ${columns.length - 3} more` : columns.join(', ')
}

function boundWords(upTo: UpTo): string {
  return 'count' in upTo ? `${upTo.count} records` : `${percentOf(upTo.share)} %`
}
