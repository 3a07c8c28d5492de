/** The rules of a dataset: those of its packs and its own, with the severities that its contract sets. */
import type { Contract } from '../../config/dataset.js'
import type {
  PlannedColumn,
  PlannedFieldRule,
  PlannedLoadRule,
  PlannedRule,
  PlannedSetRule,
  RecordSeverity,
  Severity,
  UpTo,
} from '../../config/dataset-plan.js'
import { nearestWord } from '../../config/problem.js'
import type { FieldRule, ReferenceRule, Rule, RulePack } from '../../config/rules.js'
import type { Stream } from '../../connectors/connector.js'
import type { Tell } from './columns.js'
import type { StreamField } from './fields.js'
import { planLoadRule } from './load-rules.js'
import { planPersonalRule } from './personal-rules.js'
import { planRecordRule } from './record-rules.js'
import { planSetRule } from './set-rules.js'

/** A rule with what the contract says of it. */
export interface ChosenRule<R extends Rule = Rule> {
  rule: R
  severity: Severity
  upTo: UpTo | undefined
  /** Where the contract writes or names the rule; of a rule that comes with a pack, where it chooses its packs. */
  at: (string | number)[]
  /** Written in this contract: what is wrong with it is a fault of the project. */
  own: boolean
}

export interface RulePlan {
  rules: PlannedRule[]
  setRules: PlannedSetRule[]
  loadRules: PlannedLoadRule[]
  /** To be joined with the datasets that they refer to, when all are known. */
  referenceRules: ChosenRule<ReferenceRule>[]
}

/** What a rule can look at. */
export interface RuleGround {
  streamName: string
  fields: readonly StreamField[]
  /** That land. */
  columns: readonly PlannedColumn[]
  /** Those on values and records that were planned before this one. */
  rules: readonly PlannedRule[]
}

/**
 * Says why a rule cannot be judged here: a problem of the project where it is its own, else a note that the pack's rule is left out.
 *
 * @param path from the rule, such as `['check']`
 */
export type Refuse = (rule: ChosenRule, path: (string | number)[], why: string, parts?: Parameters<Tell>[2]) => void

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
  refuse: Refuse,
): RulePlan {
  const plan: RulePlan = { rules: [], setRules: [], loadRules: [], referenceRules: [] }
  const ground: RuleGround = { streamName, fields, columns, rules: plan.rules }
  const chosenHere = chosenRules(contract, packs, stream, tell)
  // What a column holds by a rule on its values matters to rules on a load.
  const isLoad = ({ rule }: ChosenRule) => rule.level === 'load'
  for (const chosen of [...chosenHere.filter((c) => !isLoad(c)), ...chosenHere.filter(isLoad)]) {
    const { rule } = chosen
    if (rule.appliesTo.streams && !rule.appliesTo.streams.includes(streamName)) continue
    switch (rule.level) {
      case 'field':
        plan.rules.push(...planFieldRules(chosen as ChosenRule<FieldRule>, ground))
        break
      case 'record':
        plan.rules.push(...planRecordRule(chosen as never, ground, refuse))
        break
      case 'dataset':
        plan.setRules.push(...planSetRule(chosen as never, ground, refuse))
        break
      case 'load':
        plan.loadRules.push(...(rule.check.name === 'personal-values' ? planPersonalRule : planLoadRule)(chosen as never, ground, refuse))
        break
      case 'reference':
        plan.referenceRules.push(chosen as ChosenRule<ReferenceRule>)
    }
  }
  return plan
}

function planFieldRules({ rule, severity, upTo }: ChosenRule<FieldRule>, { fields, columns }: RuleGround): PlannedFieldRule[] {
  return columns.flatMap((column): PlannedFieldRule[] => {
    if (!holdsFor(rule, fields[column.field]!)) return []
    const { id, version, check, nl, en } = rule
    return [{ level: 'field', id, version, severity: severity as RecordSeverity, upTo, field: column.field, check, nl, en }]
  })
}

function chosenRules(contract: Contract, packs: ReadonlyMap<string, RulePack>, stream: Stream, tell: Tell): ChosenRule[] {
  const rules = new Map<string, ChosenRule>()
  const add = (rule: Rule, at: (string | number)[], own: boolean) => {
    const setting = contract.rules.set[rule.id]
    rules.set(rule.id, { rule, severity: setting?.severity ?? rule.severity, upTo: setting?.upTo ?? rule.upTo, at, own })
  }
  for (const pack of chosenPacks(contract.rules.packs ?? stream.defaults?.packs ?? [], packs, tell))
    for (const rule of pack.rules.values()) add(rule, ['rules'], false)
  // A rule of a pack that was not chosen is taken in by naming it.
  for (const id of Object.keys(contract.rules.set)) {
    const rule = packs.get(id.split('.')[0]!)?.rules.get(id)
    if (rule) add(rule, ['rules', 'set', id], false)
    else {
      const all = [...packs.values()].flatMap((p) => [...p.rules.keys()])
      tell(['rules', 'set', id], `there is no rule '${id}'`, { found: id, expected: 'a rule of a pack', nearest: nearestWord(id, all) })
    }
  }
  for (const [name, rule] of Object.entries(contract.rules.own)) add(rule, ['rules', 'own', name], true)
  return [...rules.values()]
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

function holdsFor(rule: FieldRule, field: StreamField): boolean {
  const { columns, kinds, types } = rule.appliesTo
  return (!columns || columns.includes(field.column)) && (!kinds || kinds.includes(field.kind)) && (!types || types.includes(field.value))
}
