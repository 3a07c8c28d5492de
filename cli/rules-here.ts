/** The rules that a project knows, where each of them holds, and where it is left out. */
import type { Level } from '../config/checks.js'
import type { DatasetPlan, Severity, UpTo } from '../config/dataset-plan.js'
import { shippedPacks } from '../config/packs.js'
import type { Project } from '../config/project.js'
import type { Rule, RulePack } from '../config/rules.js'
import { everyRule } from '../sql/plan-rules.js'
import { builtInRules } from '../worker/rules/built-in.js'
import { mendBuiltIn, mendOf, type Sentence } from '../worker/rules/mend.js'
import { datasetsOf, type ProjectHere } from './project-here.js'

/** Where a rule is judged. */
export interface Hold {
  dataset: string
  /** Of a rule on a value; null where it looks at the record, the dataset or the load as a whole. */
  column: string | null
  severity: Severity
  upTo: UpTo | null
}

/** A rule as it stands in this project. */
export interface RuleHere {
  id: string
  level: Level
  /** As its pack says; a contract can set another, which is with `holds`. */
  severity: Severity
  /** The dataset whose own rule it is. */
  of: string | null
  holds: Hold[]
  /** Datasets that chose it and of which it cannot be judged. */
  leftOut: { dataset: string; why: string }[]
  nl: string
  en: string
  mend: Sentence
  /** None of a rule that the path itself has. */
  rule: Rule | undefined
  pack: RulePack | undefined
}

export const packOf = (id: string): string => id.slice(0, id.indexOf('.'))

/** In order of id. Without a project: those of the shipped packs. */
export function rulesHere(here: ProjectHere | undefined): RuleHere[] {
  const { holds, leftOut } = placesOf(here)
  const line = (rule: Rule, pack: RulePack | undefined, of: string | null): RuleHere => {
    const key = of === null ? rule.id : `${of} ${rule.id}`
    const { id, level, severity, nl, en } = rule
    const mend = mendOf(rule, severity, pack?.registration)
    return { id, level, severity, of, holds: holds.get(key) ?? [], leftOut: leftOut.get(key) ?? [], nl, en, mend, rule, pack }
  }
  const packs = [...(here?.project.packs ?? shippedPacks()).values()]
  const own = [...(here?.project.datasets.values() ?? [])].flatMap((contract) =>
    Object.values(contract.rules.own).map((rule) => line(rule, undefined, contract.name)),
  )
  const rules = [...packs.flatMap((pack) => [...pack.rules.values()].map((rule) => line(rule, pack, null))), ...own]
  return rules.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
}

/** The rules that the path itself has: they hold wherever their column lands, so that no place is named. */
export function builtInHere(): RuleHere[] {
  return Object.entries(builtInRules).map(([id, { nl, en }]) => ({
    id,
    level: 'field',
    severity: id.startsWith('shield.') ? 'blank' : 'reject',
    of: null,
    holds: [],
    leftOut: [],
    nl,
    en,
    mend: mendBuiltIn,
    rule: undefined,
    pack: undefined,
  }))
}

/** A rule of a pack by its id, or a contract's own. */
export function ruleIn(project: Pick<Project, 'packs' | 'datasets'>, id: string, dataset: string | undefined): Rule | undefined {
  const pack = packOf(id)
  return pack === 'own' ? project.datasets.get(dataset ?? '')?.rules.own[id.slice('own.'.length)] : project.packs.get(pack)?.rules.get(id)
}

/** What a rule asks, for those who see a finding by it. */
export interface RuleText extends Sentence {
  mend: Sentence
  /** Law or standard, with the clause. */
  source: string | undefined
}

/**
 * The text of the rule that a finding names, of a pack, of a contract or of the path itself.
 *
 * @returns undefined for a rule that is not there, or is there no more
 */
export function ruleTexts(here: Pick<ProjectHere, 'project'> | undefined): (id: string, dataset?: string) => RuleText | undefined {
  const project = here?.project ?? { packs: shippedPacks(), datasets: new Map<string, never>() }
  return (id, dataset) => {
    const builtIn = builtInRules[id]
    if (builtIn) return { ...builtIn, mend: mendBuiltIn, source: undefined }
    const rule = ruleIn(project, id, dataset)
    if (!rule) return undefined
    const severity = here?.project.datasets.get(dataset ?? '')?.rules.set[id]?.severity ?? rule.severity
    const registration = project.packs.get(packOf(id))?.registration
    return { nl: rule.nl, en: rule.en, mend: mendOf(rule, severity, registration), source: rule.source }
  }
}

interface Places {
  /** By id; of a contract's own rule by `<dataset> <id>`. */
  holds: Map<string, Hold[]>
  leftOut: Map<string, RuleHere['leftOut']>
}

function placesOf(here: ProjectHere | undefined): Places {
  const places: Places = { holds: new Map(), leftOut: new Map() }
  const keyOf = (dataset: string, id: string) => (packOf(id) === 'own' ? `${dataset} ${id}` : id)
  if (!here) return places
  for (const { plan } of datasetsOf(here.plan)) {
    for (const [id, hold] of holdsOf(plan)) {
      const key = keyOf(plan.name, id)
      places.holds.set(key, [...(places.holds.get(key) ?? []), hold])
    }
  }
  for (const { dataset, rule, why } of here.plan.unjudged) {
    const key = keyOf(dataset, rule)
    const before = places.leftOut.get(key) ?? []
    // A dataset of several streams tells it of each.
    if (!before.some((b) => b.dataset === dataset && b.why === why)) places.leftOut.set(key, [...before, { dataset, why }])
  }
  return places
}

function holdsOf(plan: DatasetPlan): [string, Hold][] {
  const { name: dataset } = plan
  return everyRule(plan).flatMap((rule) => {
    const hold = (column: string | null): [string, Hold] => [rule.id, { dataset, column, severity: rule.severity, upTo: rule.upTo ?? null }]
    if (rule.level !== 'field') return [hold(null)]
    return plan.columns.filter((column) => column.field === rule.field).map((column) => hold(column.name))
  })
}
