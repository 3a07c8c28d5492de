/** The rules of a dataset: those of its packs and its own, with the severities that its contract sets. */
import type { Contract } from '../../config/dataset.js'
import type { PlannedColumn, PlannedRule } from '../../config/dataset-plan.js'
import { nearestWord } from '../../config/problem.js'
import type { Rule, RulePack } from '../../config/rules.js'
import type { Stream } from '../../connectors/connector.js'
import { fieldChecks } from '../rules/field-checks.js'
import type { Tell } from './columns.js'
import type { StreamField } from './fields.js'

export interface RulePlan {
  rules: PlannedRule[]
  /** Rules that hold for this stream and that this version does not judge yet. */
  unjudged: string[]
}

/**
 * Field rules hold for the columns that land: what does not land is no ground to refuse a record.
 */
export function planRules(
  contract: Contract,
  packs: ReadonlyMap<string, RulePack>,
  streamName: string,
  stream: Stream,
  fields: readonly StreamField[],
  columns: readonly PlannedColumn[],
  tell: Tell,
): RulePlan {
  const chosen = chosenPacks(contract.rules.packs ?? stream.defaults?.packs ?? [], packs, tell)
  const rules = new Map<string, Rule>()
  for (const pack of chosen) for (const rule of pack.rules.values()) rules.set(rule.id, rule)
  // A rule of a pack that was not chosen is taken in by naming it.
  for (const id of Object.keys(contract.rules.set)) {
    const rule = packs.get(id.split('.')[0]!)?.rules.get(id)
    if (rule) rules.set(id, rule)
    else {
      const all = [...packs.values()].flatMap((p) => [...p.rules.keys()])
      tell(['rules', 'set', id], `there is no rule '${id}'`, { found: id, expected: 'a rule of a pack', nearest: nearestWord(id, all) })
    }
  }
  for (const [name, written] of Object.entries(contract.rules.own)) rules.set(`own.${name}`, written)

  const plan: RulePlan = { rules: [], unjudged: [] }
  for (const rule of rules.values()) {
    const setting = contract.rules.set[rule.id]
    if (rule.appliesTo.streams && !rule.appliesTo.streams.includes(streamName)) continue
    if (rule.level === 'record') {
      plan.unjudged.push(rule.id)
      continue
    }
    if (!fieldChecks[rule.check.name]) {
      plan.unjudged.push(rule.id)
      continue
    }
    for (const column of columns) {
      const field = fields[column.field]!
      if (!holdsFor(rule, field)) continue
      plan.rules.push({
        id: rule.id,
        severity: setting?.severity ?? rule.severity,
        upTo: setting?.upTo,
        field: column.field,
        check: rule.check,
        nl: rule.nl,
        en: rule.en,
      })
    }
  }
  return plan
}

function chosenPacks(names: readonly string[], packs: ReadonlyMap<string, RulePack>, tell: Tell): RulePack[] {
  const found = new Map<string, RulePack>()
  const take = (name: string, path: (string | number)[]) => {
    if (found.has(name)) return
    const pack = packs.get(name)
    if (!pack) {
      tell(path, `there is no rule pack '${name}'`, {
        found: name,
        expected: `one of ${[...packs.keys()].join(', ')}`,
        nearest: nearestWord(name, packs.keys()),
      })
      return
    }
    found.set(name, pack)
    for (const also of pack.also) take(also, path)
  }
  for (const [i, name] of names.entries()) take(name, ['rules', 'packs', i])
  return [...found.values()]
}

function holdsFor(rule: Rule, field: StreamField): boolean {
  const { columns, kinds, types } = rule.appliesTo
  return (!columns || columns.includes(field.column)) && (!kinds || kinds.includes(field.kind)) && (!types || types.includes(field.value))
}
